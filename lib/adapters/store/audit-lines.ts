import { z } from 'zod';
import type { StoreTransaction } from '#lib/adapters/store/client';
import { Prisma } from '#lib/adapters/store/generated/client';

/** Which lines; every given part must hold. */
export type AuditFilter = {
  readonly actor?: string | undefined;
  readonly action?: string | undefined;
  readonly incidentId?: string | undefined;
  /** ISO with an offset; inclusive. */
  readonly from?: string | undefined;
  /** Exclusive. */
  readonly to?: string | undefined;
  /** Stands in the subject, the seal, the address or the detail, in any case. */
  readonly text?: string | undefined;
};

/** Which stretch of the chain; positions exclusive. */
export type AuditStretch = {
  readonly after?: number;
  readonly before?: number | undefined;
  readonly limit: number;
  readonly order: 'newest' | 'oldest';
};

const Line = z.object({
  position: z.coerce.number(),
  prev: z.string(),
  hash: z.string(),
  seq: z.coerce.number(),
  at: z.string(),
  actor: z.string(),
  via: z.string().nullable(),
  address: z.string().nullable(),
  session: z.string().nullable(),
  action: z.string(),
  incident: z.string().nullable(),
  incidentNumber: z.number().nullable(),
  subject: z.string(),
  seal: z.string().nullable(),
  /** The text that was hashed. */
  detail: z.string(),
});
export type AuditLine = z.output<typeof Line>;

/** Lines of the audit by their place in the chain. Never the whole of it: at most `limit`. */
export async function readAuditLines(
  store: StoreTransaction,
  filter: AuditFilter,
  { after, before, limit, order }: AuditStretch,
): Promise<AuditLine[]> {
  const tests = [
    ...testsOf(filter),
    ...(after === undefined ? [] : [Prisma.sql`l.position > ${after}`]),
    ...(before === undefined ? [] : [Prisma.sql`l.position < ${before}`]),
  ];
  const where = tests.length === 0 ? Prisma.empty : Prisma.sql`where ${Prisma.join(tests, ' and ')}`;
  const rows = await store.$queryRaw`
    select l.position::text as position, encode(l.prev, 'hex') as prev, encode(l.hash, 'hex') as hash,
           a.seq::text as seq, to_char(a.at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') as at,
           a.actor, a.via, a.address, a.session, a.action, a.incident_id::text as incident,
           i.number as "incidentNumber", a.subject, a.seal, a.detail::text as detail
      from audit_link l join audit a on a.seq = l.seq left join incident i on i.id = a.incident_id ${where}
     order by l.position ${order === 'newest' ? Prisma.sql`desc` : Prisma.sql`asc`} limit ${limit}`;
  return z.array(Line).parse(rows);
}

function testsOf({ actor, action, incidentId, from, to, text }: AuditFilter): Prisma.Sql[] {
  const found = text === undefined ? '' : `%${text.replace(/[\\%_]/g, (sign) => `\\${sign}`)}%`;
  return [
    actor === undefined ? null : Prisma.sql`a.actor = ${actor}`,
    action === undefined ? null : Prisma.sql`a.action = ${action}`,
    incidentId === undefined ? null : Prisma.sql`a.incident_id = ${incidentId}::uuid`,
    from === undefined ? null : Prisma.sql`a.at >= ${from}::timestamptz`,
    to === undefined ? null : Prisma.sql`a.at < ${to}::timestamptz`,
    text === undefined
      ? null
      : Prisma.sql`(a.subject ilike ${found} or a.seal ilike ${found} or a.address ilike ${found} or a.detail::text ilike ${found})`,
  ].filter((test) => test !== null);
}

const Words = z.array(z.object({ word: z.string() }));

/** Every actor, or every action, that the audit has; by its index, without reading all of it. */
export async function readAuditWords(store: StoreTransaction, column: 'actor' | 'action'): Promise<string[]> {
  const name = column === 'actor' ? Prisma.sql`actor` : Prisma.sql`action`;
  const rows = await store.$queryRaw`
    with recursive known(word) as (
      (select ${name} from audit order by ${name} limit 1)
      union all
      select (select a.${name} from audit a where a.${name} > k.word order by a.${name} limit 1)
        from known k where k.word is not null
    ) select word from known where word is not null`;
  return Words.parse(rows).map(({ word }) => word);
}
