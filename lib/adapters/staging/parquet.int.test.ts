import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { DuckDBInstance } from '@duckdb/node-api';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type Bench, FIELDS, openBench } from '#lib/adapters/staging/stage.testing';

// The numbers in brackets are the rows of the catalogue of bad inputs (G: Parquet).
let bench: Bench;
beforeEach(() => {
  bench = openBench();
});
afterEach(() => bench.close());

const AT = `TIMESTAMPTZ '2024-06-10 12:00:00+00'`;

async function parquet(path: string, select: string): Promise<string> {
  const full = bench.write(path, '');
  const instance = await DuckDBInstance.create(':memory:');
  const connection = await instance.connect();
  await connection.run(`SET TimeZone = 'UTC'; COPY (${select}) TO '${full}' (FORMAT parquet)`);
  connection.closeSync();
  instance.closeSync();
  return full;
}

/** Puts 10^12 into the footer's `num_rows`, the field after the schema, where 1,000 stands. */
function claimRows(file: Buffer): Buffer {
  const footer = file.readUInt32LE(file.length - 8);
  const start = file.length - 8 - footer;
  const at = file.indexOf(Buffer.from([0x16, 0xd0, 0x0f]), start); // field 3, i64, zigzag varint of 1,000
  if (at === -1) throw new Error('the footer has no 1000');
  const claimed = [0x16];
  for (let rest = 2_000_000_000_000n; rest > 0n; rest >>= 7n)
    claimed.push(Number(rest & 0x7fn) | (rest > 0x7fn ? 0x80 : 0));
  const length = Buffer.alloc(4);
  length.writeUInt32LE(footer + claimed.length - 3);
  return Buffer.concat([
    file.subarray(0, at),
    Buffer.from(claimed),
    file.subarray(at + 3, file.length - 8),
    length,
    file.subarray(file.length - 4),
  ]);
}

describe('Parquet', () => {
  it('is read in place with its own types; the row is the line', async () => {
    await parquet(
      'a.parquet',
      `SELECT 'e' || i AS id, ${AT} + to_seconds(i) AS ts, (i * 0.25)::DECIMAL(12,2) AS v, [i] AS list FROM range(3) t(i)`,
    );
    const { staged, events } = await bench.stage({ usedColumns: ['v'] });
    expect(staged.columns).toEqual([
      { name: 'id', type: 'VARCHAR' },
      { name: 'ts', type: 'TIMESTAMP WITH TIME ZONE' },
      { name: 'v', type: 'DECIMAL(12,2)' },
      { name: 'list', type: 'VARCHAR' },
    ]);
    expect(await events('@line', '@time', 'v', 'list')).toEqual([
      ['1', '2024-06-10 12:00:00', '0.00', '[0]'],
      ['2', '2024-06-10 12:00:01', '0.25', '[1]'],
      ['3', '2024-06-10 12:00:02', '0.50', '[2]'],
    ]);
  });

  it('needs a zone for local times, and reads them in it', async () => {
    await parquet(
      'a.parquet',
      `SELECT 1 AS id, TIMESTAMP '2024-03-31 02:30:00' AS ts UNION ALL SELECT 2, TIMESTAMP '2024-06-10 12:00:00'`,
    );
    await expect(bench.stage()).rejects.toMatchObject({
      code: 'plan.archive.timezone',
      message: 'a.parquet: the times in ts have no zone (TIMESTAMP), and the plan names none.',
    });
    const { events, rejects } = await bench.stage({ timezone: 'Europe/Berlin' });
    expect(await events('id', '@time')).toEqual([['2', '2024-06-10 10:00:00']]);
    expect(await rejects()).toEqual([
      [
        'a.parquet',
        '1',
        'ts: "2024-03-31 02:30:00" is out of range, or its zone skips or repeats it',
        '{"id":1,"ts":"2024-03-31 02:30:00"}',
      ],
    ]);
  });

  it('quarantines rows without a time or an id, and infinite times [55]', async () => {
    await parquet(
      'a.parquet',
      `SELECT * FROM (VALUES ('1', ${AT}), ('2', NULL), (NULL, ${AT}), ('', ${AT}), ('5', 'infinity'::TIMESTAMPTZ)) t(id, ts)`,
    );
    const { rejects, events, staged } = await bench.stage();
    expect((await rejects()).map(([, line, reason]) => [line, reason])).toEqual([
      ['2', 'ts: no time'],
      ['3', 'id: no id'],
      ['4', 'id: no id'],
      ['5', 'ts: "infinity" is out of range, or its zone skips or repeats it'],
    ]);
    expect(await events('id')).toEqual([['1']]);
    expect([staged.records, staged.rejected]).toEqual([5n, 4n]);
  });

  it('reads times of nanoseconds and of text exactly, or not at all [119]', async () => {
    await parquet(
      'ns.parquet',
      `SELECT 1 AS id, '2024-06-10 12:00:00.123456'::TIMESTAMP_NS AS ts UNION ALL SELECT 2, '2024-06-10 12:00:00.123456789'::TIMESTAMP_NS`,
    );
    const ns = await bench.stage({ timezone: 'UTC', at: 'ns.parquet' });
    expect(await ns.events('id', '@time')).toEqual([['1', '2024-06-10 12:00:00.123456']]);
    expect((await ns.rejects())[0]?.[2]).toContain('is finer than a microsecond');
    await parquet(
      'text.parquet',
      `SELECT 1 AS id, '2024-06-10T12:00:00+02:00' AS ts UNION ALL SELECT 2, 'never'`,
    );
    const text = await bench.stage({ at: 'text.parquet' });
    expect(await text.events('id', '@time')).toEqual([['1', '2024-06-10 10:00:00']]);
    expect((await text.rejects())[0]?.[2]).toBe('ts: "never" is not an ISO 8601 time');
  });

  it('refuses a column of numbers as time [67]', async () => {
    await parquet('a.parquet', 'SELECT 1 AS id, 1718020800::BIGINT AS ts');
    await expect(bench.stage()).rejects.toMatchObject({
      code: 'archive.schema',
      message: expect.stringContaining('ts'),
    });
  });

  it('converts to a declared type strictly', async () => {
    await parquet(
      'a.parquet',
      `SELECT i AS id, ${AT} AS ts, v, v::DECIMAL(10,3) AS d, v::VARCHAR AS t FROM (VALUES (1, 1.0::DOUBLE), (2, 1.75), (3, 1.005)) x(i, v)`,
    );
    const types = new Map([
      ['v', 'decimal(18,2)'],
      ['d', 'bigint'],
      ['t', 'double'],
    ]);
    const { events, rejects, staged } = await bench.stage({ usedColumns: ['v', 'd', 't'], types });
    expect(await events('id', 'v', 'd', 't')).toEqual([['1', '1.00', '1', '1.0']]);
    expect((await rejects()).map(([, line, reason]) => `${line} ${reason}`)).toEqual([
      '2 d: "1.750" does not fit bigint',
      '3 v: "1.005" does not fit decimal(18,2)',
    ]);
    expect(staged.columns.map((c) => c.type).slice(2)).toEqual(['DECIMAL(18,2)', 'BIGINT', 'DOUBLE']);
  });

  it('refuses a column whose type differs between files, unless it is declared or unused [117, 118]', async () => {
    await parquet('a.parquet', `SELECT 1 AS id, ${AT} AS ts, 1::BIGINT AS v, 1 AS w`);
    await parquet('b.parquet', `SELECT 2 AS id, 'x' AS w, 1.5::DOUBLE AS v, ${AT} AS ts, 9 AS extra`);
    await expect(bench.stage({ usedColumns: ['v'] })).rejects.toMatchObject({
      code: 'archive.schema',
      message: 'The column v is BIGINT in a.parquet and DOUBLE in b.parquet.',
    });
    const { events, staged } = await bench.stage({
      usedColumns: ['v'],
      types: new Map([['v', 'decimal(10,1)']]),
    });
    expect(await events('v', 'w', 'extra')).toEqual([
      ['1.0', '1', null],
      ['1.5', 'x', '9'],
    ]);
    expect(staged.warnings.map((w) => w.message)).toEqual([
      'The column extra is missing in 1 of 2 files (the first: a.parquet); it is NULL there.',
    ]);
  });

  it('refuses a nested column in an expression [119]', async () => {
    await parquet('a.parquet', `SELECT 1 AS id, ${AT} AS ts, {'x': 1} AS s`);
    await expect(bench.stage({ usedColumns: ['s'] })).rejects.toMatchObject({
      code: 'archive.schema',
      message: 'a.parquet: the column s has a type that expressions cannot use (nested).',
    });
    const { events } = await bench.stage({ usedColumns: ['s'], types: new Map([['s', 'varchar']]) });
    expect(await events('s')).toEqual([["{'x': 1}"]]);
  });

  it.each([
    [
      'cut off [114]',
      (b: Buffer) => b.subarray(0, b.length - 20),
      'a.parquet is no whole Parquet file: it does not end with PAR1, so it was cut off.',
    ],
    ['empty [114]', () => Buffer.alloc(0), 'a.parquet is named as Parquet and does not begin as Parquet.'],
    [
      'CSV under another name [114]',
      () => Buffer.from('id,ts\n'),
      'a.parquet is named as Parquet and does not begin as Parquet.',
    ],
    [
      'with a wrong beginning [115]',
      (b: Buffer) => Buffer.concat([Buffer.from('XXXX'), b.subarray(4)]),
      'a.parquet is named as Parquet and does not begin as Parquet.',
    ],
    [
      'with a footer that is longer than the file',
      (b: Buffer) => {
        b.writeUInt32LE(0x7fffffff, b.length - 8);
        return b;
      },
      'a.parquet is no whole Parquet file: its footer is longer than the file.',
    ],
    [
      'with a broken footer',
      (b: Buffer) => b.fill(0xff, b.length - 60, b.length - 8),
      'a.parquet is no readable Parquet file:',
    ],
    [
      'whose footer claims 10^12 rows [120]',
      claimRows,
      'a.parquet: the footer claims 1000000000000 rows, which',
    ],
    [
      'encrypted [119]',
      (b: Buffer) => Buffer.concat([b.subarray(0, b.length - 4), Buffer.from('PARE')]),
      'a.parquet is encrypted Parquet, which is not read.',
    ],
  ])('refuses a file %s', async (_, damage, message) => {
    const full = await parquet('a.parquet', `SELECT i AS id, ${AT} AS ts FROM range(1000) t(i)`);
    bench.write('a.parquet', damage(readFileSync(full)));
    await expect(bench.stage()).rejects.toThrow(message);
  });

  it('shows a flipped bit by another hash [116]', async () => {
    const full = await parquet('a.parquet', `SELECT i AS id, ${AT} AS ts FROM range(1000) t(i)`);
    const { staged, stage } = await bench.stage();
    const bytes = readFileSync(full);
    bytes[40] = (bytes[40] ?? 0) ^ 1;
    bench.write('a.parquet', bytes);
    await expect(stage.recheck()).rejects.toMatchObject({ code: 'archive.changed' });
    expect(staged.files[0]?.sha256).toMatch(/^[0-9a-f]{64}$/);
  });

  it('is read beside CSV under its own types, and what does not fit them is quarantined', async () => {
    await parquet('a.parquet', `SELECT 'p' AS id, ${AT} AS ts, 1.50::DECIMAL(5,2) AS v`);
    bench.write('b.csv', 'ts,v,id\n2024-06-10T12:00:00Z,2.5,c\n2024-06-10T12:00:00Z,2.555,d\n');
    const { events, rejects, staged } = await bench.stage({ usedColumns: ['v', 'ts'] });
    expect(await events('id', 'v', 'ts')).toEqual([
      ['p', '1.50', '2024-06-10 12:00:00+00'],
      ['c', '2.50', '2024-06-10 12:00:00+00'],
    ]);
    expect((await rejects()).map(([file, line, reason]) => [file, line, reason])).toEqual([
      ['b.csv', '3', 'v: "2.555" does not fit decimal(5,2)'],
    ]);
    expect(staged.files.map((f) => f.format)).toEqual(['parquet', 'csv']);
  });

  it('finds the same rows after more files are opened', async () => {
    for (const hour of ['11', '12', '13'])
      await parquet(
        `date=2024-06-10/hour=${hour}/e.parquet`,
        `SELECT '${hour}-' || i AS id, ${AT} AS ts, i AS v FROM range(1000) t(i)`,
      );
    const { stage, rows } = await bench.stage({ usedColumns: ['v'], at: '**/*.parquet' });
    const { session } = await bench.stage({ at: '**/*.parquet', fields: FIELDS });
    await session.close();
    const files = stage.files.map((f) => f.path);
    expect(files).toEqual(['11', '12', '13'].map((h) => join('date=2024-06-10', `hour=${h}`, 'e.parquet')));
    const one = await bench.stage({ usedColumns: ['v'], at: 'date=2024-06-10/hour=12/*.parquet' });
    expect((await one.rows('SELECT count(*) AS n FROM archive_events'))[0]).toEqual({ n: '1000' });
    expect(
      await rows(
        'SELECT "@file" AS f, count(*) AS n, min("@line") AS a, max("@line") AS z FROM archive_events WHERE v >= 500 GROUP BY 1 ORDER BY 1',
      ),
    ).toEqual([0, 1, 2].map((f) => ({ f, n: '500', a: '501', z: '1000' })));
  });
});
