import {
  chmodSync,
  lstatSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { openSession } from '#lib/adapters/duckdb/session';
import { fileStore } from '#lib/adapters/live/files/file-store';
import { ident, literal } from '#lib/base/sql';
import { liveStoreConformance } from '#lib/patch/conformance/live-store-conformance';
import {
  type ColumnSpec,
  type LiveRow,
  type PatchRowSpec,
  type PatchSpec,
  sealedPatch,
} from '#lib/patch/conformance/patch-fixture';
import type { TableSpec } from '#lib/patch/conformance/user-totals';

const dir = mkdtempSync(path.join(tmpdir(), 'recount-files-'));
afterAll(() => rmSync(dir, { recursive: true, force: true }));
let folders = 0;
const folder = (): string => mkdtempSync(path.join(dir, `${folders++}-`));
const by = { signatures: { author: 'Ann', approvedBy: null, approvedAt: null } };

const field = (text: string | null): string => (text === null ? '' : `"${text.replaceAll('"', '""')}"`);
const asCsv = (names: readonly string[], rows: readonly LiveRow[]): string =>
  [names.join(','), ...rows.map((row) => names.map((name) => field(row[name] ?? null)).join(','))]
    .join('\n')
    .concat('\n');

function typesOf(table: TableSpec): ReadonlyMap<string, string> {
  return new Map(table.columns.map((column) => [column.name, column.type]));
}

/** All texts of a CSV or Parquet file, by DuckDB: another reader than the store's own. */
async function readRows(file: string, columns: readonly ColumnSpec[]): Promise<LiveRow[]> {
  const session = await openSession(dir, { folders: [], files: [], memoryLimit: '500MB', threads: 1 });
  const source = file.endsWith('.parquet')
    ? `read_parquet(${literal(file)})`
    : `read_csv(${literal(file)}, columns = {${columns.map((c) => `${literal(c.name)}: 'VARCHAR'`).join(', ')}}, header = true, auto_detect = false, quote = '"', escape = '"', allow_quoted_nulls = false)`;
  const text = (c: ColumnSpec): string =>
    c.type.startsWith('TIMESTAMP') && file.endsWith('.parquet')
      ? `strftime(${ident(c.name)}, '%Y-%m-%dT%H:%M:%S.%fZ')`
      : `${ident(c.name)}::VARCHAR`;
  const list = columns.map((c) => `${text(c)} AS ${ident(c.name)}`).join(', ');
  const rows = await session.rows(
    `SELECT ${list} FROM ${source}`,
    z.record(z.string(), z.string().nullable()),
  );
  await session.close();
  return rows;
}

async function writeParquet(
  file: string,
  columns: readonly ColumnSpec[],
  rows: readonly LiveRow[],
): Promise<void> {
  const session = await openSession(dir, { folders: [], files: [], memoryLimit: '500MB', threads: 1 });
  const value = (text: string | null, type: string): string =>
    `${text === null ? 'NULL' : literal(text)}::${type}`;
  await session.run(`CREATE TABLE t (${columns.map((c) => `${ident(c.name)} ${c.type}`).join(', ')})`);
  for (const row of rows) {
    await session.run(
      `INSERT INTO t VALUES (${columns.map((c) => value(row[c.name] ?? null, c.type)).join(', ')})`,
    );
  }
  await session.run(`COPY t TO ${literal(file)} (FORMAT parquet, COMPRESSION zstd)`);
  await session.close();
}

async function under(table: TableSpec, format: 'csv' | 'parquet') {
  const home = folder();
  const file = path.join(home, `live [1]*.${format}`.replace('*', format === 'csv' ? '*' : ''));
  const names = table.columns.map((column) => column.name);
  const write = async (rows: readonly LiveRow[]): Promise<void> => {
    if (format === 'csv') writeFileSync(file, asCsv(names, rows));
    else await writeParquet(file, table.columns, rows);
  };
  const plain = path.join(home, `copy.${format}`);
  const read = async (): Promise<LiveRow[]> => {
    writeFileSync(plain, readFileSync(file));
    return readRows(plain, table.columns);
  };
  await write(table.rows);
  const isRow = (row: LiveRow, key: LiveRow): boolean =>
    Object.entries(key).every(([name, value]) => row[name] === value);
  return {
    store: fileStore({ path: path.basename(file), folder: home, types: typesOf(table) }),
    read,
    disturb: async (key: LiveRow, values: LiveRow | null): Promise<void> => {
      const rows = await read();
      await write(
        rows.flatMap((row) => (isRow(row, key) ? (values === null ? [] : [{ ...row, ...values }]) : [row])),
      );
    },
    add: async (row: LiveRow): Promise<void> => write([...(await read()), row]),
  };
}

liveStoreConformance({ name: 'CSV file', create: (table) => under(table, 'csv') });
liveStoreConformance({ name: 'Parquet file', create: (table) => under(table, 'parquet') });

const KEY: ColumnSpec = { name: 'user_id', type: 'BIGINT' };
const TOTAL: ColumnSpec = { name: 'total', type: 'DECIMAL(18,2)' };
const HOUR: ColumnSpec = { name: 'hour', type: 'TIMESTAMP WITH TIME ZONE' };

async function prepared(
  content: string | Buffer,
  rows: readonly PatchRowSpec[],
  spec: Partial<PatchSpec> = {},
  name = 'live.csv',
) {
  const home = folder();
  const file = path.join(home, name);
  writeFileSync(file, content);
  const store = fileStore({ path: name, folder: home });
  const patch = sealedPatch(await store.describe(), { keys: [KEY], measures: [TOTAL], rows, ...spec });
  const text = (): string => readFileSync(file, 'utf8');
  return { home, file, store, patch, text };
}

const failure = (work: Promise<unknown>): Promise<unknown> =>
  work.then(
    () => 'no failure',
    (error: unknown) => error,
  );

describe('a CSV file keeps what a patch does not name', () => {
  it('byte for byte: byte order mark, quoting, mixed line ends, blank lines, a missing last line end', async () => {
    const before =
      '\ufeffuser_id,"total",note\r\n"1", 1.0 ,x\n\n2,"2.50","a ""b"",\nc"\r\n3,3.00,\n004,4,last';
    const { store, patch, text } = await prepared(before, [
      { op: 'update', key: ['2'], before: ['2.5'], after: ['7.25'] },
      { op: 'update', key: ['4'], before: ['4.00'], after: [null] },
      { op: 'delete', key: ['3'], before: ['3'] },
      { op: 'insert', key: ['9'], after: ['9.90'] },
    ]);
    expect(await store.apply(patch, by)).toBe('applied');
    expect(text()).toBe(
      '\ufeffuser_id,"total",note\r\n"1", 1.0 ,x\n\n2,"7.25","a ""b"",\nc"\r\n004,,last\r\n9,9.90,',
    );
    expect(await store.undo(patch, by)).toBe('undone');
    expect(text()).toBe(before);
  });

  it('a text that looks like a time is written as it is; a time in the form of its column', async () => {
    const text: ColumnSpec = { name: 'note', type: 'VARCHAR' };
    const spec = { keys: [text], measures: [HOUR, { ...text, name: 'seen' }] };
    const time = '2024-06-11T08:00:00Z';
    const rows: PatchRowSpec[] = [
      { op: 'update', key: ['x'], before: [null, 'n/a'], after: [time, time] },
      { op: 'insert', key: [time], after: [time, time] },
    ];
    const start = '2024-06-10 12:00:00,2024-06-10 12:00:00,2024-06-10 12:00:00\n';
    const made = await prepared(`note,hour,seen\n${start}x,,n/a\n`, rows, spec);
    expect(await made.store.apply(made.patch, by)).toBe('applied');
    const local = '2024-06-11 08:00:00';
    expect(made.text()).toBe(`note,hour,seen\n${start}x,${local},${time}\n${time},${local},${time}\n`);
  });

  it('undo leaves alone what others wrote since, and puts deleted rows last', async () => {
    const { store, patch, text, file } = await prepared('user_id,total,note\n1,1.0,a\n2,2.0,"b"\n3,3.0,c\n', [
      { op: 'update', key: ['1'], before: ['1'], after: ['5'] },
      { op: 'delete', key: ['2'], before: ['2'] },
    ]);
    await store.apply(patch, by);
    expect(text()).toBe('user_id,total,note\n1,5,a\n3,3.0,c\n');
    writeFileSync(file, `${text()}4,4.0,new\n`);
    expect(await store.undo(patch, by)).toBe('undone');
    expect(text()).toBe('user_id,total,note\n1,1.0,a\n3,3.0,c\n4,4.0,new\n2,2.0,"b"\n');
  });

  it('writes times in the form that the column has, and reads them in any', async () => {
    const { store, patch, text } = await prepared(
      'user_id,hour,total\n1,2024-06-10 12:00:00,1.00\n',
      [
        { op: 'update', key: ['1', '2024-06-10T12:00:00.000000Z'], before: ['1'], after: ['2.00'] },
        { op: 'insert', key: ['1', '2024-06-10T13:00:00.000000Z'], after: ['3.00'] },
      ],
      { keys: [KEY, HOUR] },
    );
    expect(await store.apply(patch, by)).toBe('applied');
    expect(text()).toBe('user_id,hour,total\n1,2024-06-10 12:00:00,2.00\n1,2024-06-10 13:00:00,3.00\n');
  });

  it('never touches rows with a NULL key', async () => {
    const { store, patch, text } = await prepared('user_id,total\n,9\n1,1\n', [
      { op: 'update', key: ['1'], before: ['1'], after: ['2'] },
    ]);
    expect(await store.countNullKeys(['user_id'])).toBe(1);
    await store.apply(patch, by);
    expect(text()).toBe('user_id,total\n,9\n1,2\n');
  });

  it('an empty text key is a key, and is not NULL', async () => {
    const { store, patch, text } = await prepared(
      'user_id,total\n"",1\n,5\n',
      [{ op: 'update', key: [''], before: ['1'], after: ['2'] }],
      { keys: [{ name: 'user_id', type: 'VARCHAR' }] },
    );
    await store.apply(patch, by);
    expect(text()).toBe('user_id,total\n"",2\n,5\n');
  });
});

describe('what stands beside the file', () => {
  const rows: readonly PatchRowSpec[] = [{ op: 'update', key: ['1'], before: ['1'], after: ['2'] }];

  it('the old file and the ledger, and nothing else', async () => {
    const { store, patch, home, file } = await prepared('user_id,total\n1,1\n', rows);
    chmodSync(file, 0o640);
    await store.apply(patch, by);
    const short = patch.header.seal.slice(0, 12);
    expect(readdirSync(home).sort()).toEqual([
      'live.csv',
      `live.csv.${short}.old`,
      `live.csv.${short}.rows`,
      'live.csv.recount.json',
    ]);
    expect(readFileSync(path.join(home, `live.csv.${short}.old`), 'utf8')).toBe('user_id,total\n1,1\n');
    expect(statSync(file).mode & 0o777).toBe(0o640);
    const ledger = JSON.parse(readFileSync(path.join(home, 'live.csv.recount.json'), 'utf8'));
    expect(ledger.entries).toMatchObject([
      {
        seal: patch.header.seal,
        outcome: 'applied',
        author: 'Ann',
        approved_by: 'none',
        counts: { updates: 1, inserts: 0, deletes: 0 },
      },
    ]);
  });

  it('a symlink stays one, and the real file is written', async () => {
    const { file, home } = await prepared('user_id,total\n1,1\n', rows);
    const other = folder();
    renameSync(file, path.join(home, 'data'));
    symlinkSync(path.join(home, 'data'), path.join(other, 'link.csv'));
    const store = fileStore({ path: 'link.csv', folder: other });
    const patch = sealedPatch(await store.describe(), { keys: [KEY], measures: [TOTAL], rows });
    expect(await store.apply(patch, by)).toBe('applied');
    expect(lstatSync(path.join(other, 'link.csv')).isSymbolicLink()).toBe(true);
    expect(readFileSync(path.join(home, 'data'), 'utf8')).toBe('user_id,total\n1,2\n');
    expect(readdirSync(home)).toContain('data.recount.json');
  });

  it('refuses to write without its ledger readable', async () => {
    const { store, patch, file } = await prepared('user_id,total\n1,1\n', rows);
    writeFileSync(`${file}.recount.json`, '{"recount": 1, "entr');
    expect(await failure(store.apply(patch, by))).toMatchObject({
      code: 'live.unreadable',
      message: expect.stringContaining('is damaged'),
    });
  });

  it('a second writer waits and then sees what the first one did', async () => {
    const { store, patch, text } = await prepared('user_id,total\n1,1\n', rows);
    const statuses = await Promise.all([
      store.apply(patch, by),
      store.apply(patch, by),
      store.apply(patch, by),
    ]);
    expect(statuses.sort()).toEqual(['already_applied', 'already_applied', 'applied']);
    expect(text()).toBe('user_id,total\n1,2\n');
  });

  it('a write by someone else between guard and swap is not lost', async () => {
    const { store, patch, file, text, home } = await prepared('user_id,total\n1,1\n', rows);
    const beforeCommit = async (): Promise<void> => writeFileSync(file, 'user_id,total\n1,1\n2,2\n');
    expect(await failure(store.apply(patch, { ...by, beforeCommit }))).toMatchObject({ code: 'patch.stale' });
    expect(text()).toBe('user_id,total\n1,1\n2,2\n');
    expect(readdirSync(home).sort()).toEqual(['live.csv', 'live.csv.recount.json']);
    expect(await store.apply(patch, by)).toBe('applied');
  });
});

describe('what is refused', () => {
  const one: readonly PatchRowSpec[] = [{ op: 'update', key: ['1'], before: ['1'], after: ['2'] }];

  it.each([
    ['user_id,total\n1,1\n2\n', 'line 3: 1 fields where the header has 2'],
    ['user_id,total\n1,"1\n', 'line 2: a quote is opened and never closed'],
    ['user_id,total\n1,"1"x\n', 'line 2: text follows a closing quote'],
    ['user_id,total\n1,1"x\n', 'line 2: a quote stands inside an unquoted field'],
    ['user_id,total\n1,1\0\n', 'line 2: there is a NUL byte'],
    [Buffer.from('user_id,total\n1,\xff\n', 'latin1'), 'line 2: the text is not UTF-8'],
  ])('a live file that is not CSV: %j', async (content, words) => {
    const { store, patch, file } = await prepared('user_id,total\n1,1\n', one);
    writeFileSync(file, content);
    expect(await failure(store.apply(patch, by))).toMatchObject({
      code: 'live.unreadable',
      message: expect.stringContaining(words),
    });
    expect(readFileSync(file)).toEqual(Buffer.from(content));
  });

  it('a header without the columns, with one twice, with another separator, or none', async () => {
    const at = async (content: string): Promise<unknown> => {
      const file = path.join(folder(), 'live.csv');
      writeFileSync(file, content);
      const store = fileStore({ path: file, folder: path.dirname(file) });
      return failure(store.snapshot(['user_id', 'total'], {}, path.join(folder(), 'to.csv')));
    };
    expect(await at('user,total\n')).toMatchObject({
      code: 'plan.live.column_unknown',
      message: expect.stringContaining('user, total'),
    });
    expect(await at('user_id,total,total\n')).toMatchObject({
      message: expect.stringContaining('"total" stands twice'),
    });
    expect(await at('user_id;total\n1;2\n')).toMatchObject({
      message: expect.stringContaining('only commas'),
    });
    expect(await at('')).toMatchObject({
      code: 'live.unreadable',
      message: expect.stringContaining('no header'),
    });
  });

  it('a key that is there twice', async () => {
    const { store, patch } = await prepared('user_id,total\n1,1\n01,1\n', one);
    expect(await failure(store.apply(patch, by))).toMatchObject({ code: 'live.key_not_unique' });
  });

  it('a value that a Parquet column cannot hold', async () => {
    const home = folder();
    await writeParquet(path.join(home, 'live.parquet'), [KEY, TOTAL], [{ user_id: '1', total: '1.00' }]);
    const before = readFileSync(path.join(home, 'live.parquet'));
    const store = fileStore({ path: 'live.parquet', folder: home });
    const apply = async (after: string): Promise<unknown> => {
      const rows: PatchRowSpec[] = [{ op: 'update', key: ['1'], before: ['1'], after: [after] }];
      return failure(
        store.apply(sealedPatch(await store.describe(), { keys: [KEY], measures: [TOTAL], rows }), by),
      );
    };
    // too large, and one that would be rounded: the read-back sees it
    expect(await apply('99999999999999999.00')).toMatchObject({ code: 'patch.target_refused' });
    expect(await apply('1.005')).toMatchObject({
      code: 'patch.target_refused',
      message: expect.stringContaining('user_id=1'),
    });
    expect(readFileSync(path.join(home, 'live.parquet'))).toEqual(before);
    expect(readdirSync(home)).toEqual(['live.parquet']);
  });

  it('keys that stand twice, among many, compared by value where their type is known', async () => {
    const home = folder();
    const lines = Array.from({ length: 50_000 }, (_, i) => `${i},1`);
    writeFileSync(
      path.join(home, 'live.csv'),
      ['user_id,total', ...lines, '007,1', '49999,2', ',3', ',4', ''].join('\n'),
    );
    const untyped = fileStore({ path: 'live.csv', folder: home });
    expect(await untyped.repeatedKeys(['user_id'], 5)).toEqual([['49999']]);
    const typed = fileStore({ path: 'live.csv', folder: home, types: new Map([['user_id', 'BIGINT']]) });
    expect(await typed.repeatedKeys(['user_id'], 5)).toEqual([['007'], ['49999']]);
    expect(await typed.repeatedKeys(['user_id'], 1)).toEqual([['007']]);
  });

  it('a compressed file is read, and not written', async () => {
    const { store, patch } = await prepared(gzipSync('user_id,total\n1,1\n'), one, {}, 'live.csv.gz');
    const to = path.join(folder(), 'to.csv');
    expect(await store.snapshot(['user_id'], {}, to)).toBe(1);
    expect(await failure(store.apply(patch, by))).toMatchObject({
      code: 'live.not_writable',
      message: expect.stringContaining('compressed'),
    });
  });

  it('a truncated gzip is an error, not a shorter file', async () => {
    const whole = gzipSync(
      `user_id,total\n${Array.from({ length: 5000 }, (_, i) => `${i},${i * 7}`).join('\n')}\n`,
    );
    const file = path.join(folder(), 'live.csv.gz');
    writeFileSync(file, whole.subarray(0, whole.length - 200));
    const store = fileStore({ path: file, folder: path.dirname(file) });
    expect(await failure(store.snapshot(['user_id'], {}, path.join(folder(), 'to.csv')))).toMatchObject({
      code: 'live.unreadable',
    });
  });

  it('a file that is not there, is a folder, or is no Parquet', async () => {
    const home = folder();
    const at = (name: string): Promise<unknown> =>
      failure(fileStore({ path: name, folder: home }).describe());
    writeFileSync(path.join(home, 'text.parquet'), 'user_id,total\n1,1\n');
    expect(await at('none.csv')).toMatchObject({ code: 'live.not_found' });
    expect(await at('.')).toMatchObject({ code: 'live.unreadable' });
    expect(await at('text.parquet')).toMatchObject({
      code: 'live.unreadable',
      message: expect.stringContaining('PAR1'),
    });
  });

  it('a patch for another file', async () => {
    const { store, patch } = await prepared('user_id,total\n1,1\n', one);
    const other = {
      ...patch,
      header: { ...patch.header, target: { kind: 'file', path: 'other.csv' } as const },
    };
    expect(await failure(store.apply(other, by))).toMatchObject({ code: 'patch.target_changed' });
  });
});

it('a Parquet file keeps its types, its order and its codec', async () => {
  const columns: ColumnSpec[] = [KEY, HOUR, TOTAL, { name: 'note', type: 'VARCHAR' }];
  const home = folder();
  const file = path.join(home, 'live.parquet');
  const at = (h: number): string => `2024-06-10T${String(h).padStart(2, '0')}:00:00.000000Z`;
  const rows = Array.from({ length: 200 }, (_, i) => ({
    user_id: String((i * 37) % 200),
    hour: at(i % 24),
    total: `${i}.50`,
    note: i % 3 === 0 ? null : `n${i}`,
  }));
  await writeParquet(file, columns, rows);
  const store = fileStore({ path: file, folder: home });
  const patch = sealedPatch(await store.describe(), {
    keys: [KEY, HOUR],
    measures: [TOTAL],
    rows: [
      { op: 'update', key: ['37', at(1)], before: ['1.5'], after: ['-1.00'] },
      { op: 'delete', key: ['74', at(2)], before: ['2.5'] },
      { op: 'insert', key: ['999', at(3)], after: ['0.01'] },
    ],
  });
  const described = await store.describe();
  expect(await store.apply(patch, by)).toBe('applied');
  const want = rows
    .filter((r) => r.user_id !== '74')
    .map((r) => (r.user_id === '37' ? { ...r, total: '-1.00' } : r));
  expect(await readRows(file, columns)).toEqual([
    ...want,
    { user_id: '999', hour: at(3), total: '0.01', note: null },
  ]);
  expect((await store.describe()).columns).toEqual(described.columns);
  expect(described.columns.map((c) => c.type)).toEqual([
    'BIGINT',
    'TIMESTAMP WITH TIME ZONE',
    'DECIMAL(18,2)',
    'VARCHAR',
  ]);
  expect(await store.verify(patch)).toEqual({ cells: 3, match: 3, differ: 0, moved: 0 });
  expect(await store.undo(patch, by)).toBe('undone');
  expect(await readRows(file, columns)).toEqual(rows);
});
