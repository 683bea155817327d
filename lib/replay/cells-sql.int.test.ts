import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { openSession } from '#lib/adapters/duckdb/session';
import { MICROS } from '#lib/base/instant';
import { literal } from '#lib/base/sql';
import type { Aggregate } from '#lib/calculation/calculation';
import type { LivePlan } from '#lib/plan/plan';
import { affectedSql, expectedSql } from '#lib/replay/cells-sql';
import type { Session } from '#lib/replay/session';
import { timestampSql } from '#lib/replay/shape';
import { aggregate, shapeWith } from '#lib/replay/shape.testing';

const root = mkdtempSync(join(tmpdir(), 'recount-cells-'));
let session: Session;
beforeAll(async () => {
  session = await openSession(root, { folders: [], files: [], memoryLimit: '200MB', threads: 2 });
});
afterAll(async () => {
  await session.close();
  rmSync(root, { recursive: true, force: true });
});

/** An event of cell `k` at second `t`. `clock` is the window's, where it is another one. */
type Event = {
  k?: string;
  t: number;
  clock?: number;
  seq?: number | null;
  tie?: string;
  x?: string;
  passes?: boolean;
  deleted?: boolean;
  extra?: number;
};
const at = (seconds: number): string => timestampSql(BigInt(seconds) * MICROS.second);
const instant = (seconds: number): bigint => BigInt(seconds) * MICROS.second;
const RUNNING = { state: 'running', bucket: null, baseline: 'none' } as const;
const LATEST = { state: 'latest', bucket: null } as const;

async function makeEvents(events: readonly Event[], type: string): Promise<void> {
  const rows = events.map(({ k = 'a', t, clock = t, seq = null, tie = '', x = '1', ...e }) =>
    [
      literal(k),
      at(t),
      at(clock),
      `${seq}::BIGINT`,
      literal(tie),
      `${literal(x)}::${type}`,
      e.passes ?? true,
      e.deleted ?? false,
      `${e.extra ?? 0}::BIGINT`,
    ].join(', '),
  );
  await session.run(`CREATE OR REPLACE TEMP TABLE "@events" AS SELECT * FROM (VALUES (${rows.join('), (')}))
    t("@k0", "@time", "@clock", "@seq", "@tie", "@x0", "@f0", "@deleted", "@extra")`);
}

const Row = z.object({
  k: z.string(),
  value: z.string().nullable(),
  events: z.string(),
  duplicates: z.string(),
  pending: z.string(),
  tombstone: z.string(),
  newest: z.string().nullable(),
  seen: z.string().nullable(),
});

/** The expected cells of the events, each cell affected, with the window from second 10 to 20. */
async function expected(
  live: Partial<LivePlan>,
  of: Aggregate,
  events: readonly Event[],
  type = 'BIGINT',
): Promise<Record<string, z.infer<typeof Row>>> {
  await makeEvents(events, type);
  const shape = shapeWith(live, [of], [type]);
  const interval = { from: instant(10), to: instant(20) };
  await session.run('CREATE OR REPLACE TEMP TABLE "@affected" AS SELECT DISTINCT "@k0" FROM "@events"');
  await session.run(expectedSql(shape, '@expected', '@affected', interval));
  const seen = of.fn === 'last' && of.inputs[0]?.filter !== null ? '"@n0"::VARCHAR' : 'NULL::VARCHAR';
  const rows = await session.rows(
    `SELECT "@k0" AS k, "@a0"::VARCHAR AS value, "@events"::VARCHAR AS events, "@duplicates"::VARCHAR AS duplicates,
      "@pending"::VARCHAR AS pending, "@tombstone"::VARCHAR AS tombstone, epoch("@newest")::BIGINT::VARCHAR AS newest,
      ${seen} AS seen FROM "@expected" ORDER BY ALL`,
    Row,
  );
  return Object.fromEntries(rows.map((row) => [row.k, row]));
}
const measureOf = async (...args: Parameters<typeof expected>): Promise<string | null | undefined> =>
  (await expected(...args)).a?.value;

describe('the order of first and last', () => {
  const both = async (events: readonly Event[]): Promise<(string | null | undefined)[]> => {
    const found: (string | null | undefined)[] = [];
    for (const each of [events, events.toReversed()])
      for (const fn of ['first', 'last'] as const) found.push(await measureOf(RUNNING, aggregate(fn), each));
    return found;
  };

  it('goes by time', async () => {
    expect(
      await both([
        { t: 2, x: '2' },
        { t: 1, x: '1' },
      ]),
    ).toEqual(['1', '2', '1', '2']);
  });

  it('then by sequence, none as the weakest claim to be the newest', async () => {
    const z = { t: 1, tie: 'z' };
    expect(
      await both([
        { ...z, seq: 1, x: '1' },
        { t: 1, seq: 2, tie: 'a', x: '2' },
      ]),
    ).toEqual(['1', '2', '1', '2']);
    expect(
      await both([
        { ...z, seq: null, x: '1' },
        { t: 1, seq: 1, tie: 'a', x: '2' },
      ]),
    ).toEqual(['1', '2', '1', '2']);
  });

  it('then by id', async () => {
    expect(
      await both([
        { t: 1, seq: 1, tie: 'a', x: '1' },
        { t: 1, seq: 1, tie: 'b', x: '2' },
      ]),
    ).toEqual(['1', '2', '1', '2']);
  });

  it('holds for sums of floats too', async () => {
    const events = [
      { t: 1, x: '1e16' },
      { t: 3, x: '-1e16' },
      { t: 2, x: '1' },
    ];
    for (const each of [events, events.toReversed()])
      expect(await measureOf(RUNNING, aggregate('sum'), each, 'DOUBLE')).toBe('0.0');
  });
});

it('counts what is distinct, and what passes a filter', async () => {
  const events = [
    { t: 1, x: '7' },
    { t: 2, x: '7', passes: false },
    { t: 3, x: '8' },
  ];
  expect(await measureOf(RUNNING, aggregate('count', 'x', { distinct: true }), events)).toBe('2');
  expect(await measureOf(RUNNING, aggregate('count', 'x'), events)).toBe('3');
  expect(await measureOf(RUNNING, aggregate('count', null, { filter: 'f' }), events)).toBe('2');
  expect(await measureOf(RUNNING, aggregate('sum', 'x', { filter: 'f' }), events)).toBe('15');
});

describe('what a row holds', () => {
  const events = [9, 10, 19, 20].map((t) => ({ t }));
  it.each<[string, Partial<LivePlan>, string]>([
    ['state window: the events of the window', { state: 'window', bucket: null }, '2'],
    ['running without a baseline: all', RUNNING, '4'],
    ['from the baseline on', { ...RUNNING, baseline: { at: instant(10), table: 't' } }, '3'],
    ['to a fixed cut, which is not in it', { ...RUNNING, cut: { kind: 'instant', at: instant(19) } }, '2'],
  ])('%s', async (_, live, count) => {
    const { a } = await expected(live, aggregate('count', null), events);
    expect([a?.value, a?.events]).toEqual([count, count]);
  });

  it('pending events and their copies are in nothing but the number that is pending', async () => {
    const more = events.map((e) => ({ ...e, extra: 3 }));
    const cut = { kind: 'instant', at: instant(19) } as const;
    const found = await expected({ ...RUNNING, cut }, aggregate('sum', 'x', { filter: 'f' }), more);
    expect(found.a).toMatchObject({ value: '2', events: '2', duplicates: '6', pending: '2' });
  });

  it("to a row's own cut, which is in it; without one, to the end", async () => {
    await session.run(`CREATE OR REPLACE TEMP TABLE "@live" AS
      SELECT * FROM (VALUES ('a', ${at(19)}), ('b', NULL)) t("@k0", "@cut")`);
    const every = ['a', 'b', 'c'].flatMap((k) => events.map((e) => ({ ...e, k })));
    const cut = { kind: 'column', column: 'up_to' } as const;
    const found = await expected({ ...RUNNING, cut }, aggregate('count', null), every);
    expect(['a', 'b', 'c'].map((k) => [found[k]?.events, found[k]?.pending])).toEqual([
      ['3', '1'],
      ['4', '0'],
      ['4', '0'],
    ]);
  });

  it('a filtered last says what it saw, without pending events', async () => {
    const cut = { kind: 'instant', at: instant(19) } as const;
    const some = [{ t: 9, passes: false }, { t: 10 }, { t: 20 }];
    const found = await expected({ ...RUNNING, cut }, aggregate('last', 'x', { filter: 'f' }), some);
    expect(found.a).toMatchObject({ seen: '1', events: '2' });
  });
});

describe('the newest event', () => {
  const last = aggregate('last');
  it('is a tombstone by time, sequence and id, and no other is', async () => {
    const tombstone = async (events: readonly Event[]) => (await expected(LATEST, last, events)).a?.tombstone;
    expect(await tombstone([{ t: 2, deleted: true }, { t: 1 }])).toBe('true');
    expect(await tombstone([{ t: 1, deleted: true }, { t: 2 }])).toBe('false');
    expect(
      await tombstone([
        { t: 1, seq: 2, tie: 'a', deleted: true },
        { t: 1, seq: 1, tie: 'b' },
      ]),
    ).toBe('true');
    expect(
      await tombstone([
        { t: 1, seq: 1, tie: 'b', deleted: true },
        { t: 1, seq: null, tie: 'c' },
      ]),
    ).toBe('true');
    expect(
      await tombstone([
        { t: 1, tie: 'b', deleted: true },
        { t: 1, tie: 'a' },
      ]),
    ).toBe('true');
  });

  it('is told by its own clock, not by the latest one', async () => {
    const found = await expected(LATEST, last, [
      { t: 2, clock: 5 },
      { t: 1, clock: 9 },
    ]);
    expect(found.a?.newest).toBe('5');
  });

  it('is one that is not pending', async () => {
    const cut = { kind: 'instant', at: instant(19) } as const;
    const found = await expected({ ...LATEST, cut }, last, [{ t: 9 }, { t: 20, deleted: true }]);
    expect(found.a).toMatchObject({ tombstone: 'false', newest: '9', value: '1' });
  });
});

it('a cell is affected by an event in the window, unless it is excepted', async () => {
  await makeEvents(
    [9, 10, 19, 20].map((t) => ({ k: `k${t}`, t })),
    'BIGINT',
  );
  const shape = shapeWith(RUNNING);
  const affected = async (except: string | null): Promise<string[]> => {
    await session.run(affectedSql(shape, '@found', { from: instant(10), to: instant(20) }, except));
    const rows = await session.rows(
      'SELECT "@k0" AS k FROM "@found" ORDER BY 1',
      z.object({ k: z.string() }),
    );
    return rows.map(({ k }) => k);
  };
  expect(await affected(null)).toEqual(['k10', 'k19']);
  await session.run(`CREATE OR REPLACE TEMP TABLE "@except" AS SELECT 'k19' AS "@k0"`);
  expect(await affected('@except')).toEqual(['k10']);
});
