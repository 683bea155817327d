import pg from 'pg';
import { to as copyTo } from 'pg-copy-streams';
import { z } from 'zod';
import type { StoreTransaction } from '#lib/adapters/store/client';
import { type CopiedRow, copyRows } from '#lib/adapters/store/copied-rows';
import { LineBytes } from '#lib/adapters/store/line-bytes';
import { recordsConnection } from '#lib/adapters/store/records-connection';
import type { Link } from '#lib/base/audit-chain';
import { AuditHead } from '#lib/base/audit-head';

/** So many links are asked for at a time: no statement on the records takes long. */
const PIECE = 50_000;

/** Line by line through both indexes: whatever the statistics say, another plan reads the whole table for each piece. */
const PLAN = ['enable_seqscan', 'enable_hashjoin', 'enable_mergejoin', 'enable_sort', 'jit']
  .map((name) => `set ${name} = off;`)
  .concat('set max_parallel_workers_per_gather = 0')
  .join(' ');
/** Read as COPY writes it in binary: what costs most here is to take rows apart. */
const LINKS = (after: number): string => `copy (
  select l.position, l.prev, l.hash, a.action, a.actor, a.address, a.at, a.detail::text, a.incident_id::text, a.seal,
         a.seq::text, a.session, a.subject, a.via
    from audit_link l left join audit a on a.seq = l.seq
   where l.position > ${after} and l.position <= ${after + PIECE} order by l.position) to stdout (format binary)`;
const UNCHAINED = `
  select a.seq::text as seq from audit a
   where not exists (select from audit_link l where l.seq = a.seq) order by a.seq limit 1`;
const Seqs = z.array(z.object({ seq: z.string() }));
const Chains = z.array(z.object({ id: z.uuid() })).length(1);
const Ends = z.array(z.object({ position: z.coerce.number() })).length(1);

/** A session of its own that reads the chain. */
export type ChainReader = {
  chain(): Promise<string>;
  /** The links behind a position, in batches, in order; those too that are made meanwhile. */
  links(after: number): AsyncGenerator<readonly Link[], void>;
  /** The first line of the table that stands beside the chain. */
  unchained(): Promise<string | null>;
  close(): Promise<void>;
};

/** Opens a reader; the caller closes it. Throws the database's error. */
export async function openChainReader(url: string): Promise<ChainReader> {
  const client = new pg.Client(recordsConnection(url, 'recount audit'));
  client.on('error', () => {});
  await client.connect();
  await client.query(PLAN);
  const ask = async (query: string): Promise<unknown> => (await client.query(query)).rows;
  return {
    chain: async () => Chains.parse(await ask('select id::text from audit_chain'))[0]?.id ?? '',
    links: async function* (after) {
      const line = new LineBytes();
      for (let from = after; ; from += PIECE) {
        for await (const rows of copyRows(client.query(copyTo(LINKS(from)))))
          yield rows.map((row) => linkOf(row, line));
        const [end] = Ends.parse(
          await ask('select coalesce(max(position), 0)::text as position from audit_link'),
        );
        if (end === undefined || end.position <= from + PIECE) return;
      }
    },
    unchained: async () => Seqs.parse(await ask(UNCHAINED))[0]?.seq ?? null,
    close: () => client.end(),
  };
}

const [POSITION, PREV, HASH] = [0, 1, 2];
/** The fields of a line behind those of its link, in the order of its content; `not null` says that the line is there. */
const FIELDS = (
  [
    ['action', 'text'],
    ['actor', 'text'],
    ['address', 'text'],
    ['at', 'instant'],
    ['detail', 'raw'],
    ['incident', 'text'],
    ['seal', 'text'],
    ['seq', 'raw'],
    ['session', 'text'],
    ['subject', 'text'],
    ['via', 'text'],
  ] as const
).map(([name, kind], i) => ({ lead: Buffer.from(`${i === 0 ? '{' : ','}"${name}":`), kind, field: i + 3 }));
const [QUOTE, END] = [Buffer.from('"'), Buffer.from('}')];
/** A character becomes six at most; names and signs are no more than this. */
const [ESCAPED, AROUND] = [6, 512];

/** Tells the hash of each line again. */
function linkOf({ bytes, places }: CopiedRow, line: LineBytes): Link {
  const from = (field: number): number => places[2 * field] ?? -1;
  const to = (field: number): number => places[2 * field + 1] ?? -1;
  const hex = (field: number): string => bytes.toString('hex', from(field), to(field));
  const at = { position: Number(bytes.readBigInt64BE(from(POSITION))), prev: hex(PREV), hash: hex(HASH) };
  line.begin(ESCAPED * (to(HASH + FIELDS.length) - from(PREV)) + AROUND);
  line.bytes(bytes, from(PREV), to(PREV));
  for (const { lead, kind, field } of FIELDS) {
    line.piece(lead);
    if (kind === 'text') line.quoted({ bytes, places }, field);
    // the table has no such line without one
    else if (from(field) === -1) return { ...at, told: null };
    else if (kind === 'raw') line.bytes(bytes, from(field), to(field));
    else {
      line.piece(QUOTE);
      line.instant(bytes, from(field));
      line.piece(QUOTE);
    }
  }
  line.piece(END);
  return { ...at, told: line.hash() };
}

const Heads = z.array(z.object({ chain: z.string(), position: z.coerce.number(), hash: z.string() }));

/** The newest line of the chain; null while there is none. */
export async function readChainHead(store: StoreTransaction): Promise<AuditHead | null> {
  const rows = await store.$queryRaw`
    select c.id::text as chain, l.position::text as position, encode(l.hash, 'hex') as hash
      from audit_chain c, audit_link l order by l.position desc limit 1`;
  const [head] = Heads.parse(rows);
  return head === undefined ? null : AuditHead.parse(head);
}
