import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { parseAddress } from '#lib/adapters/live/postgres/address';
import { findRelation } from '#lib/adapters/live/postgres/catalog';
import { connect, destroy, withConnection } from '#lib/adapters/live/postgres/connection';
import { postgresStore } from '#lib/adapters/live/postgres/postgres-store';
import { shapeOf } from '#lib/adapters/live/postgres/preflight';
import { createStaged, loadStaged } from '#lib/adapters/live/postgres/staging';
import { freshTable, QUICK, sqlRows } from '#lib/adapters/live/postgres/testing';
import { startTestPostgres, type TestPostgres } from '#lib/adapters/postgres-server/testing';
import { sealedPatch } from '#lib/patch/conformance/patch-fixture';
import type { SealedPatch } from '#lib/patch/patch';

// However slowly the rows of a patch come, and if their process hangs: nothing is held that others would wait for.

let server: TestPostgres;
beforeAll(async () => {
  server = await startTestPostgres();
}, 120_000);
afterAll(() => server.stop());

const by = { signatures: { author: 'Ann', approvedBy: null, approvedAt: null } };
const storeAt = (table: string) =>
  postgresStore({ address: parseAddress(server.url), table: `public.${table}`, keys: ['id'], limits: QUICK });

/** A partitioned table with a rule and a trigger, whose definitions are read under locks, and a patch that hangs. */
async function scene() {
  const table = freshTable();
  await sqlRows(
    server.url,
    `create table ${table} (id bigint primary key, n numeric(18,2)) partition by range (id);
     create table ${table}_1 partition of ${table} for values from (0) to (100);
     create function ${table}_f() returns trigger language plpgsql as 'begin return null; end';
     create trigger tg after update on ${table} for each row execute function ${table}_f();
     create rule r as on delete to ${table} do also select 1 from ${table} where n > 0;
     insert into ${table} select i, 1 from generate_series(1, 3) i`,
  );
  const store = storeAt(table);
  await store.createLedger();
  const live = await store.describe();
  const made = sealedPatch(live, {
    keys: [{ name: 'id', type: 'BIGINT' }],
    measures: [{ name: 'n', type: 'DECIMAL(18,2)' }],
    rows: [{ op: 'update', key: ['1'], before: ['1'], after: ['2'] }],
    salt: table,
  });
  const header = live.shape === undefined ? made.header : { ...made.header, targetShape: live.shape };
  const [reached, go] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
  const slow: SealedPatch = {
    header,
    rows: async function* () {
      reached.resolve();
      await go.promise;
      yield* made.rows();
    },
  };
  const patch: SealedPatch = { header, rows: made.rows };
  return { table, store, patch, slow, reached: reached.promise, go: () => go.resolve() };
}

/** What a migration does; it gives up at once where anything holds the table. */
const alter = (table: string, text: string): Promise<unknown> =>
  sqlRows(server.url, `set lock_timeout = '300ms'; ${text.replaceAll('TBL', `public.${table}`)}`);
const valueNow = async (table: string) =>
  (await sqlRows(server.url, `select n from ${table} where id = 1`))[0]?.[0];

describe('while rows are still being sent', () => {
  it.each(['rehearse', 'apply'] as const)('%s keeps nobody from altering the table', async (verb) => {
    const { table, store, slow, reached, go } = await scene();
    const made = verb === 'apply' ? store.apply(slow, by) : store.rehearse(slow, { ...by, limitMs: 5_000 });
    await reached;
    await alter(
      table,
      'alter table TBL add column more text; alter table TBL_1 alter column n set default 0',
    );
    go();
    const end = await made;
    if (typeof end === 'string') expect(end).toBe('applied');
    else expect(end).toMatchObject({ status: 'would_apply', refusal: null });
    expect(await valueNow(table)).toBe(verb === 'apply' ? '2.00' : '1.00');
  });

  it('the limit of a rehearsal counts from the first lock, and takes in waiting for the table', async () => {
    const { table, store, slow, reached, go } = await scene();
    const made = store.rehearse(slow, { ...by, limitMs: 1_500 });
    await reached;
    await new Promise((later) => setTimeout(later, 1_600));
    const other = new pg.Client({ connectionString: server.url, application_name: 'nightly' });
    await other.connect();
    await other.query(`begin; lock table public.${table} in share mode`);
    go();
    const held = await made;
    await other.end();
    expect(held.refusal).toMatchObject({ code: 'live.locked', message: expect.stringContaining('nightly') });
    expect(held.lockedMs).toBeLessThan(1_600);
    expect(held.elapsedMs).toBeGreaterThan(1_600);
  });

  it('another process applies the same patch, and settles it, without waiting', async () => {
    const { table, store, patch, slow, reached, go } = await scene();
    const hung = store.apply(slow, by);
    await reached;
    expect(await storeAt(table).settle(patch.header)).toBe('not_applied');
    const beganMs = performance.now();
    expect(await storeAt(table).apply(patch, by)).toBe('applied');
    expect(performance.now() - beganMs).toBeLessThan(5_000);
    go();
    expect(await hung).toBe('already_applied');
    const lines = (await store.ledgerEntries()).map(({ outcome }) => outcome);
    expect(lines).toEqual(['fenced', 'applied']);
  });

  it('a column that gets another type stops it, and nothing is written', async () => {
    const { table, store, slow, reached, go } = await scene();
    const made = store.apply(slow, by);
    await reached;
    await alter(table, 'drop rule r on TBL; alter table TBL alter column n type numeric(18,3)');
    go();
    await expect(made).rejects.toMatchObject({ code: 'live.schema_changed' });
    expect(await valueNow(table)).toBe('1.000');
    expect(await store.ledgerEntries()).toEqual([]);
  });

  it('it is cancelled', async () => {
    const { table, store, slow, reached, go } = await scene();
    const stop = new AbortController();
    const made = store.apply(slow, { ...by, signal: stop.signal });
    await reached;
    stop.abort();
    go();
    await expect(made).rejects.toMatchObject({ code: 'run.cancelled' });
    expect(await valueNow(table)).toBe('1.00');
  });
});

describe('the time of an apply', () => {
  it('in the ledger is when its line was filed; told is when COMMIT was answered', async () => {
    const { table, store, slow, reached, go } = await scene();
    await sqlRows(
      server.url,
      `create or replace function ${table}_f() returns trigger language plpgsql as 'begin perform pg_sleep(1); return null; end'`,
    );
    const header = { ...slow.header, targetShape: undefined };
    const { targetShape: _, ...plain } = header;
    const told: string[] = [];
    const applied = store.apply(
      { ...slow, header: plain },
      { ...by, onCommitted: (at) => void told.push(at) },
    );
    await reached;
    const [[sent] = []] = await sqlRows(
      server.url,
      `select to_char(clock_timestamp(), 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"')`,
    );
    go();
    expect(await applied).toBe('applied');
    const { appliedAt } = await store.ledger(slow.header);
    expect(told.length).toBe(1);
    expect([sent, appliedAt, told[0]].toSorted()).toEqual([sent, appliedAt, told[0]]);
    expect(Date.parse(told[0] ?? '') - Date.parse(appliedAt ?? '')).toBeGreaterThanOrEqual(1_000);
  });
});

it('rows that never come end the COPY, and with it the transaction', async () => {
  const { table, store, slow } = await scene();
  const address = parseAddress(server.url);
  const relation = await withConnection(address, (one) => findRelation(one, { schema: 'public', table }));
  const shape = shapeOf(relation, slow.header, slow.header.counts, false);
  const connection = await connect(address, 700);
  await connection.query('BEGIN');
  await createStaged(connection, shape);
  await expect(loadStaged(connection, shape, slow.rows(), () => {})).rejects.toThrow(/timeout/);
  destroy(connection);
  await vi.waitFor(async () => {
    const left = await sqlRows(
      server.url,
      `select pid from pg_stat_activity where backend_type = 'client backend' and query like 'COPY %' and backend_xid is not null`,
    );
    expect(left).toEqual([]);
  });
  await store.close();
});
