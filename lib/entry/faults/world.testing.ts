import { randomBytes } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import { parseAddress } from '#lib/adapters/live/postgres/address';
import type { Limits } from '#lib/adapters/live/postgres/limits';
import { postgresStore } from '#lib/adapters/live/postgres/postgres-store';
import { type PatchRowSpec, type PatchSpec, sealedPatch } from '#lib/patch/conformance/patch-fixture';
import type { LiveStore, LiveTable } from '#lib/patch/live-store';
import type { PatchHeader, SealedPatch } from '#lib/patch/patch';
import type { Random } from '#lib/patch/simulation/random.testing';

// A live table that tells the truth: a trigger counts every change of every row, and a patch of a few rows for it.

export const BY = { signatures: { author: 'Ann', approvedBy: 'Ben', approvedAt: '2024-06-11T00:00:00Z' } };

/** A fault must not wait for as long as an operator would. */
export const SHORT: Partial<Limits> = { lockMs: 3_000, idleMs: 10_000, settleMs: 60_000 };

export const storeAt = (url: string, table: string, limits: Partial<Limits> = SHORT): LiveStore =>
  postgresStore({ address: parseAddress(url), table: `public.${table}`, keys: ['id'], limits });

const AS_TEXT = { getTypeParser: () => (value: string) => value };
type Rows = readonly (readonly (string | null)[])[];

/** The superuser's sessions, for making tables and reading the truth. */
export class Admin {
  readonly #pool: pg.Pool;
  constructor(url: string) {
    const options = '-c synchronous_commit=on';
    this.#pool = new pg.Pool({ connectionString: url, max: 16, types: AS_TEXT, options });
    this.#pool.on('error', () => {});
  }

  async rows(text: string): Promise<Rows> {
    const result: pg.QueryArrayResult | pg.QueryArrayResult[] = await this.#pool.query({
      text,
      rowMode: 'array',
    });
    return (Array.isArray(result) ? (result.at(-1)?.rows ?? []) : result.rows) as Rows;
  }

  /** Changes rows as nobody: no trigger sees it. All in one transaction. */
  async unseen(text: string): Promise<void> {
    await this.rows(`set session_replication_role = replica; ${text}; set session_replication_role = origin`);
  }

  close(): Promise<void> {
    return this.#pool.end();
  }
}

type Cells = ReadonlyMap<string, string | null>;

export type Scene = {
  readonly table: string;
  readonly live: LiveTable;
  readonly spec: PatchSpec;
  readonly patch: SealedPatch;
  readonly before: string;
  readonly after: string;
  /** Keys of the rows that the patch changes. */
  readonly touched: readonly string[];
};

/** Makes a live table with its trigger, and the ledger where it is missing. */
export async function makeTable(url: string, admin: Admin): Promise<{ table: string; live: LiveTable }> {
  const table = `t_${randomBytes(5).toString('hex')}`;
  await admin.rows(
    `create table public.${table} (id bigint primary key, n bigint, kept text not null default 'made');
     create table public.${table}_seen (id bigint);
     create function public.${table}_note() returns trigger language plpgsql as
       'begin insert into public.${table}_seen values (coalesce(new.id, old.id)); return null; end';
     create trigger note after insert or update or delete on public.${table}
       for each row execute function public.${table}_note()`,
  );
  const store = storeAt(url, table);
  await store.createLedger();
  return { table, live: await store.describe() };
}

const KEYS = ['1', '2', '3', '4', '5', '6', '7', '8', '9'];

/** Fills the table anew and seals a patch of 3 to 8 rows for it: updates, inserts, deletes; or deltas. */
export async function setScene(
  admin: Admin,
  { table, live }: { readonly table: string; readonly live: LiveTable },
  random: Random,
  salt: string,
  mode: 'any' | 'delta' = 'any',
): Promise<Scene> {
  const isDelta = mode === 'delta' || random.chance(0.25);
  const size = 3 + random.below(6);
  const keys = KEYS.toSorted(() => random.next() - 0.5)
    .slice(0, size)
    .toSorted();
  const before = new Map<string, string | null>();
  const after = new Map<string, string | null>();
  for (const key of KEYS) before.set(key, String(random.below(10)));
  const rows = keys.map((key): PatchRowSpec => {
    const was = before.get(key) ?? null;
    if (isDelta) {
      const delta = 1 + random.below(90);
      const is = String(Number(was) + delta);
      after.set(key, is);
      return { op: 'update', key: [key], before: [was], after: [is], delta: [String(delta)] };
    }
    const is = String(100 + random.below(900));
    if (random.chance(0.2)) {
      before.delete(key);
      after.set(key, is);
      return { op: 'insert', key: [key], after: [is] };
    }
    if (random.chance(0.15)) return { op: 'delete', key: [key], before: [was] };
    after.set(key, is);
    return { op: 'update', key: [key], before: [was], after: [is] };
  });
  for (const key of KEYS) if (!keys.includes(key)) after.set(key, before.get(key) ?? null);
  const spec: PatchSpec = {
    keys: [{ name: 'id', type: 'BIGINT' }],
    measures: [{ name: 'n', type: 'BIGINT', mode: isDelta ? 'delta' : 'set' }],
    rows,
    salt,
  };
  const values = [...before].map(([id, n]) => `(${id}, ${n}, 'k${id}')`).join(', ');
  await admin.unseen(
    `truncate public.${table}, public.${table}_seen; insert into public.${table} values ${values}`,
  );
  return {
    table,
    live,
    spec,
    patch: sealedPatch(live, spec),
    before: imageOf(before, new Set()),
    after: imageOf(after, new Set(keys.filter((key) => !before.has(key)))),
    touched: keys,
  };
}

/** The rows as the truth reads them; those that the patch inserts have the column's default. */
const imageOf = (cells: Cells, made: ReadonlySet<string>): string =>
  [...cells]
    .toSorted(([a], [b]) => Number(a) - Number(b))
    .map(([id, n]) => `${id}=${n}:${made.has(id) ? 'made' : `k${id}`}`)
    .join(',');

export type Truth = {
  readonly rows: 'before' | 'after' | 'mixed';
  readonly image: string;
  /** Changes of each row, as `key x times`. */
  readonly changes: string;
  readonly applied: number;
  readonly undone: number;
  readonly preImages: number;
};

/** The header of the undo of a patch, as far as settling looks at it. */
export const undoHeader = (header: PatchHeader): PatchHeader => ({
  ...header,
  id: `undo-${header.id}`,
  kind: 'undo',
  undoes: { seal: header.seal, choice: 'all', leftOut: [] },
});

/**
 * Reads the truth as soon as no session of the patch is left. One whose rows are still on their way may stay, where its
 * process is held: it has locked nothing, and what it writes when it goes on is looked at then.
 */
export async function readTruth(admin: Admin, scene: Scene, limitMs = 40_000): Promise<Truth> {
  const { table, patch, before, after } = scene;
  const { seal } = patch.header;
  const startedMs = performance.now();
  const left = `select count(*) from pg_stat_activity where application_name like 'recount:${seal.slice(0, 12)}%'
                  and (xact_start is not null or state = 'active')
                  and not (query like 'COPY pg_temp.recount_rows%' and state = 'active' and wait_event = 'ClientRead')`;
  while ((await admin.rows(left))[0]?.[0] !== '0') {
    if (performance.now() - startedMs > limitMs) throw new Error(`a session of ${seal} stays`);
    await sleep(25);
  }
  const [row] = await admin.rows(
    `select (select string_agg(id || '=' || coalesce(n::text, 'null') || ':' || kept, ',' order by id) from public.${table}),
            (select string_agg(id || 'x' || c, ',' order by id) from (select id, count(*) c from public.${table}_seen group by id) s),
            count(*) filter (where kind = 'patch' and outcome = 'applied'),
            count(*) filter (where kind = 'undo' and outcome = 'applied'),
            (select count(*) from recount.patch_row r join recount.patch_ledger l using (entry)
              where l.seal = '${seal}' and l.kind = 'patch')
       from recount.patch_ledger where seal = '${seal}'`,
  );
  const image = row?.[0] ?? '';
  return {
    rows: image === before ? 'before' : image === after ? 'after' : 'mixed',
    image,
    changes: row?.[1] ?? '',
    applied: Number(row?.[2]),
    undone: Number(row?.[3]),
    preImages: Number(row?.[4]),
  };
}

const times = (scene: Scene, count: number): string =>
  count === 0 ? '' : scene.touched.map((key) => `${key}x${count}`).join(',');

/** The rules that do not hold where the live store must be as said: I1, I2, I3, with the row's own count. */
export function brokenRules(scene: Scene, truth: Truth, must: 'before' | 'after' | 'undone'): string[] {
  const wrong: string[] = [];
  const expect = (what: string, is: unknown, should: unknown): void => {
    if (is !== should) wrong.push(`${what} is ${is}, not ${should}`);
  };
  const [rows, changes, applied, undone] = {
    before: ['before', 0, 0, 0] as const,
    after: ['after', 1, 1, 0] as const,
    undone: ['before', 2, 1, 1] as const,
  }[must];
  expect(`rows (${truth.image})`, truth.rows, rows);
  expect('changes', truth.changes, times(scene, changes));
  expect('ledger applied', truth.applied, applied);
  expect('ledger undone', truth.undone, undone);
  expect('pre-images', truth.preImages, applied * scene.touched.length);
  return wrong;
}
