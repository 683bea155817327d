import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parseAddress } from '#lib/adapters/live/postgres/address';
import { postgresStore } from '#lib/adapters/live/postgres/postgres-store';
import { createRole, freshTable, QUICK, sqlRows } from '#lib/adapters/live/postgres/testing';
import { startTestPostgres, type TestPostgres } from '#lib/adapters/postgres-server/testing';
import { type ColumnSpec, type PatchRowSpec, sealedPatch } from '#lib/patch/conformance/patch-fixture';
import type { SealedPatch } from '#lib/patch/patch';

let server: TestPostgres;
beforeAll(async () => {
  server = await startTestPostgres();
});
afterAll(() => server.stop());

const by = { signatures: { author: 'Ann', approvedBy: null, approvedAt: null } };
const ID: ColumnSpec = { name: 'id', type: 'BIGINT' };
const N: ColumnSpec = { name: 'n', type: 'DECIMAL(18,2)' };
const UPDATE: PatchRowSpec = { op: 'update', key: ['1'], before: ['1'], after: ['2'] };
const INSERT: PatchRowSpec = { op: 'insert', key: ['9'], after: ['9'] };
const DELETE: PatchRowSpec = { op: 'delete', key: ['2'], before: ['1'] };

const storeAt = (url: string, table: string) =>
  postgresStore({ address: parseAddress(url), table: `public.${table}`, keys: ['id'], limits: QUICK });

/** A table with rows 1 to 3 holding 1; `more` are statements in which T stands for its name. */
async function tableWith(more: string): Promise<string> {
  const table = freshTable();
  await sqlRows(
    server.url,
    `create table ${table} (id bigint primary key, n numeric(18,2));
     insert into ${table} select i, 1 from generate_series(1, 3) i; ${more.replaceAll('TBL', `public.${table}`).replaceAll('FN', `fn_${table}`)}`,
  );
  return table;
}

async function patchOf(table: string, rows: readonly PatchRowSpec[]): Promise<SealedPatch> {
  const described = await storeAt(server.url, table).describe();
  return sealedPatch(described, { keys: [ID], measures: [N], rows });
}

const content = (table: string) => sqlRows(server.url, `select * from ${table} order by 1`);

async function refused(
  table: string,
  rows: readonly PatchRowSpec[],
  code: string,
  words: RegExp,
): Promise<void> {
  const patch = await patchOf(table, rows);
  const before = await content(table);
  const failure = await storeAt(server.url, table)
    .apply(patch, by)
    .catch((error: unknown) => error);
  expect(failure).toMatchObject({ code, message: expect.stringMatching(words) });
  expect(await content(table)).toEqual(before);
  expect((await storeAt(server.url, table).ledger(patch.header)).outcome).toBe('none');
}

const trigger = (when: string, body: string): string =>
  `create function FN() returns trigger language plpgsql as $f$ begin ${body} end $f$;
   create trigger tg ${when} on TBL for each row execute function FN()`;

describe('the database has the last word, and nothing stays behind', () => {
  it('a trigger that rewrites a value', async () => {
    const table = await tableWith(trigger('before update', 'new.n := 0; return new;'));
    await refused(table, [UPDATE], 'patch.target_refused', /Read back, 1 of 1/);
  });
  it('a trigger that rewrites one of two values', async () => {
    const table = await tableWith(`alter table TBL add m numeric(18,2) default 1;
      ${trigger('before update', 'new.n := 0; return new;')}`);
    const store = storeAt(server.url, table);
    const measures = [N, { ...N, name: 'm' }];
    const rows = [{ op: 'update', key: ['1'], before: ['1', '1'], after: ['2', '2'] }] as const;
    const patch = sealedPatch(await store.describe(), { keys: [ID], measures, rows });
    await expect(store.apply(patch, by)).rejects.toMatchObject({ code: 'patch.target_refused' });
    expect(await sqlRows(server.url, `select * from ${table} where n <> 1 or m <> 1`)).toEqual([]);
  });
  it('a trigger that rewrites an inserted value', async () => {
    const table = await tableWith(trigger('before insert', 'new.n := 0; return new;'));
    await refused(table, [INSERT], 'patch.target_refused', /Read back/);
  });
  it.each([
    ['update', UPDATE],
    ['insert', INSERT],
    ['delete', DELETE],
  ] as const)('a trigger that suppresses an %s', async (op, row) => {
    const table = await tableWith(trigger(`before ${op}`, 'return null;'));
    await refused(table, [row], 'patch.target_refused', new RegExp(`The ${op} touched 0 rows, not 1`));
  });
  it('a trigger that raises, in its own words', async () => {
    const table = await tableWith(trigger('before update', `raise exception 'closed for the month';`));
    await refused(table, [UPDATE], 'patch.target_refused', /closed for the month/);
  });
  it('a CHECK', async () => {
    const table = await tableWith('alter table TBL add constraint small check (n < 2)');
    await refused(table, [UPDATE], 'patch.target_refused', /"small"/);
  });
  it('a deferred constraint, before COMMIT', async () => {
    const table = await tableWith(
      'alter table TBL add constraint one_n unique (id, n) deferrable initially deferred; create table TBL_p (id bigint primary key); insert into TBL_p values (1),(2),(3); alter table TBL add constraint parent foreign key (id) references TBL_p deferrable initially deferred',
    );
    await refused(table, [INSERT], 'patch.target_refused', /"parent"/);
  });
  it.each([
    ['a trigger', 'create trigger tg after delete on TBL'],
    ['a deferred trigger', 'create constraint trigger tg after delete on TBL deferrable initially deferred'],
  ])('%s that brings a deleted row back', async (_, when) => {
    const table = await tableWith(
      `create function FN() returns trigger language plpgsql as $f$ begin insert into TBL values (old.id, old.n); return null; end $f$;
       ${when} for each row execute function FN()`,
    );
    await refused(table, [DELETE], 'patch.target_refused', /The delete touched 0 rows, not 1/);
  });
  it('a trigger that rewrites, as a row is put back, what was not patched', async () => {
    const table = await tableWith('alter table TBL add note text');
    const store = storeAt(server.url, table);
    const patch = await patchOf(table, [DELETE]);
    await store.apply(patch, by);
    const rewriting = trigger('before insert', `new.note := 'again'; return new;`);
    await sqlRows(server.url, rewriting.replaceAll('TBL', table).replaceAll('FN', `fn_${table}`));
    await expect(store.undo(patch, by)).rejects.toMatchObject({ code: 'patch.target_refused' });
    expect(await content(table)).toHaveLength(2);
    await sqlRows(server.url, `drop trigger tg on ${table}`);
    await store.undo(patch, by);
    expect(await content(table)).toHaveLength(3);
  });
  it('a row that is gone, also where it held NULL', async () => {
    const table = await tableWith('update TBL set n = null where id = 1');
    const patch = await patchOf(table, [{ op: 'update', key: ['1'], before: [null], after: ['2'] }]);
    await sqlRows(server.url, `delete from ${table} where id = 1`);
    await expect(storeAt(server.url, table).apply(patch, by)).rejects.toMatchObject({ code: 'patch.stale' });
  });
  it('a deferred trigger that rewrites a value', async () => {
    const table = await tableWith(
      `create function FN() returns trigger language plpgsql as $f$ begin update TBL set n = 0 where id = new.id and n <> 0; return null; end $f$;
       create constraint trigger tg after update on TBL deferrable initially deferred for each row execute function FN()`,
    );
    await refused(table, [UPDATE], 'patch.target_refused', /Read back, 1 of 1/);
  });
  it('another unique constraint is not called a stale row', async () => {
    const table = await tableWith('update TBL set n = id; create unique index on TBL (n)');
    const row: PatchRowSpec = { op: 'insert', key: ['9'], after: ['3'] };
    await refused(table, [row], 'patch.target_refused', /duplicate key.*\(n\)=\(3\.00\)/s);
  });
  it('a number that overflows', async () => {
    const table = await tableWith('alter table TBL alter n type numeric(4,2)');
    await refused(table, [{ ...UPDATE, after: ['1000'] }], 'patch.target_refused', /overflow/);
  });
  it('a number that the column would round', async () => {
    const table = await tableWith('select 1');
    await refused(table, [{ ...UPDATE, after: ['1.005'] }], 'patch.target_refused', /rounds/);
  });
  it('a text that the column would cut', async () => {
    const table = await tableWith('alter table TBL alter n type varchar(4)');
    await refused(
      table,
      [{ ...UPDATE, before: ['1.00'], after: ['2.005'] }],
      'patch.target_refused',
      /too long/,
    );
  });
  it('a text that a name would cut, and one that it takes', async () => {
    const table = await tableWith(`alter table TBL add s name; update TBL set s = 'a'`);
    const store = storeAt(server.url, table);
    const shown = async (after: string) =>
      sealedPatch(await store.describe(), {
        keys: [ID],
        measures: [{ name: 's', type: 'VARCHAR' }],
        rows: [
          { op: 'update', key: ['1'], before: ['a'], after: [after] },
          { op: 'delete', key: ['2'], before: ['a'] },
        ],
      });
    await expect(store.apply(await shown('x'.repeat(64)), by)).rejects.toMatchObject({
      code: 'patch.target_refused',
    });
    const patch = await shown('x'.repeat(63));
    expect(await store.apply(patch, by)).toBe('applied');
    expect(await store.verify(patch)).toMatchObject({ match: 2 });
    expect(await store.undo(patch, by)).toBe('undone');
    expect(await sqlRows(server.url, `select s from ${table} order by id`)).toEqual([['a'], ['a'], ['a']]);
  });
  it('an insert that lacks a column', async () => {
    const table = await tableWith(
      `alter table TBL add c text not null default 'x'; alter table TBL alter c drop default`,
    );
    const described = await storeAt(server.url, table).describe();
    expect(described.warnings.map((w) => w.code)).toContain('insert_needs_column');
    await refused(table, [INSERT], 'patch.target_refused', /null value in column "c"/);
  });
  it('a computed column', async () => {
    const table = await tableWith(
      'alter table TBL drop n; alter table TBL add n numeric(18,2) generated always as (id) stored',
    );
    await refused(table, [UPDATE], 'live.not_writable', /computes the column n/);
  });
  it('a delete that would cascade', async () => {
    const table = await tableWith('create table TBL_c (id bigint references TBL on delete cascade)');
    await refused(table, [DELETE], 'live.not_writable', /no undo could put back/);
  });
  it('text with NUL, and text that is no Unicode', async () => {
    const table = await tableWith('alter table TBL alter n type text');
    await refused(table, [{ ...UPDATE, before: ['1.00'], after: ['a\0b'] }], 'patch.target_refused', /0x00/);
    await refused(
      table,
      [{ ...UPDATE, before: ['1.00'], after: ['\ud800'] }],
      'patch.target_refused',
      /Unicode/,
    );
  });
  it('a key that is no value of its column, with its row', async () => {
    const table = await tableWith('select 1');
    await refused(
      table,
      [UPDATE, { ...INSERT, key: ['nine'] }],
      'patch.target_refused',
      /COPY recount_rows, line 2, column key_0: "nine"/,
    );
  });
  it('rows that are not as many as the header says', async () => {
    const table = await tableWith('select 1');
    const patch = await patchOf(table, [UPDATE]);
    const wrong = { ...patch, header: { ...patch.header, counts: { updates: 2, inserts: 0, deletes: 0 } } };
    await expect(storeAt(server.url, table).apply(wrong, by)).rejects.toMatchObject({
      code: 'patch.damaged',
    });
    expect((await content(table))[0]).toEqual(['1', '1.00']);
  });
});

describe('what the application relies on goes on working', () => {
  it('a trigger that names its tables without a schema', async () => {
    const log = freshTable();
    const table = await tableWith(
      `create table ${log} (id bigint); ${trigger('after update or insert', `insert into ${log} values (new.id); return null;`)}`,
    );
    const patch = await patchOf(table, [UPDATE, INSERT]);
    expect(await storeAt(server.url, table).apply(patch, by)).toBe('applied');
    expect(await sqlRows(server.url, `select id from ${log} order by id`)).toEqual([['1'], ['9']]);
  });
  it('keys that the database would number itself are written as they are', async () => {
    const table = freshTable();
    await sqlRows(
      server.url,
      `create table ${table} (id bigint generated always as identity primary key, n numeric(18,2))`,
    );
    expect(await storeAt(server.url, table).apply(await patchOf(table, [INSERT]), by)).toBe('applied');
    expect(await content(table)).toEqual([['9', '9.00']]);
  });
  it('a hook that fails after COMMIT changes nothing: it is applied', async () => {
    const table = await tableWith('select 1');
    const onProgress = ({ step, done }: { step: string; done: number }): void => {
      if (step === 'commit' && done > 0) throw new Error('the records are away');
    };
    const patch = await patchOf(table, [UPDATE]);
    expect(await storeAt(server.url, table).apply(patch, { ...by, onProgress })).toBe('applied');
  });
  it('a deadlock is made good by another attempt', async () => {
    const table = await tableWith('select 1');
    const rows = ['1', '3'].map((key): PatchRowSpec => ({ ...UPDATE, key: [key] }));
    const patch = await patchOf(table, rows);
    // its own wait is found out too late, so that the apply is the one whose deadlock is broken
    const other = new pg.Client({ connectionString: server.url });
    await other.connect();
    await other.query(`set deadlock_timeout = '30s'; begin; update ${table} set n = 5 where id = 3`);
    const store = postgresStore({
      address: parseAddress(server.url),
      table,
      limits: { ...QUICK, lockMs: 5_000 },
    });
    let attempts = 0;
    const onProgress = ({ step }: { step: string }): void => {
      if (step === 'check') attempts += 1;
    };
    const applied = store.apply(patch, { ...by, onProgress });
    const waiting = `select count(*) from pg_stat_activity where wait_event_type = 'Lock'`;
    while ((await sqlRows(server.url, waiting))[0]?.[0] === '0')
      await new Promise((wait) => setTimeout(wait, 20));
    await other.query(`update ${table} set n = 5 where id = 1`);
    await other.query('rollback');
    await other.end();
    expect(await applied).toBe('applied');
    expect(attempts).toBeGreaterThan(1);
    expect((await content(table)).map((row) => row[1])).toEqual(['2.00', '1.00', '2.00']);
  });
  it('a delta written with decimals into an integer column, undone to the digit', async () => {
    const table = await tableWith('alter table TBL alter n type bigint');
    const described = await storeAt(server.url, table).describe();
    const row: PatchRowSpec = { ...UPDATE, after: ['3'], delta: ['2.00'] };
    const patch = sealedPatch(described, {
      keys: [ID],
      measures: [{ name: 'n', type: 'BIGINT', mode: 'delta' }],
      rows: [row],
    });
    const store = storeAt(server.url, table);
    expect(await store.apply(patch, by)).toBe('applied');
    expect(await store.verify(patch)).toEqual({ cells: 1, match: 1, differ: 0, moved: 0 });
    expect(await store.undo(patch, by)).toBe('undone');
    expect((await content(table))[0]).toEqual(['1', '1']);
    const half = sealedPatch(described, {
      keys: [ID],
      measures: [{ name: 'n', type: 'BIGINT', mode: 'delta' }],
      rows: [{ ...row, delta: ['2.5'] }],
    });
    await expect(store.apply(half, by)).rejects.toMatchObject({ code: 'patch.target_refused' });
    expect((await content(table))[0]).toEqual(['1', '1']);
  });
  it('a running float is restored to the digit, and a NULL total counts as 0', async () => {
    const table = await tableWith(
      'alter table TBL alter n type double precision using 0.1; update TBL set n = null where id = 2',
    );
    const described = await storeAt(server.url, table).describe();
    const patch = sealedPatch(described, {
      keys: [ID],
      measures: [{ name: 'n', type: 'DOUBLE', mode: 'delta' }],
      rows: [
        { op: 'update', key: ['1'], before: ['0.1'], after: ['0.30000000000000004'], delta: ['0.2'] },
        { op: 'update', key: ['2'], before: [null], after: ['4'], delta: ['4'] },
      ],
    });
    const store = storeAt(server.url, table);
    expect(await store.apply(patch, by)).toBe('applied');
    expect((await content(table)).map((row) => row[1])).toEqual(['0.30000000000000004', '4', '0.1']);
    expect(await store.undo(patch, by)).toBe('undone');
    expect((await content(table)).map((row) => row[1])).toEqual(['0.1', null, '0.1']);
  });
});

describe('what cannot be patched is said before', () => {
  it('a view, an unlogged table', async () => {
    const table = await tableWith(
      'create view TBL_v as select * from TBL; create unlogged table TBL_u (id bigint primary key, n numeric(18,2)); insert into TBL_u values (1, 1)',
    );
    for (const [name, words] of [
      [`${table}_v`, /is a view/],
      [`${table}_u`, /unlogged/],
    ] as const) {
      const described = await storeAt(server.url, name).describe();
      expect(described.notWritable.join()).toMatch(words);
      await refused(name, [UPDATE], 'live.not_writable', words);
    }
  });
  it('row-level security is an error, never silently fewer rows', async () => {
    const table = await tableWith(
      'alter table TBL enable row level security; create policy p on TBL using (id > 1)',
    );
    const url = await createRole(server.url, (role) => `grant all on ${table} to ${role}`);
    const store = storeAt(url, table);
    expect((await store.describe()).notWritable.join()).toMatch(/row-level security/);
    await expect(store.snapshot(['id', 'n'], {}, '/dev/null')).rejects.toMatchObject({
      code: 'live.unreadable',
      message: expect.stringMatching(/row-level security/),
    });
    await expect(store.apply(await patchOf(table, [UPDATE]), by)).rejects.toMatchObject({
      code: 'live.not_writable',
    });
  });
  it('missing rights are named', async () => {
    await storeAt(server.url, await tableWith('select 1')).createLedger();
    const table = await tableWith('select 1');
    const url = await createRole(
      server.url,
      (role) =>
        `grant usage on schema recount to ${role}; grant select, insert on all tables in schema recount to ${role}; grant select, delete on ${table} to ${role}; grant update (id) on ${table} to ${role}`,
    );
    const rows = [UPDATE, INSERT];
    await expect(storeAt(url, table).apply(await patchOf(table, rows), by)).rejects.toMatchObject({
      code: 'live.not_writable',
      message: expect.stringMatching(/lacks the right to INSERT on id, n; UPDATE on n/),
    });
  });
  it('another table, another server, other columns', async () => {
    const [table, other] = [await tableWith('select 1'), await tableWith('select 1')];
    const patch = await patchOf(table, [UPDATE]);
    await expect(storeAt(server.url, other).apply(patch, by)).rejects.toMatchObject({
      code: 'patch.target_changed',
    });
    const target = patch.header.target;
    if (target.kind !== 'postgres') throw new Error('no PostgreSQL');
    const elsewhere = { ...patch, header: { ...patch.header, target: { ...target, systemIdentifier: '1' } } };
    await expect(storeAt(server.url, table).apply(elsewhere, by)).rejects.toMatchObject({
      code: 'patch.target_changed',
    });
    await sqlRows(server.url, `alter table ${table} alter n type numeric(20,2)`);
    await expect(storeAt(server.url, table).apply(patch, by)).rejects.toMatchObject({
      code: 'live.schema_changed',
      message: expect.stringContaining('n was numeric(18,2), is numeric(20,2)'),
    });
    await sqlRows(server.url, `drop table ${table}`);
    await expect(storeAt(server.url, table).apply(patch, by)).rejects.toMatchObject({
      code: 'live.not_found',
    });
  });
  it('a locked row is waited for three times, and then told with who holds it', async () => {
    const table = await tableWith('select 1');
    const patch = await patchOf(table, [UPDATE]);
    const holding = (seconds: number) =>
      sqlRows(
        server.url,
        `set application_name = 'nightly job'; begin; update ${table} set n = 5 where id = 1; select pg_sleep(${seconds}); rollback`,
      );
    const hold = holding(6);
    await new Promise((wait) => setTimeout(wait, 300));
    const failure = await storeAt(server.url, table)
      .apply(patch, by)
      .catch((error: unknown) => error);
    expect(failure).toMatchObject({
      code: 'live.locked',
      message: expect.stringMatching(/process \d+ \(nightly job, user recount\)/),
    });
    const shown = `select from pg_stat_activity where application_name like 'recount:${patch.header.seal.slice(0, 12)}%'`;
    expect(await sqlRows(server.url, shown)).toEqual([]);
    await hold;
    // longer than one wait, shorter than two
    const briefly = holding(1);
    await new Promise((wait) => setTimeout(wait, 200));
    expect(await storeAt(server.url, table).apply(patch, by)).toBe('applied');
    await briefly;
  });
  it('a server without a free connection is asked again for a moment', async () => {
    const table = await tableWith('select 1');
    await storeAt(server.url, table).createLedger();
    const url = await createRole(
      server.url,
      (role) => `alter role ${role} connection limit 1; grant select, update on ${table} to ${role};
        grant usage on schema recount to ${role}; grant select, insert on all tables in schema recount to ${role}`,
    );
    const patch = await patchOf(table, [UPDATE]);
    const other = new pg.Client({ connectionString: url });
    await other.connect();
    await expect(storeAt(url, table).apply(patch, by)).rejects.toMatchObject({
      code: 'live.unreachable',
      message: expect.stringContaining('too many connections'),
    });
    setTimeout(() => void other.end(), 300);
    expect(await storeAt(url, table).apply(patch, by)).toBe('applied');
  });
  it('a row that somebody is about to change is waited for, and then stale', async () => {
    const table = await tableWith('select 1');
    const patch = await patchOf(table, [UPDATE]);
    const hold = sqlRows(
      server.url,
      `begin; update ${table} set n = 5 where id = 1; select pg_sleep(0.4); commit`,
    );
    await new Promise((wait) => setTimeout(wait, 200));
    await expect(storeAt(server.url, table).apply(patch, by)).rejects.toMatchObject({
      code: 'patch.stale',
      details: { rows: ['id 1: n was 1, is 5.00'] },
    });
    await hold;
  });
  it('an insert that somebody else is about to make is waited for, and then stale', async () => {
    const table = await tableWith('select 1');
    const patch = await patchOf(table, [INSERT]);
    const hold = sqlRows(
      server.url,
      `begin; insert into ${table} values (9, 8); select pg_sleep(0.4); commit`,
    );
    await new Promise((wait) => setTimeout(wait, 200));
    await expect(storeAt(server.url, table).apply(patch, by)).rejects.toMatchObject({ code: 'patch.stale' });
    await hold;
  });
  it('without a unique index an insert locks writers out, and a repeated key is stale', async () => {
    const bare = freshTable();
    await sqlRows(
      server.url,
      `create table ${bare} (id bigint, n numeric(18,2)); insert into ${bare} values (1, 1), (2, 1), (2, 1)`,
    );
    const store = storeAt(server.url, bare);
    expect((await store.describe()).warnings.map((w) => w.code)).toEqual(['no_unique_key']);
    expect(await store.apply(await patchOf(bare, [UPDATE, INSERT]), by)).toBe('applied');
    expect(await content(bare)).toEqual([
      ['1', '2.00'],
      ['2', '1.00'],
      ['2', '1.00'],
      ['9', '9.00'],
    ]);
    await expect(store.apply(await patchOf(bare, [DELETE]), by)).rejects.toMatchObject({
      code: 'patch.stale',
      message: expect.stringMatching(/more than one live row/),
    });
  });
});

describe('the ledger', () => {
  it('is asked for by its script where the role may not create it', async () => {
    const own = await startTestPostgres();
    try {
      await sqlRows(
        own.url,
        'create table t (id bigint primary key, n numeric(18,2)); insert into t values (1, 1)',
      );
      const url = await createRole(own.url, (role) => `grant select, insert, update, delete on t to ${role}`);
      const store = storeAt(url, 't');
      const patch = sealedPatch(await store.describe(), { keys: [ID], measures: [N], rows: [UPDATE] });
      await expect(store.apply(patch, by)).rejects.toMatchObject({
        code: 'live.ledger_required',
        fix: expect.stringContaining('recount ledger'),
      });
      await expect(store.createLedger()).rejects.toMatchObject({ code: 'live.ledger_required' });
      expect(await sqlRows(own.url, 'select n from t')).toEqual([['1.00']]);
      await sqlRows(own.url, store.ledgerScript());
      await sqlRows(own.url, store.ledgerScript());
      expect(await store.apply(patch, by)).toBe('applied');
      await expect(sqlRows(url, 'delete from recount.patch_ledger')).rejects.toThrow(/permission denied/);
      await expect(sqlRows(url, "update recount.patch_row set op = 'x'")).rejects.toThrow(
        /permission denied/,
      );
      const other = storeAt(await createRole(own.url, (role) => `grant all on t to ${role}`), 't');
      const next = sealedPatch(await store.describe(), {
        keys: [ID],
        measures: [N],
        rows: [{ ...UPDATE, before: ['2'], after: ['3'] }],
      });
      await expect(other.apply(next, by)).rejects.toMatchObject({
        code: 'live.ledger_required',
        fix: expect.stringContaining('GRANT'),
      });
    } finally {
      await own.stop();
    }
  });
});

describe('undo', () => {
  it('brings back every column of a deleted row: identity, JSON as written, bytes, arrays, microseconds', async () => {
    const table = freshTable();
    await sqlRows(
      server.url,
      `create type mood_${table} as enum ('low', 'high');
       create table ${table} (id bigint generated always as identity primary key, n numeric(18,2), j json, b bytea, a text[],
         at timestamp(3), f real, m mood_${table}, padded char(5), twice numeric generated always as (n * 2) stored, "odd ""name" xml);
       insert into ${table} (n, j, b, a, at, f, m, padded, "odd ""name") values
         (1, '{"b":  1, "b": 2}', '\\x00ff', '{"a,b",NULL,"c\\"d"}', '2024-06-10 12:00:00.123', 0.1, 'high', 'ab', '<a/>'),
         (1, null, null, null, 'infinity', 'NaN', null, null, null)`,
    );
    const before = await content(table);
    const store = storeAt(server.url, table);
    const rows: PatchRowSpec[] = [
      { op: 'delete', key: ['1'], before: ['1'] },
      { op: 'delete', key: ['2'], before: ['1'] },
      { op: 'insert', key: ['7'], after: ['7'] },
    ];
    const patch = await patchOf(table, rows);
    expect(await store.apply(patch, by)).toBe('applied');
    expect((await content(table)).map((row) => row[0])).toEqual(['7']);
    expect(await store.undo(patch, by)).toBe('undone');
    expect(await content(table)).toEqual(before);
  });
  it('does not delete an inserted row in which somebody wrote another column', async () => {
    const table = await tableWith('alter table TBL add note text');
    const store = storeAt(server.url, table);
    const patch = await patchOf(table, [INSERT]);
    await store.apply(patch, by);
    await sqlRows(server.url, `update ${table} set note = 'mine' where id = 9`);
    await expect(store.undo(patch, by)).rejects.toMatchObject({
      code: 'patch.stale',
      message: expect.stringMatching(/another column/),
    });
    expect((await content(table)).at(-1)).toEqual(['9', '9.00', 'mine']);
  });
});
