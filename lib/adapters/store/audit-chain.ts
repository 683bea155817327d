import pg from 'pg';
import { z } from 'zod';
import type { StoreTransaction } from '#lib/adapters/store/client';
import { recordsConnection } from '#lib/adapters/store/records-connection';
import { contentOf, type Link } from '#lib/base/audit-chain';
import { AuditHead } from '#lib/base/audit-head';

const BATCH = 5_000;

/** `at` as text, to the microsecond. */
const AT = `to_char(a.at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"')`;
const LINKS = `
  select l.position, encode(l.prev, 'hex'), encode(l.hash, 'hex'), a.seq, ${AT}, a.actor, a.via, a.address, a.session,
         a.action, a.incident_id, a.subject, a.seal, a.detail
    from audit_link l left join audit a on a.seq = l.seq
   where l.position > $1 order by l.position limit ${BATCH}`;
const UNCHAINED = `
  select a.seq from audit a
   where not exists (select from audit_link l where l.seq = a.seq) order by a.seq limit 1`;

type Row = readonly (string | null)[];

/** A session of its own that reads the chain; every value comes as the text that PostgreSQL has. */
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
  const client = new pg.Client({
    ...recordsConnection(url, 'recount audit'),
    types: { getTypeParser: () => (value: string) => value },
  });
  client.on('error', () => {});
  await client.connect();
  const ask = async (query: string, values: readonly string[] = []): Promise<Row[]> =>
    (await client.query<(string | null)[]>({ text: query, values: [...values], rowMode: 'array' })).rows;
  return {
    chain: async () => z.uuid().parse((await ask('select id from audit_chain'))[0]?.[0]),
    links: async function* (after) {
      let coming = ask(LINKS, [String(after)]);
      for (;;) {
        const rows = await coming;
        const last = rows.at(-1)?.[0];
        const isMore = rows.length === BATCH && last != null;
        // the server reads on while these are looked at; whoever stops here does not hear of it
        if (isMore) {
          coming = ask(LINKS, [last]);
          coming.catch(() => undefined);
        }
        if (rows.length > 0) yield rows.map(linkOf);
        if (!isMore) return;
      }
    },
    unchained: async () => (await ask(UNCHAINED))[0]?.[0] ?? null,
    close: () => client.end(),
  };
}

function linkOf(row: Row): Link {
  const [
    position,
    prev,
    hash,
    seq,
    at,
    actor,
    via,
    address,
    session,
    action,
    incident,
    subject,
    seal,
    detail,
  ] = row;
  const at0 = { position: Number(position), prev: prev ?? '', hash: hash ?? '' };
  if (seq == null || at == null || actor == null || action == null || subject == null || detail == null)
    return { ...at0, content: null };
  const line = {
    seq,
    at,
    actor,
    via: via ?? null,
    address: address ?? null,
    session: session ?? null,
    action,
    incident: incident ?? null,
    subject,
    seal: seal ?? null,
    detail,
  };
  return { ...at0, content: contentOf(line) };
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
