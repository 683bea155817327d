import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { openSession } from '#lib/adapters/duckdb/session';
import { MICROS } from '#lib/base/instant';
import { literal } from '#lib/base/sql';
import type { Aggregate } from '#lib/calculation/calculation';
import type { ComparedColumn, ComparedColumns } from '#lib/compare/columns';
import { broughtTableSql, comparedSql, discrepanciesSql, onlyInLiveSql } from '#lib/compare/compare-sql';
import type { LivePlan } from '#lib/plan/plan';
import type { Session } from '#lib/replay/session';
import { type Shape, timestampSql } from '#lib/replay/shape';
import { aggregate, shapeWith } from '#lib/replay/shape.testing';

const root = mkdtempSync(join(tmpdir(), 'recount-compare-'));
let session: Session;
beforeAll(async () => {
  session = await openSession(root, { folders: [], files: [], memoryLimit: '200MB', threads: 2 });
});
afterAll(async () => {
  await session.close();
  rmSync(root, { recursive: true, force: true });
});

const column = (type: string): ComparedColumn => ({
  name: 'x',
  sqlType: type,
  type,
  from: type,
  zoned: false,
  tolerance: null,
  nullable: true,
});
const columnsOf = (bucketed: boolean, type = 'BIGINT'): ComparedColumns => ({
  keys: [column('VARCHAR')],
  bucket: bucketed ? column('TIMESTAMP') : null,
  measures: [column(type), column('VARCHAR')],
  cut: null,
  warnings: [],
});
const LATEST = { state: 'latest', bucket: null } as const;
const WINDOW = { state: 'window', bucket: null } as const;
const RUNNING = { state: 'running', bucket: null } as const;

async function table(name: string, columns: string, rows: readonly string[]): Promise<void> {
  const empty = rows.length === 0 ? ' LIMIT 0' : '';
  const values =
    rows.length === 0
      ? `(${columns
          .split(',')
          .map(() => 'NULL')
          .join(', ')})`
      : `(${rows.join('), (')})`;
  await session.run(
    `CREATE OR REPLACE TEMP TABLE "${name}" AS SELECT * FROM (VALUES ${values}) t(${columns})${empty}`,
  );
}
const value = (v: string | number | null): string =>
  v === null ? 'NULL' : typeof v === 'number' ? `${v}::BIGINT` : literal(v);

type Expected = { k: string; m?: [number | null, string | null]; tombstone?: boolean; newest?: number };
type Live = { k: string; m: [number | null, string | null] };

/** Class, values and what the patch does with each discrepancy. `newest`: seconds after the window's end. */
async function compared(
  live: Partial<LivePlan>,
  expected: readonly Expected[],
  rows: readonly Live[],
  change: (shape: Shape) => Shape = (shape) => shape,
): Promise<string[]> {
  const shape = change(shapeWith(live));
  const newest = (seconds: number): string =>
    timestampSql(shape.plan.window.to + BigInt(seconds) * MICROS.second);
  await table(
    '@brought',
    '"@k0", "@m0", "@m1", "@events", "@duplicates", "@tombstone", "@newest"',
    expected.map((e) => {
      const [m0, m1] = e.m ?? [null, null];
      const at = e.newest === undefined ? 'NULL::TIMESTAMP' : newest(e.newest);
      return `${value(e.k)}, ${value(m0)}::BIGINT, ${value(m1)}::VARCHAR, 1::BIGINT, 0::BIGINT, ${e.tombstone ?? false}, ${at}`;
    }),
  );
  await table(
    '@affected',
    '"@k0"',
    expected.map((e) => value(e.k)),
  );
  await table(
    '@live',
    '"@k0", "@m0", "@m1", "@row"',
    rows.map(
      (r, i) => `${value(r.k)}, ${value(r.m[0])}::BIGINT, ${value(r.m[1])}::VARCHAR, ${i + 1}::BIGINT`,
    ),
  );
  const columns = columnsOf(false);
  const scope = live.state === 'window' ? 'unused' : null;
  await session.run(
    comparedSql(shape, columns, { brought: '@brought', affected: '@affected', scope }, '@compared'),
  );
  await session.run(discrepanciesSql(shape, columns, '@compared'));
  const found = await session.rows(
    `SELECT concat_ws(' ', "@k0", "@class", coalesce("@l0"::VARCHAR, '~'), coalesce("@m0"::VARCHAR, '~'), coalesce("@d0"::VARCHAR, '~'),
      coalesce("@op", '~')) AS line FROM "@discrepancies" ORDER BY "@seq"`,
    z.object({ line: z.string() }),
  );
  return found.map(({ line }) => line);
}

describe('the class of a cell', () => {
  it('by both sides, with the difference and what the patch does', async () => {
    const expected: Expected[] = [
      { k: 'equal', m: [1, 'a'] },
      { k: 'missing', m: [5, 'a'] },
      { k: 'nulls', m: [null, null] },
      { k: 'one differs', m: [1, 'a'] },
      { k: 'other differs', m: [7, 'a'] },
      { k: 'was null', m: [7, 'a'] },
    ];
    const live: Live[] = [
      { k: 'equal', m: [1, 'a'] },
      { k: 'nulls', m: [null, null] },
      { k: 'one differs', m: [1, 'b'] },
      { k: 'other differs', m: [9, 'a'] },
      { k: 'was null', m: [null, 'a'] },
    ];
    expect(await compared(RUNNING, expected, live)).toEqual([
      'missing missing_in_live ~ 5 5 insert',
      'one differs changed 1 1 0 update',
      'other differs changed 9 7 -2 update',
      'was null changed ~ 7 7 update',
    ]);
  });

  it('of a tombstone', async () => {
    const tombstones = ['gone', 'live', 'nulls'].map((k) => ({
      k,
      m: [3, 'x'] as [number, string],
      tombstone: true,
    }));
    const live: Live[] = [
      { k: 'live', m: [3, 'x'] },
      { k: 'nulls', m: [null, null] },
    ];
    expect(await compared(LATEST, tombstones, live)).toEqual([
      'live deleted 3 ~ -3 delete',
      'nulls deleted ~ ~ ~ delete',
    ]);
  });

  it('of a row that is newer than the window', async () => {
    const cell = (k: string, newest: number): Expected => ({ k, m: [1, 'a'], newest });
    const expected = [cell('before', -1), cell('at the end', 0), cell('after', 1), cell('differs', 1)];
    const live: Live[] = ['before', 'at the end', 'after'].map((k) => ({ k, m: [1, 'a'] }));
    live.push({ k: 'differs', m: [2, 'a'] });
    expect(await compared(LATEST, expected, live)).toEqual([
      'after superseded 1 1 0 ~',
      'at the end superseded 1 1 0 ~',
      'differs changed 2 1 -1 update',
    ]);
    expect(await compared(RUNNING, expected.slice(0, 3), live.slice(0, 3))).toEqual([]);
  });

  it('of a row without an event, by what the plan says', async () => {
    const only: Live[] = [
      { k: 'a', m: [1, 'a'] },
      { k: 'b', m: [4, 'b'] },
    ];
    const equal: Expected[] = [{ k: 'a', m: [1, 'a'] }];
    const deleting = (shape: Shape): Shape => ({
      ...shape,
      plan: { ...shape.plan, patch: { ...shape.plan.patch, onlyInLive: 'delete' } },
    });
    expect(await compared(WINDOW, equal, only)).toEqual(['b only_in_live 4 ~ -4 ~']);
    expect(await compared(WINDOW, equal, only, deleting)).toEqual(['b only_in_live 4 ~ -4 delete']);
  });
});

describe('rows of buckets without an event', () => {
  const at = (hour: number): string => timestampSql(BigInt(hour) * MICROS.hour);
  async function only(live: Partial<LivePlan>, cuts: readonly (number | null)[]): Promise<string[]> {
    await table(
      '@scope',
      '"@b", "@end"',
      [10, 11].map((h) => `${at(h)}, ${at(h + 1)}`),
    );
    await table('@events', '"@k0", "@b"', [`'event', ${at(10)}`, `'moved', ${at(11)}`]);
    await table('@affected', '"@k0", "@b"', [`'other', ${at(10)}`]);
    const rows = ['event', 'moved', 'none'].flatMap((k) => cuts.map((cut) => ({ k, cut })));
    await table('@live', '"@k0", "@b", "@cut", "@row"', [
      ...rows.map((r, i) => `'${r.k}', ${at(10)}, ${r.cut === null ? 'NULL::TIMESTAMP' : at(r.cut)}, ${i}`),
      `'none', ${at(9)}, NULL, 99`,
    ]);
    const sql = onlyInLiveSql(shapeWith(live), columnsOf(true), '@affected', '@scope');
    const found = await session.rows(
      `SELECT "@k0" || coalesce(' ' || hour("@cut"), '') AS k FROM (${sql}) ORDER BY 1`,
      z.object({ k: z.string() }),
    );
    return found.map(({ k }) => k);
  }

  it('are those of the buckets that are looked into, and of no cell with an event, affected or not', async () => {
    expect(await only({}, [null])).toEqual(['moved', 'none']);
  });

  it('are left out where the bucket ends after their own cut', async () => {
    const cut = { kind: 'column', column: 'up_to' } as const;
    expect(await only({ cut }, [null, 10, 11, 12])).toEqual([
      'moved',
      'moved 11',
      'moved 12',
      'none',
      'none 11',
      'none 12',
    ]);
  });
});

describe('a baseline', () => {
  async function brought(
    of: Aggregate,
    cells: readonly [k: string, value: number | null, events: number, seen: number][],
    baseline: readonly [k: string, value: number | null][],
  ): Promise<Record<string, string | null>> {
    await table(
      '@kept',
      '"@k0", "@a0", "@events", "@duplicates", "@tombstone", "@newest", "@n0"',
      cells.map(
        ([k, v, events, seen]) =>
          `'${k}', ${value(v)}::BIGINT, ${events}::BIGINT, 0::BIGINT, false, NULL::TIMESTAMP, ${seen}`,
      ),
    );
    await table(
      '@baseline',
      '"@k0", "@m0"',
      baseline.map(([k, v]) => `'${k}', ${value(v)}::BIGINT`),
    );
    const shape = shapeWith({ ...RUNNING, baseline: { at: 0n, table: 't' } }, [of], ['BIGINT']);
    const columns = { ...columnsOf(false), measures: [column('BIGINT')] };
    await session.run(broughtTableSql(shape, columns, '@kept', '@brought'));
    const rows = await session.rows(
      'SELECT "@k0" AS k, "@m0"::VARCHAR AS v FROM "@brought"',
      z.object({ k: z.string(), v: z.string().nullable() }),
    );
    return Object.fromEntries(rows.map(({ k, v }) => [k, v]));
  }
  const cells: [string, number | null, number, number][] = [
    ['both', 5, 2, 2],
    ['new', 5, 1, 1],
    ['old', null, 0, 0],
  ];
  const base: [string, number | null][] = [
    ['both', 3],
    ['old', 3],
    ['untouched', 9],
  ];

  it.each<[Aggregate['fn'], string | null]>([
    ['sum', '8'],
    ['count', '8'],
    ['min', '3'],
    ['max', '5'],
    ['last', '5'],
  ])('and a %s', async (fn, both) => {
    expect(await brought(aggregate(fn), cells, base)).toEqual({ both, new: '5', old: '3' });
  });

  it('stays where the events that pass a filter are none', async () => {
    const of = aggregate('last', 'x', { filter: 'f' });
    const filtered: [string, number | null, number, number][] = [
      ['both', null, 2, 0],
      ['null', null, 2, 1],
    ];
    expect(
      await brought(of, filtered, [
        ['both', 3],
        ['null', 3],
      ]),
    ).toEqual({ both: '3', null: null });
  });
});
