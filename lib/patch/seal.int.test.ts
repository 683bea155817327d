import { createHash } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { z } from 'zod';
import { openSession } from '#lib/adapters/duckdb/session';
import { literal } from '#lib/base/sql';
import { rowDigestsSql } from '#lib/patch/seal';
import type { Session } from '#lib/replay/session';

const root = mkdtempSync(join(tmpdir(), 'recount-seal-'));
const file = join(root, 'patch.parquet');
let session: Session;
beforeAll(async () => {
  session = await openSession(root, { folders: [root], files: [], memoryLimit: '200MB', threads: 2 });
});
afterAll(async () => {
  await session.close();
  rmSync(root, { recursive: true, force: true });
});

const NAMES = ['op', 'key_0', 'key_1', 'before_0', 'before_1', 'after_0', 'after_1', 'delta_0', 'delta_1'];
type Row = readonly (string | null)[];
const ROW: Row = ['update', 'a', 'b', '1', null, '2', '3', '1', null];

/** The digests of rows that stand in the file in this order, each with its place in the patch. */
async function digestsOf(rows: readonly (readonly [seq: number, row: Row])[]): Promise<string[]> {
  const values = rows.map(
    ([seq, row]) => `(${seq}, ${row.map((v) => (v === null ? 'NULL' : literal(v))).join(', ')})`,
  );
  const typed = NAMES.map((name) => `${name}::VARCHAR AS ${name}`).join(', ');
  await session.run(`COPY (SELECT seq::BIGINT AS seq, ${typed}
    FROM (VALUES ${values.join(', ')}) t(seq, ${NAMES.join(', ')})) TO ${literal(file)} (FORMAT parquet)`);
  const found = await session.rows(rowDigestsSql(file, 2, 2), z.object({ digest: z.string() }));
  return found.map(({ digest }) => digest);
}

/** What docs/recovery-plan.md calls canonical and length-prefixed, by other means than SQL. */
const wanted = (row: Row): string =>
  createHash('sha256')
    .update(row.map((v) => (v === null ? 'n;' : `s${Buffer.byteLength(v)};${v}`)).join(''))
    .digest('hex');

it('a row is sealed by its canonical form, lengths in bytes', async () => {
  const rows: Row[] = [
    ROW,
    ['insert', 'é\u{1F600}', '', null, null, 'n;', "it's, \n", null, null],
    ['delete', '', 'x', '', '', null, null, null, null],
  ];
  expect(await digestsOf(rows.map((row, i) => [i, row]))).toEqual(rows.map(wanted));
});

it('every value of a row counts, also NULL against the empty text', async () => {
  for (const [i, value] of ROW.entries()) {
    for (const other of [value === null ? '' : null, `${value}0`]) {
      const [digest] = await digestsOf([[0, ROW.with(i, other)]]);
      expect([NAMES[i], digest]).not.toEqual([NAMES[i], wanted(ROW)]);
    }
  }
});

it('a border between values counts, and the order of the patch, not of the file', async () => {
  const [one, other] = [ROW.with(1, 'ab').with(2, 'c'), ROW.with(1, 'a').with(2, 'bc')];
  expect(
    await digestsOf([
      [1, other],
      [0, one],
    ]),
  ).toEqual([wanted(one), wanted(other)]);
  expect(wanted(one)).not.toBe(wanted(other));
});
