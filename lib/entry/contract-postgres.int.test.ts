import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startTestPostgres, type TestPostgres } from '#lib/adapters/postgres-server/testing';
import { brief, Case, calculation, cli, lines, type Printed, planText } from '#lib/entry/contract.testing';

// docs/recovery-plan.md, sections 4 to 6, against a real PostgreSQL.

let server: TestPostgres;
let admin: pg.Client;
let env: Record<string, string>;
beforeAll(async () => {
  server = await startTestPostgres();
  admin = new pg.Client({ connectionString: server.url });
  await admin.connect();
  // the ledger's schema may have the role's name, and would come first
  await admin.query('set search_path = public');
  env = { LIVE: server.url };
});
afterAll(async () => {
  await admin.end();
  await server.stop();
});

const at = (clock: string): string => `2024-06-10T${clock}${clock.length === 5 ? ':00' : ''}Z`;
const error = (ran: { exit: number; json: Printed }): [number, string] => [ran.exit, ran.json?.error?.code];
const STORE = `\${${'LIVE'}}`;
const ARCHIVE = lines(
  'id,time,k,v',
  `e1,${at('12:00')},1,1.25`,
  `e2,${at('12:20')},2,2.50`,
  `e3,${at('12:30')},3,3`,
);
const rows = async (sql: string): Promise<string[]> => {
  const found = await admin.query({ text: sql, rowMode: 'array' });
  return found.rows.map((r) => r.map(String).join(' '));
};

describe('a patch', () => {
  it('needs a ledger, is written once in one transaction, is verified, undone, and never written again', async () => {
    await admin.query(`create schema s; create table s.t (k bigint, h timestamptz, total numeric, by text default 'app', primary key (k, h));
      insert into s.t values (1, '2024-06-10 12:00+00', 1.250, 'app'), (2, '2024-06-10 12:00+00', 9, 'x'), (7, '2024-06-10 12:00+00', 7, 'kept'), (2, '2024-06-10 11:00+00', 0, null);
      create role patcher login password 'pw-hidden'; grant usage on schema s to patcher; grant select, insert, update, delete on s.t to patcher`);
    const url = new URL(server.url);
    [url.username, url.password] = ['patcher', 'pw-hidden'];
    const bucket = { state: 'bucketed', bucket: { column: 'h', size: '1h', timezone: 'UTC' } };
    const over = {
      live: { ...bucket, store: STORE, table: 's.t' },
      patch: { only_in_live: 'delete', archive_is_complete: true },
    };
    const one = new Case({ 'archive.csv': ARCHIVE }, over);
    const asPatcher = { LIVE: url.href };
    expect((await one.check(asPatcher)).exit).toBe(0);
    const found = await one.preview({ env: asPatcher });
    const columns = ['class', 'k', 'h', 'total_live', 'total_recalculated', 'total_delta'];
    const twelve = at('12:00:00.000000');
    expect(brief(found.rows, ...columns)).toEqual([
      `changed 2 ${twelve} 9.00 2.50 -6.50`,
      `missing_in_live 3 ${twelve} ~ 3.00 3.00`,
      `only_in_live 7 ${twelve} 7.00 ~ -7.00`,
    ]);
    for (const name of one.list('out'))
      expect([name, one.read(`out/${name}`).includes('pw-hidden')]).toEqual([name, false]);
    const { seal } = found.json.patch;
    const before = await rows('select * from s.t order by 2, 1');
    expect(error(await one.apply(seal, { env: asPatcher }))).toEqual([4, 'live.ledger_required']);
    const script = await cli(['ledger', one.path('plan.yaml')], { env: asPatcher, words: true });
    expect(script.exit).toBe(0);
    for (const name of ['target_identity', 'patch_ledger', 'patch_row'])
      expect(script.stdout).toContain(name);
    expect((await cli(['ledger', one.path('plan.yaml'), '--create'], { env })).exit).toBe(0);
    await admin.query(
      'grant usage on schema recount to patcher; grant select, insert, update on all tables in schema recount to patcher',
    );
    await admin.query("update s.t set total = 8 where k = 2 and h = '2024-06-10 12:00+00'");
    const stale = await one.apply(seal, { env: asPatcher });
    expect(error(stale)).toEqual([4, 'patch.stale']);
    expect(stale.stdout).toMatch(/k.2/);
    expect(await rows('select count(*) from recount.patch_row')).toEqual(['0']);
    await admin.query("update s.t set total = 9 where k = 2 and h = '2024-06-10 12:00+00'");
    // two at the same time: one writes, the other finds it written
    const both = await Promise.all([
      one.apply(seal, { env: asPatcher }),
      one.apply(seal, { env: asPatcher }),
    ]);
    expect(both.map((r) => r.json.status).sort()).toEqual(['already_applied', 'applied']);
    expect(await rows("select k, total, by from s.t where h = '2024-06-10 12:00+00' order by 1")).toEqual([
      '1 1.250 app',
      '2 2.50 x',
      '3 3.00 app',
    ]);
    expect((await one.verify('out', asPatcher)).json).toEqual({ cells: 3, match: 3, differ: 0, moved: 0 });
    const [ledger] = (await admin.query('select to_jsonb(l)::text as row from recount.patch_ledger l')).rows;
    expect(ledger.row).toContain(seal);
    expect(ledger.row).toContain('"none"');
    // undo would delete a row that someone else has written into meanwhile
    await admin.query("update s.t set by = 'someone' where k = 3");
    expect(error(await one.undo(seal, 'out', asPatcher))).toEqual([4, 'patch.stale']);
    await admin.query("update s.t set by = 'app' where k = 3; update s.t set by = 'y' where by = 'x'");
    const undone = await one.undo(seal, 'out', asPatcher);
    expect(undone.json).toMatchObject({ status: 'undone' });
    expect(await rows('select * from s.t order by 2, 1')).toEqual(before.map((r) => r.replace('x', 'y')));
    expect((await one.undo(seal, 'out', asPatcher)).json.status).toBe('already_undone');
    expect(error(await one.apply(seal, { env: asPatcher }))).toEqual([4, 'patch.undone']);
  });

  it('adds running sums, so that a consumer that goes on writing loses nothing', async () => {
    await admin.query(`create table run (k int primary key, total numeric(20,2) not null, n int, hi numeric(20,2));
      create table run_base as table run; insert into run values (1, 100, 10, 50), (2, 2.5, 1, 2.5); insert into run_base values (1, 100, 10, 50)`);
    const over = {
      calculation: calculation({ measures: { total: 'sum(v)', n: 'count(*)', hi: 'max(v)' } }),
      live: {
        store: STORE,
        table: 'run',
        state: 'running',
        baseline: { at: at('09:00'), table: 'run_base' },
        cut: at('13:00'),
      },
    };
    const one = new Case({ 'archive.csv': ARCHIVE }, over);
    const found = await one.preview({ env });
    expect(
      brief(found.rows, 'class', 'k', 'total_recalculated', 'n_recalculated', 'hi_recalculated'),
    ).toEqual(['changed 1 101.25 11 50.00', 'missing_in_live 3 3.00 1 3.00']);
    const { seal } = found.json.patch;
    await admin.query('update run set total = total + 1000, n = n + 1 where k = 1');
    expect((await one.apply(seal, { env })).json.status).toBe('applied');
    expect(await rows('select * from run order by k')).toEqual([
      '1 1101.25 12 50.00',
      '2 2.50 1 2.50',
      '3 3.00 1 3.00',
    ]);
    await admin.query('update run set total = total + 0.75 where k = 1');
    const verified = await one.verify('out', env);
    expect([verified.exit, verified.json]).toEqual([0, { cells: 2, match: 1, differ: 0, moved: 1 }]);
    expect((await one.undo(seal, 'out', env)).json.status).toBe('undone');
    expect(await rows('select * from run order by k')).toEqual(['1 1100.75 11 50.00', '2 2.50 1 2.50']);
  });

  it("refuses what the target refuses, in the database's words, and writes nothing", async () => {
    await admin.query(
      'create table small (k int primary key, total numeric check (total < 3)); insert into small values (1, 0)',
    );
    const one = new Case({ 'archive.csv': ARCHIVE }, { live: { store: STORE, table: 'small' } });
    const seen = await one.preview({ env });
    expect(seen.json.error).toBeUndefined();
    const { seal } = seen.json.patch;
    const refused = await one.apply(seal, { env });
    expect(error(refused)).toEqual([4, 'patch.target_refused']);
    expect(refused.json.error.message).toContain('small_total_check');
    expect(await rows('select * from small')).toEqual(['1 0']);
    await admin.query('create database elsewhere');
    const url = new URL(server.url);
    url.pathname = '/elsewhere';
    const other = new pg.Client({ connectionString: url.href });
    await other.connect();
    await other.query(
      'create table small (k int primary key, total numeric); insert into small values (1, 0)',
    );
    const moved = await one.apply(seal, { env: { LIVE: url.href } });
    expect(moved.exit).toBe(4);
    expect((await other.query('select count(*)::int n from small')).rows).toEqual([{ n: 1 }]);
    await other.end();
  });
});

describe('what a live column cannot hold', () => {
  const archive = (key: string): string => lines('id,time,k,v', `e1,${at('12:00')},${key},1`);

  it.each([
    ['timestamp(3)', '12:00:00.1234', '12:00:00.123', 'millisecond'],
    ['timestamptz(0)', '12:00:00.5', '12:00:00', 'second'],
  ])('a time is finer than %s', async (type, event, live, part) => {
    const name = `fine_${part}`;
    await admin.query(
      `create table ${name} (k text primary key, seen ${type}); insert into ${name} values ('a', '2024-06-10 ${live}Z')`,
    );
    const events = lines('id,time,k,v', `e1,${at(event)},a,1`);
    const preview = async (seen: string) =>
      new Case(
        { 'archive.csv': events },
        { live: { store: STORE, table: name }, calculation: calculation({ measures: { seen } }) },
      ).preview({ env });
    const found = await preview('max(time)');
    expect([found.exit, found.code]).toEqual([2, 'plan.measure.not_representable']);
    const cut = `date_trunc('${part}', max(time))`;
    expect(found.json.error.fix).toContain(`date_trunc('${part}', …)`);
    expect((await preview(cut)).json.cells).toMatchObject({ affected: 1, match: 1 });
  });

  it('a key that is longer than its column is told before anything is written [bad input 56]', async () => {
    await admin.query('create table short (k varchar(3) primary key, total numeric)');
    const one = new Case({ 'archive.csv': archive('four') }, { live: { store: STORE, table: 'short' } });
    const found = await one.preview({ env });
    expect([found.exit, found.code]).toEqual([2, 'plan.measure.not_representable']);
    expect(found.json.error.message).toContain('four');
    expect(found.json.error.fix).toContain('3 characters');
    expect(
      (
        await new Case(
          { 'archive.csv': archive('日本語') },
          { live: { store: STORE, table: 'short' } },
        ).preview({ env })
      ).exit,
    ).toBe(0);
  });

  it('a character that the database has no code for [bad input 61]', async () => {
    await admin.query("create database latin encoding 'LATIN1' locale 'C' template template0");
    const url = new URL(server.url);
    url.pathname = '/latin';
    const client = new pg.Client({ connectionString: url.href });
    await client.connect();
    await client.query('create table t (k text primary key, total numeric)');
    const one = new Case({ 'archive.csv': archive('😀') }, { live: { store: STORE, table: 't' } });
    const found = await one.preview({ env: { LIVE: url.href } });
    const refused = await one.apply(found.json.patch.seal, { env: { LIVE: url.href } });
    expect(error(refused)).toEqual([4, 'patch.target_refused']);
    expect(refused.json.error.message).toContain('has no equivalent in encoding "LATIN1"');
    expect((await client.query('select * from t')).rows).toEqual([]);
    await client.end();
  });
});

describe('reading', () => {
  it('tells a key that occurs twice, NULL keys, an unknown column, a table that is not there, a server that is away', async () => {
    await admin.query(
      `create table odd (k int, total numeric); insert into odd values (1, 1.25), (1, 2), (null, 3)`,
    );
    const over = { live: { store: STORE, table: 'odd' } };
    const one = new Case({ 'archive.csv': ARCHIVE }, over);
    expect(error(await one.preview({ env }))).toEqual([4, 'live.key_not_unique']);
    await admin.query('delete from odd where total = 2');
    const found = await one.preview({ env });
    expect(found.json.warnings.map((w: Printed) => w.code)).toContain('live_key_null');
    expect(found.json.cells).toMatchObject({ affected: 3, match: 1, missing_in_live: 2, only_in_live: 0 });
    one.write('gone.json', planText({ live: { store: STORE, table: 'nowhere' } }));
    expect(error(await one.preview({ plan: 'gone.json', env }))).toEqual([5, 'live.not_found']);
    const away = await one.preview({ env: { LIVE: 'postgres://me:s3cret-word@127.0.0.1:1/x' } });
    expect(error(away)).toEqual([5, 'live.unreachable']);
    expect(`${away.stdout}${away.stderr}`).not.toContain('s3cret-word');
    one.write(
      'column.json',
      planText({ ...over, calculation: calculation({ measures: { totl: 'sum(v)' } }) }),
    );
    const unknown = await cli(['check', one.path('column.json')], { env });
    expect([unknown.exit, unknown.json.error.problems[0].code]).toEqual([2, 'plan.live.column_unknown']);
    expect(unknown.json.error.problems[0].fix).toContain('total');
  });

  it("compares in the live column's own type, local buckets by their zone", async () => {
    await admin.query(`create table typed (u uuid, h timestamp, f8 double precision, i int, b boolean, ts timestamptz, d date, n numeric(12,3), primary key (u, h));
      insert into typed values
        ('00000000-0000-0000-0000-00000000000a', '2024-10-27 02:00', 0.3, 2, true, '2024-10-27 01:30:00.000001+00', '2024-10-27', 0.300),
        ('00000000-0000-0000-0000-00000000000b', '2024-10-27 03:00', 'NaN', 1, null, '2024-10-27 02:00+00', '2024-10-27', 0.3)`);
    const archive = lines(
      'id,time,u,f,i,b',
      'e1,2024-10-27T00:30:00Z,00000000-0000-0000-0000-00000000000a,0.1,1,true',
      'e2,2024-10-27T01:30:00.000001Z,00000000-0000-0000-0000-00000000000a,0.2,1,false',
      'e3,2024-10-27T02:00:00Z,00000000-0000-0000-0000-00000000000b,0.3,1,',
    );
    const measures = {
      f8: 'sum(f)',
      i: 'sum(i)',
      b: 'max(b)',
      ts: 'max(time)',
      d: 'max(time::date)',
      n: 'sum(f)',
    };
    const bucket = { state: 'bucketed', bucket: { column: 'h', size: '1h', timezone: 'Europe/Berlin' } };
    const over = {
      window: { from: '2024-10-27T00:00:00Z', to: '2024-10-28T00:00:00Z' },
      calculation: calculation({ keys: { u: 'u' }, measures }),
      live: { ...bucket, store: STORE, table: 'typed', keys: ['u'] },
    };
    const one = new Case({ 'archive.csv': archive }, over);
    const found = await one.preview({ env });
    expect(found.json.error).toBeUndefined();
    expect(brief(found.rows, 'class', 'h', 'f8_live', 'f8_recalculated', 'n_delta', 'b_live')).toEqual([
      'changed 2024-10-27T02:00:00.000000Z nan 0.3 0.000 ~',
    ]);
    expect((await one.apply(found.json.patch.seal, { env })).json.status).toBe('applied');
    expect(await rows('select f8, h::text from typed order by h')).toEqual([
      '0.3 2024-10-27 02:00:00',
      '0.3 2024-10-27 03:00:00',
    ]);
  });
});
