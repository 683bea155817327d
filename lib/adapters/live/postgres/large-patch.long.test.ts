import { performance } from 'node:perf_hooks';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { parseAddress } from '#lib/adapters/live/postgres/address';
import { postgresStore } from '#lib/adapters/live/postgres/postgres-store';
import { sqlRows } from '#lib/adapters/live/postgres/testing';
import { startTestPostgres, type TestPostgres } from '#lib/adapters/postgres-server/testing';
import { sealedPatch } from '#lib/patch/conformance/patch-fixture';

let server: TestPostgres;
beforeAll(async () => {
  server = await startTestPostgres();
  await sqlRows(
    server.url,
    `create table big (user_id text, hour timestamptz, total numeric(18,2), events bigint, primary key (user_id, hour));
     insert into big select 'u-' || lpad((i / 10)::text, 6, '0'), '2024-06-10 00:00+00'::timestamptz + (i % 10) * interval '1 hour', 1.50, 3
       from generate_series(0, 499999) i; analyze big`,
  );
});
afterAll(() => server.stop());

const by = { signatures: { author: 'Ann', approvedBy: null, approvedAt: null } };
const ROWS = 100_000;

const key = (i: number): string[] => [
  `u-${String(Math.floor(i / 10)).padStart(6, '0')}`,
  `2024-06-10T0${i % 10}:00:00.000000Z`,
];

/** What the same patch costs by the barest statements that would do it: load, guarded update, commit. */
async function bareMs(): Promise<number> {
  const startedMs = performance.now();
  await sqlRows(
    server.url,
    `begin; create temp table p (user_id text, hour timestamptz, o numeric, n numeric, oe bigint, ne bigint) on commit drop;
     insert into p select user_id, hour, total, 2.25, events, 4 from big where user_id < 'u-010000'; analyze p;
     update big t set total = n, events = ne from p where t.user_id = p.user_id and t.hour = p.hour and t.total = o and t.events = oe; commit`,
  );
  return performance.now() - startedMs;
}

it(`applies, verifies and undoes ${ROWS.toLocaleString('en-US')} rows`, async () => {
  const owner = parseAddress(server.url);
  const store = postgresStore({ address: owner, table: 'public.big', keys: ['user_id', 'hour'] });
  const patch = sealedPatch(await store.describe(), {
    keys: [
      { name: 'user_id', type: 'VARCHAR' },
      { name: 'hour', type: 'TIMESTAMP WITH TIME ZONE' },
    ],
    measures: [
      { name: 'total', type: 'DECIMAL(18,2)' },
      { name: 'events', type: 'BIGINT', mode: 'delta' },
    ],
    rows: Array.from({ length: ROWS }, (_, i) => ({
      op: 'update' as const,
      key: key(i),
      before: ['1.5', '3'],
      after: ['2.25', '4'],
      delta: [null, '1'],
    })),
  });
  await store.createLedger();
  const timed = async <T>(work: Promise<T>): Promise<[T, number]> => {
    const startedMs = performance.now();
    return [await work, Math.round(performance.now() - startedMs)];
  };
  let [last, steps] = [performance.now(), ''];
  const onProgress = ({ step }: { step: string }): void => {
    steps += ` ${step}+${Math.round(performance.now() - last)}`;
    last = performance.now();
  };
  last = performance.now();
  const [applied, applyMs] = await timed(store.apply(patch, { ...by, onProgress }));
  const [verified, verifyMs] = await timed(store.verify(patch));
  const [undone, undoMs] = await timed(store.undo(patch, by));
  expect([applied, verified, undone]).toEqual([
    'applied',
    { cells: ROWS, match: ROWS, differ: 0, moved: 0 },
    'undone',
  ]);
  const bare = Math.round(await bareMs());
  console.log(
    `100k rows: apply ${applyMs} ms, verify ${verifyMs} ms, undo ${undoMs} ms; bare statements ${bare} ms;${steps}`,
  );
  expect(await sqlRows(server.url, 'select count(*) from big where total = 2.25')).toEqual([[String(ROWS)]]);
}, 120_000);
