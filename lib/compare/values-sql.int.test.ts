import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { z } from 'zod';
import { openSession } from '#lib/adapters/duckdb/session';
import { literal } from '#lib/base/sql';
import { strictSql } from '#lib/compare/values-sql';
import type { Session } from '#lib/replay/session';

let session: Session;
beforeAll(async () => {
  const root = mkdtempSync(join(tmpdir(), 'recount-values-'));
  session = await openSession(root, { folders: [], files: [], memoryLimit: '200MB', threads: 1 });
});
afterAll(() => session.close());

it.each([
  ['2024-06-10T12:00:00.000001Z', 'TIMESTAMP', 'UTC', '2024-06-10 12:00:00.000001'],
  ['2024-06-10 12:00:00+02', 'TIMESTAMP', 'UTC', '2024-06-10 10:00:00'],
  ['2024-06-10T12:00:00-05:30', 'TIMESTAMP', 'Europe/Berlin', '2024-06-10 17:30:00'],
  ['2024-06-10 12:00:00', 'TIMESTAMP', 'UTC', '2024-06-10 12:00:00'],
  ['2024-06-10 12:00:00', 'TIMESTAMP', 'Europe/Berlin', '2024-06-10 10:00:00'],
  ['2024-06-10', 'TIMESTAMP', 'UTC', '2024-06-10 00:00:00'],
  ['noon', 'TIMESTAMP', 'UTC', null],
  ['1.75', 'BIGINT', 'UTC', null],
  ['1e3', 'BIGINT', 'UTC', null],
  ['-7', 'BIGINT', 'UTC', '-7'],
  ['1.005', 'DECIMAL(38,3)', 'UTC', '1.005'],
  ['123456789012345678901.50', 'DECIMAL(38,2)', 'UTC', '123456789012345678901.50'],
  ['1_000', 'DECIMAL(38,2)', 'UTC', null],
])('%s as %s in %s is %s', async (text, type, zone, wanted) => {
  const sql = `SELECT (${strictSql('v', type, zone)})::VARCHAR AS value FROM (SELECT ${literal(text)} AS v)`;
  expect(await session.one(sql, z.object({ value: z.string().nullable() }))).toEqual({ value: wanted });
});
