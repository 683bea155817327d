import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { z } from 'zod';
import { openSession } from '#lib/adapters/duckdb/session';
import type { ComparedColumn, ComparedColumns } from '#lib/compare/columns';
import { liveSql, liveTextSql, liveTypedSql, unreadableLiveSql } from '#lib/compare/live-sql';
import type { Session } from '#lib/replay/session';

const root = mkdtempSync(join(tmpdir(), 'recount-live-sql-'));
let session: Session;
beforeAll(async () => {
  session = await openSession(root, { folders: [root], files: [], memoryLimit: '1GB', threads: 2 });
});
afterAll(async () => {
  await session.close();
  rmSync(root, { recursive: true, force: true });
});

const column = (name: string, type: string): ComparedColumn => ({
  name,
  sqlType: type,
  type,
  from: type,
  zoned: false,
  tolerance: null,
  nullable: true,
});
const COLUMNS: ComparedColumns = {
  keys: [column('k', 'VARCHAR'), column('n', 'BIGINT')],
  bucket: column('hour', 'TIMESTAMP'),
  measures: [column('total', 'DECIMAL(18,2)'), column('seen', 'TIMESTAMP')],
  cut: 'up to',
  warnings: [],
};
const NAMES = ['k', 'n', 'hour', 'total', 'seen', 'up to'];

async function read(lines: readonly string[], zone: string): Promise<void> {
  const path = join(root, 'live.csv');
  writeFileSync(path, `${[NAMES.join(','), ...lines].join('\n')}\n`);
  await session.run(liveTextSql(path, NAMES));
  await session.run(liveTypedSql(COLUMNS, zone));
  await session.run(liveSql(COLUMNS));
}
const rowsOf = async (table: string): Promise<string[]> => {
  const all = ['@row', '@k0', '@k1', '@b', '@m0', '@m1', '@cut'].map((c) => `coalesce("${c}"::VARCHAR, '~')`);
  const rows = await session.rows(
    `SELECT concat_ws('|', ${all.join(', ')}) AS line FROM "${table}" ORDER BY "@row"`,
    z.object({ line: z.string() }),
  );
  return rows.map(({ line }) => line);
};

it('a row without one of its keys, or without its bucket, is not compared', async () => {
  await read(
    [
      'a,1,2024-06-10 12:00:00,1.5,2024-06-10 12:00:00,2024-06-10 12:00:00',
      ',1,2024-06-10 12:00:00,2,,',
      'a,,2024-06-10 12:00:00,2,,',
      'a,1,,2,,',
      '"",2,2024-06-10 13:00:00,,,',
    ],
    'UTC',
  );
  expect(await rowsOf('@live_typed')).toHaveLength(5);
  expect(await rowsOf('@live')).toEqual([
    '1|a|1|2024-06-10 12:00:00|1.50|2024-06-10 12:00:00|2024-06-10 12:00:00',
    '5||2|2024-06-10 13:00:00|~|~|~',
  ]);
});

it('a bucket without a zone is read in its own, other times in UTC', async () => {
  await read(['a,1,2024-06-10 12:00:00,1,2024-06-10 12:00:00,2024-06-10 12:00:00'], 'Europe/Berlin');
  expect(await rowsOf('@live')).toEqual([
    '1|a|1|2024-06-10 10:00:00|1.00|2024-06-10 12:00:00|2024-06-10 12:00:00',
  ]);
});

it('tells the first value of each column that does not fit', async () => {
  await read(
    [
      'a,1,2024-06-10 12:00:00,,,',
      'a,1.5,2024-06-10 12:00:00,1.005,,',
      'a,x,noon,1e3,2024-06-10 12:00:00,later',
    ],
    'UTC',
  );
  const found = await session.rows(
    `SELECT concat_ws(' ', row, "column", value, type) AS line FROM (${unreadableLiveSql(COLUMNS, 'UTC')}) ORDER BY 1`,
    z.object({ line: z.string() }),
  );
  expect(found.map(({ line }) => line)).toEqual([
    '2 n 1.5 BIGINT',
    '3 hour noon TIMESTAMP',
    '3 total 1e3 DECIMAL(18,2)',
    '3 up to later TIMESTAMP',
  ]);
});
