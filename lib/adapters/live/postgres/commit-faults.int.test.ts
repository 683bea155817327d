import pg from 'pg';
import { from as copyFrom } from 'pg-copy-streams';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { parseAddress } from '#lib/adapters/live/postgres/address';
import { type Cut, type CutOptions, startCommitProxy } from '#lib/adapters/live/postgres/commit-proxy';
import { LEDGER_LOCK, LEDGER_STATEMENTS } from '#lib/adapters/live/postgres/ledger-script';
import type { Limits } from '#lib/adapters/live/postgres/limits';
import { postgresStore } from '#lib/adapters/live/postgres/postgres-store';
import { freshTable, QUICK, sqlRows } from '#lib/adapters/live/postgres/testing';
import { startTestPostgres, type TestPostgres } from '#lib/adapters/postgres-server/testing';
import { sealedPatch } from '#lib/patch/conformance/patch-fixture';
import type { SealedPatch } from '#lib/patch/patch';

let server: TestPostgres;
beforeAll(async () => {
  server = await startTestPostgres();
});
afterAll(() => server.stop());

const by = { signatures: { author: 'Ann', approvedBy: null, approvedAt: null } };

/** Ten rows that hold 1 and are to hold 2, with a trigger that counts every change of a row. */
async function prepare() {
  const table = freshTable();
  await sqlRows(
    server.url,
    `create table ${table} (id bigint primary key, n bigint); insert into ${table} select i, 1 from generate_series(1, 10) i;
     create table ${table}_changes (id bigint);
     create function ${table}_note() returns trigger language plpgsql as 'begin insert into ${table}_changes values (new.id); return new; end';
     create trigger note after update on ${table} for each row execute function ${table}_note()`,
  );
  const store = storeAt(server.url, table);
  const patch = sealedPatch(await store.describe(), {
    keys: [{ name: 'id', type: 'BIGINT' }],
    measures: [{ name: 'n', type: 'BIGINT' }],
    rows: Array.from({ length: 10 }, (_, i) => ({
      op: 'update' as const,
      key: [String(i + 1)],
      before: ['1'],
      after: ['2'],
    })),
  });
  return { table, store, patch };
}

const storeAt = (url: string, table: string, limits: Partial<Limits> = QUICK) =>
  postgresStore({ address: parseAddress(url), table: `public.${table}`, keys: ['id'], limits });

async function state(table: string) {
  const [row] = await sqlRows(
    server.url,
    `select string_agg(distinct n::text, ','), (select count(*) from ${table}_changes),
            (select count(*) from recount.patch_ledger where outcome = 'applied' and target_table = 'public.${table}')
       from ${table}`,
  );
  return { values: row?.[0], changes: Number(row?.[1]), applied: Number(row?.[2]) };
}

const ONCE = { values: '2', changes: 10, applied: 1 };

async function through(cut: Cut, limits: Partial<Limits> = QUICK, options: CutOptions = {}) {
  const made = await prepare();
  await made.store.createLedger();
  const proxy = await startCommitProxy(Number(new URL(server.url).port), cut, options);
  const url = new URL(server.url);
  url.port = String(proxy.port);
  return { ...made, proxy, cutStore: storeAt(url.href, made.table, limits) };
}

it.each(['before', 'after', 'late', 'swallow'] as const)(
  'a connection cut at COMMIT (%s): applied once',
  async (cut) => {
    const { table, patch, proxy, cutStore } = await through(cut);
    expect(await cutStore.apply(patch, by)).toBe('applied');
    expect(await state(table)).toEqual(ONCE);
    const outcomes = await sqlRows(
      server.url,
      `select attempt, outcome from recount.patch_ledger where patch_id = '${patch.header.id}' order by attempt`,
    );
    const notCommitted = cut === 'before' || cut === 'swallow';
    expect(outcomes).toEqual(
      notCommitted
        ? [
            ['1', 'fenced'],
            ['2', 'applied'],
          ]
        : [['1', 'applied']],
    );
    expect(await cutStore.apply(patch, by)).toBe('already_applied');
    await proxy.close();
  },
  60_000,
);

it("a fence whose own COMMIT is swallowed stands in nobody's way", async () => {
  const limits = { ...QUICK, idleMs: 1_000 };
  const { table, patch, proxy, cutStore } = await through('swallow', limits, { times: 2 });
  expect(await cutStore.apply(patch, by)).toBe('applied');
  expect(proxy.commits()).toBeGreaterThan(3);
  expect(await state(table)).toEqual(ONCE);
  await proxy.close();
}, 60_000);

it('is unknown while nobody can be asked, and settled by the next call', async () => {
  const { table, store, patch, proxy, cutStore } = await through('late', { ...QUICK, settleMs: 300 });
  const beforeCommit = async (): Promise<void> => {
    // from now on no new connection gets through
    setTimeout(() => void proxy.close(), 50);
  };
  // the late COMMIT dies with the proxy, so that the server's session is cut too
  await expect(cutStore.apply(patch, { ...by, beforeCommit })).rejects.toMatchObject({
    code: 'patch.unknown',
  });
  expect(await store.apply(patch, by)).toBe('applied');
  expect(await state(table)).toEqual(ONCE);
}, 60_000);

it('says for certain whether an open attempt is applied, without applying', async () => {
  const { table, store, patch } = await prepare();
  await store.createLedger();
  let release = (): void => {};
  const held = new Promise<void>((go) => {
    release = go;
  });
  let atCommit = (): void => {};
  const reached = new Promise<void>((there) => {
    atCommit = there;
  });
  const apply = store.apply(patch, {
    ...by,
    beforeCommit: async () => {
      atCommit();
      await held;
    },
  });
  await reached;
  const settled = store.settle(patch.header);
  setTimeout(release, 500);
  expect(await apply).toBe('applied');
  expect(await settled).toBe('applied');
  expect(await state(table)).toEqual(ONCE);
}, 60_000);

it('an apply waits for an open attempt of another process, and finds it applied', async () => {
  const { table, store, patch } = await prepare();
  await store.createLedger();
  let second: Promise<string> = Promise.resolve('');
  const first = await store.apply(patch, {
    ...by,
    beforeCommit: async () => {
      second = storeAt(server.url, table).apply(patch, by);
      await new Promise((wait) => setTimeout(wait, 1_500));
    },
  });
  expect([first, await second]).toEqual(['applied', 'already_applied']);
  expect(await state(table)).toEqual(ONCE);
}, 60_000);

it('a zombie whose attempt was fenced stops at the ledger', async () => {
  const { table, store, patch } = await prepare();
  await store.createLedger();
  expect(await store.settle(patch.header)).toBe('not_applied');
  // the zombie believes that it is attempt 1
  await expect(
    sqlRows(
      server.url,
      `insert into recount.patch_ledger (patch_id, attempt, kind, outcome, seal, target_table)
       values ('${patch.header.id}', 1, 'patch', 'applied', '${patch.header.seal}', 'public.${table}')`,
    ),
  ).rejects.toThrow(/duplicate key/);
  expect(await store.apply(patch, by)).toBe('applied');
  expect(await state(table)).toEqual(ONCE);
}, 60_000);

it('a backend killed right before COMMIT: settled as not committed, and applied once', async () => {
  const { table, store, patch } = await prepare();
  let kills = 0;
  const status = await store.apply(patch, {
    ...by,
    beforeCommit: async (xid) => {
      kills += 1;
      if (kills > 1) return;
      const text = `select pg_terminate_backend(pid) from pg_stat_activity where backend_xid::text = '${xid}'`;
      expect((await sqlRows(server.url, text)).length).toBe(1);
      await new Promise((wait) => setTimeout(wait, 100));
    },
  });
  expect(status).toBe('applied');
  expect(kills).toBe(2);
  expect(await state(table)).toEqual(ONCE);
}, 60_000);

it('a backend killed while it writes: nothing is written, and the next call applies', async () => {
  const { table, store, patch } = await prepare();
  const kill = async (): Promise<void> => {
    await sqlRows(
      server.url,
      `select pg_terminate_backend(pid) from pg_stat_activity where application_name like 'recount:${patch.header.seal.slice(0, 12)}%'`,
    );
  };
  await expect(
    store.apply(patch, { ...by, onProgress: ({ step }) => (step === 'read_back' ? kill() : undefined) }),
  ).rejects.toMatchObject({ code: 'live.unreachable' });
  expect(await state(table)).toMatchObject({ values: '1', changes: 0 });
  expect(await store.apply(patch, by)).toBe('applied');
  expect(await state(table)).toEqual(ONCE);
}, 60_000);

it('a second first apply finds the ledger made, and waits for no open apply', async () => {
  await sqlRows(server.url, 'create database apart');
  const url = new URL(server.url);
  url.pathname = '/apart';
  const sessions = [1, 2].map(() => new pg.Client({ connectionString: url.href }));
  const [holder, other] = sessions;
  await Promise.all(sessions.map((session) => session.connect()));
  await holder?.query(LEDGER_LOCK.replace('_xact', ''));
  const second = storeAt(url.href, 'none').createLedger();
  const waiting = "select 1 from pg_stat_activity where datname = 'apart' and wait_event = 'advisory'";
  while ((await sqlRows(server.url, waiting)).length === 0) await new Promise((wait) => setTimeout(wait, 20));
  for (const statement of LEDGER_STATEMENTS) await holder?.query(statement);
  await other?.query('begin');
  await other?.query(
    `insert into recount.patch_ledger (patch_id, attempt, kind, outcome, seal, target_table) values ('a', 1, 'patch', 'applied', 'a', 't')`,
  );
  await holder?.query('select pg_advisory_unlock_all()');
  const limit = new Promise((wait) => setTimeout(() => wait('it waits'), 8_000));
  expect(await Promise.race([second, limit])).toBeUndefined();
  await Promise.all(sessions.map((session) => session.end()));
}, 60_000);

it('a process that is gone in the middle of a COPY keeps nobody from settling', async () => {
  const { table, store, patch } = await prepare();
  await store.createLedger();
  const { id, seal } = patch.header;
  const gone = new pg.Client({
    connectionString: server.url,
    application_name: `recount:${seal.slice(0, 12)}`,
  });
  gone.on('error', () => {});
  await gone.connect();
  await gone.query(`begin; set local statement_timeout = 500; create temp table rows_of_it (a int);
    insert into recount.patch_ledger (patch_id, attempt, kind, outcome, seal, target_table)
    values ('${id}', 1, 'patch', 'applied', '${seal}', 'public.${table}')`);
  gone.query(copyFrom('copy rows_of_it from stdin')).on('error', () => {});
  const short = storeAt(server.url, table, { ...QUICK, idleMs: 1_000 });
  expect(await short.settle(patch.header)).toBe('not_applied');
  expect(await store.apply(patch, by)).toBe('applied');
  expect(await state(table)).toEqual(ONCE);
}, 60_000);

it('held for longer than the server keeps its session: says that nothing was written, and the next call applies', async () => {
  const { table, store, patch } = await prepare();
  const held = (): Promise<void> => new Promise((wait) => setTimeout(wait, 1_000));
  const slow = storeAt(server.url, table, { ...QUICK, idleMs: 300 });
  await expect(
    slow.apply(patch, { ...by, onProgress: ({ step }) => (step === 'read_back' ? held() : undefined) }),
  ).rejects.toMatchObject({ code: 'live.unreachable' });
  expect(await state(table)).toMatchObject({ values: '1', changes: 0 });
  expect(await store.apply(patch, by)).toBe('applied');
  expect(await state(table)).toEqual(ONCE);
}, 60_000);

it.each([2, 8])(
  '%i stores apply the same patch at once: one applies',
  async (stores) => {
    const { table, patch } = await prepare();
    const statuses = await Promise.all(
      Array.from({ length: stores }, () => storeAt(server.url, table).apply(patch, by)),
    );
    expect(statuses.filter((status) => status === 'applied').length).toBe(1);
    expect(statuses.filter((status) => status === 'already_applied').length).toBe(stores - 1);
    expect(await state(table)).toEqual(ONCE);
  },
  60_000,
);

it('loses no write of consumers that go on adding while a delta is applied and undone', async () => {
  const { table, store } = await prepare();
  const patch: SealedPatch = sealedPatch(await store.describe(), {
    keys: [{ name: 'id', type: 'BIGINT' }],
    measures: [{ name: 'n', type: 'BIGINT', mode: 'delta' }],
    rows: Array.from({ length: 10 }, (_, i) => ({
      op: 'update' as const,
      key: [String(i + 1)],
      before: ['1'],
      after: ['1001'],
      delta: ['1000'],
    })),
  });
  let [running, added] = [true, 0];
  const consumer = async (): Promise<void> => {
    while (running) {
      await sqlRows(server.url, `update ${table} set n = n + 1 where id = ${1 + (added % 10)}`);
      added += 1;
    }
  };
  const consumers = [consumer(), consumer(), consumer()];
  const total = async (): Promise<number> =>
    Number((await sqlRows(server.url, `select sum(n) from ${table}`))[0]?.[0]);
  expect(await store.apply(patch, by)).toBe('applied');
  await new Promise((wait) => setTimeout(wait, 200));
  expect(await store.undo(patch, by)).toBe('undone');
  running = false;
  await Promise.all(consumers);
  expect(added).toBeGreaterThan(10);
  expect(await total()).toBe(10 + added);
}, 60_000);
