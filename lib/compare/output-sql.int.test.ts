import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { z } from 'zod';
import { openSession } from '#lib/adapters/duckdb/session';
import { literal } from '#lib/base/sql';
import type { ComparedColumn, ComparedColumns } from '#lib/compare/columns';
import { checksumsSql, discrepanciesSql } from '#lib/compare/compare-sql';
import { correctionsSql, discrepancyFilesSql, netDeltaSql, patchRowsSql } from '#lib/compare/output-sql';
import type { Session } from '#lib/replay/session';
import { shapeWith } from '#lib/replay/shape.testing';

const root = mkdtempSync(join(tmpdir(), 'recount-output-'));
let session: Session;
beforeAll(async () => {
  session = await openSession(root, { folders: [root], files: [], memoryLimit: '200MB', threads: 2 });
});
afterAll(async () => {
  await session.close();
  rmSync(root, { recursive: true, force: true });
});

const column = (name: string, type: string, over: Partial<ComparedColumn> = {}): ComparedColumn => ({
  name,
  sqlType: type,
  type,
  from: type,
  zoned: false,
  tolerance: null,
  nullable: true,
  ...over,
});
const SHAPE = shapeWith({ state: 'running', bucket: null });
const columnsOf = (measure: ComparedColumn): ComparedColumns => ({
  keys: [column('k', 'VARCHAR')],
  bucket: null,
  measures: [measure],
  cut: null,
  warnings: [],
});

/** Changed rows a, b, c … with a live and a recalculated value each, as DuckDB writes them. */
async function changed(columns: ComparedColumns, pairs: readonly (readonly [string, string])[]) {
  const type = columns.measures[0]?.type;
  const rows = pairs.map(
    ([live, mine], i) =>
      `('changed', ${literal(String.fromCharCode(97 + i))}, ${literal(live)}::${type}, ${literal(mine)}::${type}, 1::BIGINT, 0::BIGINT, ${i}::BIGINT)`,
  );
  await session.run(
    `CREATE OR REPLACE TEMP TABLE "@compared" AS SELECT * FROM (VALUES ${rows.join(', ')}) t("@class", "@k0", "@l0", "@m0", "@events", "@duplicates", "@row")`,
  );
  await session.run(discrepanciesSql(SHAPE, columns, '@compared'));
}

async function discrepancies(columns: ComparedColumns): Promise<string[]> {
  const [csv, parquet] = [join(root, 'd.csv'), join(root, 'd.parquet')];
  await session.run(discrepancyFilesSql(columns, '@discrepancies', { csv, parquet, huge: 'DECIMAL(38,0)' }));
  return readFileSync(csv, 'utf8').trimEnd().split('\n').slice(1);
}

it('a difference that is not a number is empty, in CSV, in Parquet and in the sum', async () => {
  const columns = columnsOf(column('score', 'DOUBLE'));
  await changed(columns, [
    ['NaN', '1'],
    ['1', 'NaN'],
    ['inf', 'inf'],
    ['1', '3'],
  ]);
  expect(await discrepancies(columns)).toEqual([
    'changed,a,nan,1.0,,1,0',
    'changed,b,1.0,nan,,1,0',
    'changed,c,inf,inf,,1,0',
    'changed,d,1.0,3.0,2.0,1,0',
  ]);
  const { nulls } = await session.one(
    `SELECT count(*) FILTER (WHERE score_delta IS NULL)::INTEGER AS nulls FROM read_parquet(${literal(join(root, 'd.parquet'))})`,
    z.object({ nulls: z.number() }),
  );
  expect(nulls).toBe(3);
  expect(await session.one(netDeltaSql(columns), z.record(z.string(), z.string()))).toEqual({
    n0: '2.0',
    p0: '2.0',
    q0: '0.0',
  });
});

it('a delta that would not lead to the value is none: such a row is set', async () => {
  const columns = columnsOf(column('score', 'DOUBLE'));
  await changed(columns, [
    ['NaN', '1'],
    ['inf', '5'],
    ['-1.7e308', '1.7e308'],
    ['1', '3'],
  ]);
  const path = join(root, 'p.parquet');
  await session.run(patchRowsSql(columns, 'UTC', ['delta'], path));
  const rows = await session.rows(
    `SELECT concat_ws(' ', op, before_0, after_0, coalesce(delta_0, '~')) AS line FROM read_parquet(${literal(path)}) ORDER BY seq`,
    z.object({ line: z.string() }),
  );
  expect(rows.map(({ line }) => line)).toEqual([
    'update nan 1.0 ~',
    'update inf 5.0 ~',
    'update -1.7e+308 1.7e+308 ~',
    'update 1.0 3.0 2.0',
  ]);
});

it('a key, too, is written with its own digits, and counts by its value', async () => {
  const checksums: string[] = [];
  for (const scale of [4, 7]) {
    const key = column('k', `DECIMAL(38,${scale})`, { from: 'DECIMAL(18,1)', sqlType: 'VARCHAR' });
    const columns = { ...columnsOf(column('total', 'BIGINT')), keys: [key] };
    await session.run(`CREATE OR REPLACE TEMP TABLE "@compared" AS SELECT * FROM (VALUES
      ('changed', 1.5::${key.type}, 1, 2, 1::BIGINT, 0::BIGINT, 1::BIGINT), ('changed', 2.25::${key.type}, 1, 2, 1, 0, 2)
    ) t("@class", "@k0", "@l0", "@m0", "@events", "@duplicates", "@row")`);
    await session.run(discrepanciesSql(SHAPE, columns, '@compared'));
    expect((await discrepancies(columns)).map((line) => line.split(',')[1])).toEqual(['1.5', '2.25']);
    const path = join(root, 'p.parquet');
    await session.run(patchRowsSql(columns, 'UTC', ['set'], path));
    const rows = await session.rows(
      `SELECT key_0 FROM read_parquet(${literal(path)}) ORDER BY seq`,
      z.object({ key_0: z.string() }),
    );
    expect(rows.map((row) => row.key_0)).toEqual(['1.5', '2.25']);
    const sums = await session.one(
      checksumsSql(SHAPE, columns, '@compared'),
      z.record(z.string(), z.string()),
    );
    checksums.push(JSON.stringify(sums));
  }
  expect(checksums[0]).toBe(checksums[1]);
});

it.each([
  ['DECIMAL(18,2)', 'NUMERIC', ['1.5', '0.30', '10.000', '1.2345'], ['1.50', '0.30', '10.00', '1.2345']],
  ['BIGINT', 'VARCHAR', ['15', '100', '0', '1.2300'], ['15', '100', '0', '1.23']],
])('the digits of %s in %s are those of each value alone', async (from, sqlType, values, texts) => {
  // the live rows' own digits make the type; no value is written with those of another
  for (const scale of [4, 7]) {
    const columns = columnsOf(column('total', `DECIMAL(38,${scale})`, { from, sqlType }));
    await changed(
      columns,
      values.map((v) => ['-1', v]),
    );
    expect((await discrepancies(columns)).map((line) => line.split(',')[3])).toEqual(texts);
    const csv = join(root, 'c.csv');
    await session.run(correctionsSql(columns, csv));
    const corrections = readFileSync(csv, 'utf8').trimEnd().split('\n').slice(1);
    expect(corrections.map((line) => line.split(',')[1])).toEqual(texts);
  }
});

it('writes what the patch does, and nothing else', async () => {
  const columns = columnsOf(column('total', 'BIGINT'));
  await session.run(`CREATE OR REPLACE TEMP TABLE "@discrepancies" AS SELECT * FROM (VALUES
      ('changed', 'a', 'update', 5::BIGINT, 7::BIGINT, 2::BIGINT, 0),
      ('missing_in_live', 'b', 'insert', NULL, 4, 4, 1),
      ('only_in_live', 'c', NULL, 100, NULL, -100, 2),
      ('only_in_live', 'd', 'delete', 9, NULL, -9, 3),
      ('superseded', 'e', NULL, 1, 1, 0, 4),
      ('deleted', 'f', 'delete', 3, 8, 5, 5)
    ) t("@class", "@k0", "@op", "@l0", "@m0", "@d0", "@seq")`);
  const [csv, path] = [join(root, 'c.csv'), join(root, 'p.parquet')];
  await session.run(correctionsSql(columns, csv));
  expect(readFileSync(csv, 'utf8')).toBe('k,total\na,7\nb,4\n');
  await session.run(patchRowsSql(columns, 'UTC', ['delta'], path));
  const rows = await session.rows(
    `SELECT concat_ws(' ', seq, op, key_0, coalesce(before_0, '~'), coalesce(after_0, '~'), coalesce(delta_0, '~')) AS line
      FROM read_parquet(${literal(path)}) ORDER BY seq`,
    z.object({ line: z.string() }),
  );
  expect(rows.map(({ line }) => line)).toEqual([
    '0 update a 5 7 2',
    '1 insert b ~ 4 ~',
    '2 delete d 9 ~ ~',
    '3 delete f 3 ~ ~',
  ]);
  expect(await session.one(netDeltaSql(columns), z.record(z.string(), z.string()))).toEqual({
    n0: '2',
    p0: '11',
    q0: '-9',
  });
});
