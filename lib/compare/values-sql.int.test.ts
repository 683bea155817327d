import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { openSession } from '#lib/adapters/duckdb/session';
import { literal } from '#lib/base/sql';
import type { ComparedColumn } from '#lib/compare/columns';
import { broughtSql, changedByTypeSql, equalSql, strictSql, textSql } from '#lib/compare/values-sql';
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
  ['2024-06-10T12:00:00Z', 'TIMESTAMP', 'Europe/Berlin', '2024-06-10 12:00:00'],
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
  ['1e3', 'DECIMAL(38,2)', 'UTC', null],
  ['.5', 'DECIMAL(38,2)', 'UTC', null],
  ['+1.5', 'DECIMAL(38,2)', 'UTC', '1.50'],
])('%s as %s in %s is %s', async (text, type, zone, wanted) => {
  const sql = `SELECT (${strictSql('v', type, zone)})::VARCHAR AS value FROM (SELECT ${literal(text)} AS v)`;
  expect(await session.one(sql, z.object({ value: z.string().nullable() }))).toEqual({ value: wanted });
});

const column = (from: string, type: string, over: Partial<ComparedColumn> = {}): ComparedColumn => ({
  name: 'x',
  sqlType: type,
  type,
  from,
  zoned: false,
  tolerance: null,
  nullable: true,
  ...over,
});
const Answer = z.object({ answer: z.union([z.boolean(), z.string()]).nullable() });
const ask = async (sql: string): Promise<boolean | string | null> =>
  (await session.one(`SELECT (${sql}) AS answer`, Answer)).answer;

describe('equal', () => {
  const cast = (v: string | null, type: string): string =>
    v === null ? `NULL::${type}` : `${literal(v)}::${type}`;

  it.each([
    ['0.5', '1', '1.5', true],
    ['0.5', '1.5', '1', true],
    ['0.5', '1', '1.625', false],
    ['0.5', '1.625', '1', false],
    ['0.5', null, null, true],
    ['0.5', null, '1', false],
    ['0.5', '1', null, false],
    ['0.5', 'nan', 'nan', true],
    ['0.5', 'nan', '1', false],
    ['0.5', 'inf', 'inf', true],
    ['0.5', 'inf', '-inf', false],
    [null, '1', '1', true],
    [null, '1', '1.5', false],
    [null, '-0', '0', true],
    [null, 'nan', 'nan', true],
    [null, null, null, true],
    [null, null, '0', false],
  ])('with tolerance %s: %s and %s is %s', async (tolerance, a, b, wanted) => {
    const sql = equalSql(cast(a, 'DOUBLE'), cast(b, 'DOUBLE'), column('DOUBLE', 'DOUBLE', { tolerance }));
    expect(await ask(sql)).toBe(wanted);
  });

  it('asks for the same value where the type is exact, scale aside', async () => {
    const exact = column('DECIMAL(18,2)', 'DECIMAL(18,2)', { tolerance: '0' });
    expect(await ask(equalSql(`'0.3'::DECIMAL(18,1)`, `'0.30'::DECIMAL(18,2)`, exact))).toBe(true);
    expect(await ask(equalSql(`'0.3'::DECIMAL(18,1)`, `'0.31'::DECIMAL(18,2)`, exact))).toBe(false);
    expect(await ask(equalSql('NULL', '0', exact))).toBe(false);
  });
});

describe('a value that is brought to the type of the live column', () => {
  it.each([
    ['1.50', 'DECIMAL(18,2)', 'BIGINT', true],
    ['2.00', 'DECIMAL(18,2)', 'BIGINT', false],
    ['300', 'BIGINT', 'TINYINT', true],
    ['127', 'BIGINT', 'TINYINT', false],
    ['0.1', 'DECIMAL(18,2)', 'DOUBLE', false],
    ['9007199254740993', 'BIGINT', 'DOUBLE', true],
    ['9007199254740992', 'BIGINT', 'DOUBLE', false],
    ['yesterday', 'VARCHAR', 'TIMESTAMP', true],
    ['2024-06-10 12:00:00', 'VARCHAR', 'TIMESTAMP', false],
  ])('%s of %s as %s is changed: %s', async (text, from, type, wanted) => {
    const [value, to] = [`${literal(text)}::${from}`, column(from, type)];
    expect(await ask(changedByTypeSql(value, broughtSql(value, to), to))).toBe(wanted);
    const none = `NULL::${from}`;
    expect(await ask(changedByTypeSql(none, broughtSql(none, to), to))).toBe(false);
  });

  it('is the nearest float of a decimal', async () => {
    const value = `'7.21415337951500435456'::DECIMAL(38,20)`;
    expect(
      await ask(`${broughtSql(value, column('DECIMAL(38,20)', 'DOUBLE'))} = 7.214153379515005::DOUBLE`),
    ).toBe(true);
  });

  it('is an instant in UTC where the expression has a zone', async () => {
    const value = `'2024-06-10 14:00:00+02'::TIMESTAMPTZ`;
    const sql = broughtSql(value, column('TIMESTAMP WITH TIME ZONE', 'TIMESTAMP'));
    expect(await ask(`${sql} = TIMESTAMP '2024-06-10 12:00:00'`)).toBe(true);
  });

  it('is too long for a text column, or not, by its characters', async () => {
    const to = column('VARCHAR', 'VARCHAR', { sqlType: 'character varying(3)' });
    expect(await ask(changedByTypeSql(`'äöü'`, `'äöü'`, to))).toBe(false);
    expect(await ask(changedByTypeSql(`'abcd'`, `'abcd'`, to))).toBe(true);
    expect(await ask(changedByTypeSql('NULL::VARCHAR', 'NULL::VARCHAR', to))).toBe(false);
  });
});

it('writes instants to the microsecond, in UTC', async () => {
  const text = '2024-06-10T12:00:00.123456Z';
  expect(await ask(textSql(`TIMESTAMP '2024-06-10 12:00:00.123456'`, 'TIMESTAMP'))).toBe(text);
  const zoned = `'2024-06-10 14:00:00.123456+02'::TIMESTAMPTZ`;
  expect(await ask(textSql(zoned, 'TIMESTAMP WITH TIME ZONE'))).toBe(text);
});
