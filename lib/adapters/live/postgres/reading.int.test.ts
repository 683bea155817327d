import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parseAddress } from '#lib/adapters/live/postgres/address';
import { describeTable, listTables, testConnection } from '#lib/adapters/live/postgres/browse';
import { postgresStore } from '#lib/adapters/live/postgres/postgres-store';
import { createRole, freshTable, QUICK, sqlRows } from '#lib/adapters/live/postgres/testing';
import { startTestPostgres, type TestPostgres } from '#lib/adapters/postgres-server/testing';
import { sealedPatch } from '#lib/patch/conformance/patch-fixture';
import type { SnapshotScope } from '#lib/patch/live-store';

let server: TestPostgres;
const dir = mkdtempSync(path.join(tmpdir(), 'recount-reading-'));
beforeAll(async () => {
  server = await startTestPostgres();
});
afterAll(async () => {
  rmSync(dir, { recursive: true, force: true });
  await server.stop();
});

const by = { signatures: { author: 'Ann', approvedBy: null, approvedAt: null } };
const storeAt = (url: string, table: string, keys: string[] = []) =>
  postgresStore({ address: parseAddress(url), table, keys, limits: QUICK });

async function lines(
  url: string,
  table: string,
  columns: string[],
  scope: SnapshotScope = {},
  other?: string,
) {
  const to = path.join(dir, `${freshTable()}.csv`);
  const rows = await storeAt(url, table).snapshot(columns, scope, to, other);
  const text = readFileSync(to, 'utf8').trimEnd().split('\n');
  expect(text.length - 1).toBe(rows);
  return text.slice(1).sort();
}

describe('describe', () => {
  it('gives the exact DuckDB type of each column', async () => {
    await sqlRows(
      server.url,
      `create domain money_amount as numeric(12,3) check (value > 0);
       create type mood as enum ('low', 'high');
       create collation folded (provider = icu, locale = 'und-u-ks-level2', deterministic = false);
       create table types (a smallint not null, b integer, c bigint, d numeric(18,2), e numeric, f numeric(50,2), g numeric(2,4),
         h numeric(5,-2), i real, j double precision, k text, l varchar(20), m char(5), n boolean, o date, p timestamp,
         q timestamptz(3), r uuid, s jsonb, t bytea, u int[], v money_amount, w mood, x interval, y text collate folded, z time)`,
    );
    const table = await storeAt(server.url, 'types').describe();
    expect(Object.fromEntries(table.columns.map((c) => [c.sqlType, c.type]))).toEqual({
      smallint: 'SMALLINT',
      integer: 'INTEGER',
      bigint: 'BIGINT',
      'numeric(18,2)': 'DECIMAL(18,2)',
      numeric: 'NUMERIC',
      'numeric(50,2)': 'NUMERIC',
      'numeric(2,4)': 'DECIMAL(4,4)',
      'numeric(5,-2)': 'DECIMAL(7,0)',
      real: 'FLOAT',
      'double precision': 'DOUBLE',
      'character varying(20)': 'VARCHAR',
      'character(5)': 'VARCHAR',
      boolean: 'BOOLEAN',
      date: 'DATE',
      'timestamp without time zone': 'TIMESTAMP',
      'timestamp(3) with time zone': 'TIMESTAMP WITH TIME ZONE',
      uuid: 'UUID',
      jsonb: 'UNSUPPORTED',
      bytea: 'UNSUPPORTED',
      'integer[]': 'UNSUPPORTED',
      'public.money_amount': 'DECIMAL(12,3)',
      'public.mood': 'VARCHAR',
      interval: 'UNSUPPORTED',
      text: 'UNSUPPORTED',
      'time without time zone': 'TIME',
    });
    expect(table.columns.find((c) => c.name === 'k')).toMatchObject({ type: 'VARCHAR', nullable: true });
    expect(table.columns.find((c) => c.name === 'a')).toMatchObject({ nullable: false });
    expect(table.warnings.map((w) => w.code).sort()).toEqual([
      'blank_padded',
      'insert_needs_column',
      'unsupported_type',
    ]);
  });

  it('trusts only unique indexes that hold for every row', async () => {
    await sqlRows(
      server.url,
      `create table uniques (a int not null, b int not null, c int, d text not null, primary key (b, a));
       create unique index on uniques (c);
       create unique index on uniques (a) where d = 'z';
       create unique index on uniques (lower(d));
       create unique index on uniques (d) include (c);
       create table parent (a int primary key); create table child () inherits (parent)`,
    );
    const store = storeAt(server.url, 'uniques');
    expect((await store.describe()).uniqueKeys).toEqual([['b', 'a'], ['d']]);
    expect((await storeAt(server.url, 'parent').describe()).uniqueKeys).toEqual([]);
    await sqlRows(server.url, `insert into uniques values (1, 1, 5, 'x'), (1, 2, 6, 'y')`);
    expect(await store.repeatedKeys(['a'], 5)).toEqual([['1']]);
    expect(await store.repeatedKeys(['a', 'b'], 5)).toEqual([]);
    expect(await store.countNullKeys(['a'])).toBe(0);
  });

  it('names triggers, rules and foreign keys that act', async () => {
    await sqlRows(
      server.url,
      `create table noted (id int primary key);
       create function note() returns trigger language plpgsql as 'begin return new; end';
       create trigger tell after insert or update on noted for each row execute function note();
       create rule twice as on delete to noted do also select 1;
       create table below (id int references noted on delete set null)`,
    );
    const { warnings } = await storeAt(server.url, 'noted', ['id']).describe();
    expect(warnings.map((w) => w.message)).toEqual([
      'The trigger tell runs after insert, update, for each row.',
      'The rule twice rewrites statements on public.noted.',
      expect.stringContaining('below_id_fkey sets NULL in public.below'),
    ]);
  });

  it('tells the target by the cluster, not by the address', async () => {
    await sqlRows(server.url, 'create table placed (id int primary key)');
    const { identity } = await storeAt(server.url, 'public.placed').describe();
    const [row] = await sqlRows(
      server.url,
      'select system_identifier::text, current_database() from pg_control_system()',
    );
    expect(identity).toEqual({
      kind: 'postgres',
      systemIdentifier: row?.[0],
      database: row?.[1],
      schema: 'public',
      table: 'placed',
    });
    const url = await createRole(server.url, () => '');
    await expect(storeAt(url, 'public.placed').describe()).resolves.toMatchObject({ identity });
    await expect(storeAt(server.url, 'public.nowhere').describe()).rejects.toMatchObject({
      code: 'live.not_found',
    });
  });
});

describe('snapshot', () => {
  it('renders values exactly, whatever the role or database has set', async () => {
    await sqlRows(
      server.url,
      `create table exact (i int primary key, n numeric(18,2), f double precision, r real, at timestamptz, lt timestamp, d date, b boolean, c char(4));
       insert into exact values
        (1, 0.30, 0.1 + 0.2::float8, 0.1, '2024-06-10 14:00:00.000001+02', '2024-06-10 12:00:00', '2024-06-10', true, 'ab'),
        (2, -5, 'NaN', 'Infinity', '0044-03-15 00:00:00+00', null, null, false, null)`,
    );
    const url = await createRole(
      server.url,
      (role) =>
        `grant select on exact to ${role}; alter role ${role} set timezone = 'Asia/Tokyo'; alter role ${role} set datestyle = 'German'; alter role ${role} set extra_float_digits = -5`,
    );
    expect(await lines(url, 'exact', ['i', 'n', 'f', 'r', 'at', 'lt', 'd', 'b', 'c'])).toEqual([
      '"1","0.30","0.30000000000000004","0.1","2024-06-10T12:00:00.000001Z","2024-06-10T12:00:00.000000","2024-06-10","true","ab"',
      '"2","-5.00","NaN","Infinity","0044-03-15T00:00:00.000000Z",,,"false",',
    ]);
  });

  it.each([
    ['at', `timestamptz`, `'infinity'`],
    ['at', `timestamp`, `'-infinity'`],
    ['at', `date`, `'infinity'`],
    ['at', `timestamp`, `'0001-01-01 BC'`],
    ['at', `timestamptz`, `'10000-01-01'`],
    ['n', `numeric(18,2)`, `'NaN'`],
    ['n', `numeric`, `'Infinity'`],
  ])('a value without an exact form is an error: %s %s %s', async (name, type, text) => {
    const table = freshTable();
    await sqlRows(
      server.url,
      `create table ${table} (${name} ${type}); insert into ${table} values (${text})`,
    );
    await expect(
      storeAt(server.url, table).snapshot([name], {}, path.join(dir, 'x.csv')),
    ).rejects.toMatchObject({
      code: 'live.value_unreadable',
      message: expect.stringContaining(`${name}: `),
    });
  });

  it('reads only the buckets asked for, and another table of the store', async () => {
    await sqlRows(
      server.url,
      `create table buckets (k text, hour timestamptz, n int);
       insert into buckets select 'a', '2024-06-10 00:00+00'::timestamptz + i * interval '1 hour', i from generate_series(0, 5) i;
       create table "Base Line" ("k ""x""" text); insert into "Base Line" values ('b')`,
    );
    const ranges = [
      { from: '2024-06-10T01:00:00.000000Z', to: '2024-06-10T03:00:00.000000Z' },
      { from: '2024-06-10T05:00:00.000000Z', to: '2024-06-10T06:00:00.000000Z' },
    ];
    expect(await lines(server.url, 'buckets', ['n'], { bucket: { column: 'hour', ranges } })).toEqual([
      '"1"',
      '"2"',
      '"5"',
    ]);
    expect(await lines(server.url, 'buckets', ['n'], { bucket: { column: 'hour', ranges: [] } })).toEqual([]);
    expect(await lines(server.url, 'buckets', ['k "x"'], {}, 'public."Base Line"')).toEqual(['"b"']);
  });

  it('reads only the keys asked for, with and without temporary tables', async () => {
    await sqlRows(
      server.url,
      `create table wanted (k text, hour timestamp, n int, primary key (k, hour));
       insert into wanted select 'k ' || i, '2024-06-10 12:00', i from generate_series(1, 2000) i;
       insert into wanted values ('say "x", y' || chr(10) || 'z', '2024-06-10 12:00:00.5', 5000), ('', '2024-06-10 12:00', 6000); analyze wanted`,
    );
    const file = path.join(dir, 'keys.csv');
    writeFileSync(
      file,
      '"k","hour"\n"k 7","2024-06-10T12:00:00.000000"\n"k 8","2024-06-10T13:00:00.000000"\n"say ""x"", y\nz","2024-06-10T12:00:00.500000"\n"","2024-06-10T12:00:00.000000"\n,"2024-06-10T12:00:00.000000"\n',
    );
    const scope = { keyFile: { path: file, columns: ['k', 'hour'], rows: 5 } };
    const want = ['"5000"', '"6000"', '"7"'];
    expect(await lines(server.url, 'wanted', ['n'], scope)).toEqual(want);
    const url = await createRole(
      server.url,
      (role) =>
        `grant select on wanted to ${role}; revoke temporary on database ${new URL(server.url).pathname.slice(1)} from public`,
    );
    expect(await lines(url, 'wanted', ['n'], scope)).toEqual(want);
    // most of the table is wanted: it is read whole, and the caller leaves out the rest
    expect(
      (await lines(server.url, 'wanted', ['n'], { keyFile: { ...scope.keyFile, rows: 1500 } })).length,
    ).toBe(2002);
  });

  it('says which columns cannot be compared', async () => {
    await sqlRows(server.url, 'create table odd (id int primary key, j jsonb)');
    await expect(storeAt(server.url, 'odd').snapshot(['j'], {}, '/dev/null')).rejects.toMatchObject({
      code: 'plan.live.type',
    });
  });
});

describe('names', () => {
  it('quotes any identifier, in every statement', async () => {
    const long = 'é'.repeat(31);
    await sqlRows(
      server.url,
      `create schema "S.x ""y""; --"; create table "S.x ""y""; --"."select" ("user ""id""" text primary key, "a b;'" numeric(18,2), "${long}" bigint);
       insert into "S.x ""y""; --"."select" values ('x', 1, 1), ('y', 1, 1)`,
    );
    const store = storeAt(server.url, '"S.x ""y""; --"."select"', ['user "id"']);
    const patch = sealedPatch(await store.describe(), {
      keys: [{ name: 'user "id"', type: 'VARCHAR' }],
      measures: [
        { name: "a b;'", type: 'DECIMAL(18,2)' },
        { name: long, type: 'BIGINT', mode: 'delta' },
      ],
      rows: [
        { op: 'update', key: ['x'], before: ['1', '1'], after: ['2', '3'], delta: [null, '2'] },
        { op: 'delete', key: ['y'], before: ['1', '1'] },
        { op: 'insert', key: ['z'], after: ['5', '5'] },
      ],
    });
    expect(await store.apply(patch, by)).toBe('applied');
    expect(await store.verify(patch)).toEqual({ cells: 3, match: 3, differ: 0, moved: 0 });
    expect(await store.undo(patch, by)).toBe('undone');
    expect(store.reviewSql(patch.header)).toContain('"S.x ""y""; --"."select"');
  });
});

describe('the review', () => {
  it('shows statements that the server understands, with the counts', async () => {
    await sqlRows(
      server.url,
      `create table reviewed (id bigint primary key, n numeric(18,2), at timestamp(3), c char(4))`,
    );
    const store = storeAt(server.url, 'reviewed', ['id']);
    const rows = [
      { op: 'update' as const, key: ['1'], before: ['1', null, null], after: ['2', null, null] },
      { op: 'insert' as const, key: ['2'], after: ['1', null, null] },
      { op: 'delete' as const, key: ['3'], before: ['1', null, null] },
    ];
    const patch = sealedPatch(await store.describe(), {
      keys: [{ name: 'id', type: 'BIGINT' }],
      measures: [
        { name: 'n', type: 'DECIMAL(18,2)' },
        { name: 'at', type: 'TIMESTAMP WITH TIME ZONE' },
        { name: 'c', type: 'VARCHAR' },
      ],
      rows,
    });
    const text = store.reviewSql(patch.header);
    expect(text).toContain('Must update exactly 1 row.');
    // in the order of an apply: rows, ledger, table, rows locked
    const order = ['COPY pg_temp', 'INSERT INTO recount.patch_ledger', 'LOCK TABLE', 'ORDER BY s.seq FOR'];
    const places = order.map((words) => text.indexOf(words));
    expect(places).toEqual(places.toSorted((a, b) => a - b));
    expect(places[0]).toBeGreaterThan(0);
    await store.createLedger();
    // all but what needs the rows and the signatures
    const runnable = text
      .replace(/INSERT INTO recount\.patch_ledger[\s\S]*?;/, '')
      .replace(/^COPY.*$/m, '')
      .replaceAll(':entry', '0')
      .replace('COMMIT;', 'ROLLBACK;');
    await expect(sqlRows(server.url, runnable)).resolves.toBeDefined();
  });
});

describe('for the form of a new incident', () => {
  it('tests a connection, lists tables, describes one', async () => {
    await sqlRows(
      server.url,
      'create table listed (id int primary key, n int); insert into listed values (1, 1); analyze listed; create view listed_v as select 1 as x',
    );
    const address = parseAddress(server.url);
    expect(await testConnection(address)).toMatchObject({
      product: expect.stringMatching(/^PostgreSQL \d/),
      readOnly: false,
      encrypted: false,
    });
    const tables = await listTables(address);
    expect(tables).toContainEqual({
      schema: 'public',
      table: 'listed',
      kind: 'table',
      rows: 1,
      writable: true,
    });
    expect(tables.find((t) => t.table === 'listed_v')).toMatchObject({ kind: 'view', writable: false });
    expect(await describeTable(address, 'public.listed')).toMatchObject({
      uniqueKeys: [['id']],
      notWritable: [],
    });
    expect(await describeTable(address, 'LISTED')).toMatchObject({ uniqueKeys: [['id']] });
  });
  it('says what is wrong with the sign-in, and never the password', async () => {
    const wrong = new URL(server.url);
    wrong.password = 'hunter2-secret';
    const failure = await testConnection(parseAddress(wrong.href)).catch((error: unknown) => error);
    expect(failure).toMatchObject({
      code: 'live.unreachable',
      message: expect.stringContaining('password authentication failed'),
    });
    expect(JSON.stringify(failure)).not.toContain('hunter2');
    const port = new URL(server.url);
    port.port = '1';
    await expect(testConnection(parseAddress(port.href))).rejects.toMatchObject({
      code: 'live.unreachable',
      message: expect.stringContaining('ECONNREFUSED'),
    });
    const tls = new URL(server.url);
    tls.searchParams.set('sslmode', 'verify-full');
    await expect(testConnection(parseAddress(tls.href))).rejects.toMatchObject({
      code: 'live.unreachable',
      fix: expect.stringContaining('sslmode='),
    });
  });
});
