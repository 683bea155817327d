import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { openSession } from '#lib/adapters/duckdb/session';
import { literal } from '#lib/base/sql';
import type { ComparedColumn, ComparedColumns } from '#lib/compare/columns';
import { checksumsSql } from '#lib/compare/compare-sql';
import { parsePlan } from '#lib/plan/parse';
import { PLAN_TEXT } from '#lib/plan/sample.testing';
import type { Session } from '#lib/replay/session';
import type { Shape } from '#lib/replay/shape';

const root = mkdtempSync(join(tmpdir(), 'recount-checksums-'));
let session: Session;
beforeAll(async () => {
  session = await openSession(root, { folders: [], files: [], memoryLimit: '200MB', threads: 2 });
});
afterAll(async () => {
  await session.close();
  rmSync(root, { recursive: true, force: true });
});

/** A compared cell: class, key, then two measures as recalculated and two as live; null is SQL NULL. */
type Cell = readonly [
  cell: string,
  key: string,
  m0: string | null,
  m1: string | null,
  l0: string | null,
  l1: string | null,
  row?: number | null,
];
const column = (type: string): ComparedColumn => ({
  name: 'x',
  sqlType: type,
  type,
  from: type,
  zoned: false,
  tolerance: null,
  nullable: true,
});

async function checksums(cells: readonly Cell[], type = 'VARCHAR'): Promise<{ mine: string; live: string }> {
  const { plan } = parsePlan(PLAN_TEXT);
  if (plan === null) throw new Error('the sample plan is a plan');
  const shape: Shape = {
    plan,
    calculation: {
      ...plan.calculation,
      versions: [],
      aggregates: [],
      measures: [],
      deleted: null,
      columns: [],
      sha256: '',
      keyTypes: [],
      argumentTypes: [],
      measureTypes: [],
    },
    columns: [],
    notContent: [],
    bucketZoned: true,
  };
  const columns: ComparedColumns = {
    keys: [column('VARCHAR')],
    bucket: column('TIMESTAMP'),
    measures: [column(type), column(type)],
    cut: null,
    warnings: [],
  };
  const value = (v: string | null): string => (v === null ? 'NULL' : literal(v));
  const rows = cells.map(([cell, key, m0, m1, l0, l1, row = 1]) => {
    const values = [m0, m1, l0, l1].map((v) => `${value(v)}::${type}`);
    return `(${value(cell)}, ${value(key)}, TIMESTAMP '2024-06-10 12:00:00', ${values.join(', ')}, ${row}::BIGINT)`;
  });
  await session.run(`CREATE OR REPLACE TEMP TABLE "@compared" AS SELECT * FROM (VALUES ${rows.join(', ')})
    t("@class", "@k0", "@b", "@m0", "@m1", "@l0", "@l1", "@row")`);
  const found = await session.one(
    checksumsSql(shape, columns, '@compared'),
    z.object({ recalculated: z.string(), live: z.string() }),
  );
  return { mine: found.recalculated, live: found.live };
}
const equal = async (cells: readonly Cell[], type?: string): Promise<boolean> => {
  const { mine, live } = await checksums(cells, type);
  return mine === live;
};

describe('the checksums of a comparison', () => {
  it('are equal where every cell is a match, and where a row was superseded', async () => {
    expect(await equal([['match', 'a', '1', null, '1', null]])).toBe(true);
    expect(await equal([['superseded', 'a', '1', '2', '1', '2']])).toBe(true);
    // a match within its tolerance is a match
    expect(await equal([['match', 'a', '1.0', '2.0', '1.0000001', '2.0']], 'DOUBLE')).toBe(true);
    expect(await equal([['superseded', 'a', '1.0', '2.0', '1.0000001', '2.0']], 'DOUBLE')).toBe(true);
  });

  it.each<[string, Cell]>([
    ['a value that moved from one measure to the next', ['changed', 'k', 'ab', 'c', 'a', 'bc']],
    ['values that look like lengths', ['changed', 'k', '1:a', '1:a', '1:a1:1:a', '']],
    ['NULL and a dash', ['changed', 'k', null, '-', '-', null]],
    ['NULL and no text', ['changed', 'k', null, 'x', '', 'x']],
    ['a row of NULLs and a deleted row', ['deleted', 'k', null, null, null, null]],
    ['a row of NULLs and one that is only in live', ['only_in_live', 'k', null, null, null, null]],
    ['a row of NULLs and a missing one', ['missing_in_live', 'k', null, null, null, null, null]],
    ['one value of two', ['changed', 'k', 'a', 'b', 'a', 'c']],
  ])('tell %s apart', async (_, cell) => {
    expect(await equal([cell])).toBe(false);
    expect(await equal([['match', 'm', '1', '2', '1', '2'], cell])).toBe(false);
  });

  it('tell apart which cell holds a value', async () => {
    // the same values, each in the other's cell
    const swapped: Cell[] = [
      ['changed', 'a', '1', '1', '2', '2'],
      ['changed', 'b', '2', '2', '1', '1'],
    ];
    expect(await equal(swapped)).toBe(false);
    const [a, b] = [
      await checksums([['match', 'ab', 'c', 'd', 'c', 'd']]),
      await checksums([['match', 'a', 'bc', 'd', 'bc', 'd']]),
    ];
    expect(a.mine).not.toBe(b.mine);
  });

  it('do not depend on the order of the cells, and count each of them', async () => {
    const cells: Cell[] = [
      ['match', 'a', '1', '2', '1', '2'],
      ['changed', 'b', '3', '4', '5', '4'],
      ['match', 'c', '1', '2', '1', '2'],
    ];
    const all = await checksums(cells);
    expect(await checksums(cells.toReversed())).toEqual(all);
    expect((await checksums(cells.slice(1))).mine).not.toBe(all.mine);
  });

  it('leave the scale of a decimal aside, and none of its whole digits', async () => {
    const of = async (value: string, type: string): Promise<string> =>
      (await checksums([['match', 'a', value, value, value, value]], type)).mine;
    expect(await of('0.30', 'DECIMAL(18,2)')).toBe(await of('0.300', 'DECIMAL(18,3)'));
    expect(await of('10.00', 'DECIMAL(18,2)')).toBe(await of('10', 'DECIMAL(18,0)'));
    expect(await of('10', 'DECIMAL(18,0)')).not.toBe(await of('1', 'DECIMAL(18,0)'));
    expect(await of('10.00', 'DECIMAL(18,2)')).not.toBe(await of('1.00', 'DECIMAL(18,2)'));
  });
});
