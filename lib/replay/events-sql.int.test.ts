import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { openSession } from '#lib/adapters/duckdb/session';
import { MICROS } from '#lib/base/instant';
import { literal } from '#lib/base/sql';
import type { CheckedVersion } from '#lib/calculation/calculation';
import { copiesSql, distinctSql, eventsSql, unkeyedSql } from '#lib/replay/events-sql';
import type { Session } from '#lib/replay/session';
import { type Shape, timestampSql } from '#lib/replay/shape';
import { aggregate, shapeWith } from '#lib/replay/shape.testing';

const root = mkdtempSync(join(tmpdir(), 'recount-events-'));
let session: Session;
beforeAll(async () => {
  session = await openSession(root, { folders: [], files: [], memoryLimit: '200MB', threads: 2 });
});
afterAll(async () => {
  await session.close();
  rmSync(root, { recursive: true, force: true });
});

/** A record: `t` and `arrived` in seconds, `x` its content; its own time as text sorts backwards. One a line of one file. */
type Rec = {
  id: string;
  t?: number;
  arrived?: number | null;
  seq?: number | null;
  x?: string | null;
  y?: string | null;
};
const at = (seconds: number): string => timestampSql(BigInt(seconds) * MICROS.second);
const text = (v: string | null): string => (v === null ? 'NULL::VARCHAR' : literal(v));

async function makeArchive(records: readonly Rec[]): Promise<void> {
  const rows = records.map(({ id, t = 1, arrived = null, seq = null, x = 'a', y = 'b' }, i) =>
    [
      '0',
      `${i + 1}::BIGINT`,
      at(t),
      arrived === null ? 'NULL::TIMESTAMP' : at(arrived),
      literal(id),
      literal(`${100 - t}`),
      arrived === null ? 'NULL::VARCHAR' : `'${arrived}'`,
      `${seq}::BIGINT`,
      text(x),
      text(y),
    ].join(', '),
  );
  await session.run(`CREATE OR REPLACE TEMP TABLE archive_events AS SELECT * FROM (VALUES (${rows.join('), (')}))
    t("@file", "@line", "@time", "@arrived", event_id, timestamp, received_at, "offset", x, y)`);
}

const COLUMNS = ['event_id', 'timestamp', 'received_at', 'offset', 'x', 'y'];
type Conflicts = Shape['plan']['archive']['conflicts'];

function shapeOf(conflicts: Conflicts = 'block', versions: readonly CheckedVersion[] = []): Shape {
  const shape = shapeWith({ state: 'running', bucket: null, baseline: 'none', keys: ['k', 'l'] }, [
    aggregate('last', 'x', { filter: `y = 'b'` }),
  ]);
  return {
    ...shape,
    plan: { ...shape.plan, archive: { ...shape.plan.archive, conflicts } },
    calculation: { ...shape.calculation, versions },
    columns: COLUMNS.map((name) => ({ name, type: 'VARCHAR' })),
    notContent: ['received_at', 'offset'],
  };
}

/** What each line is: its role with the extra copies and contents of its id, and whether it is an event. */
async function roles(records: readonly Rec[], conflicts?: Conflicts): Promise<string[]> {
  await makeArchive(records);
  await session.run(copiesSql(shapeOf(conflicts)));
  await session.run(distinctSql());
  const rows = await session.rows(
    `SELECT concat_ws(' ', a."@line", coalesce(c.role, 'single'), c.extra, c.contents,
        CASE WHEN d."@line" IS NOT NULL THEN 'event +' || d."@extra" END) AS line
      FROM archive_events a LEFT JOIN "@copies" c USING ("@file", "@line") LEFT JOIN "@distinct" d USING ("@file", "@line")
      ORDER BY a."@line"`,
    z.object({ line: z.string() }),
  );
  return rows.map(({ line }) => line);
}

describe('copies of an event', () => {
  it('are one event, the copy that arrived first', async () => {
    const found = await roles([
      { id: 'a', arrived: 3 },
      { id: 'a', arrived: 1 },
      { id: 'a', arrived: 2 },
      { id: 'b', arrived: 9 },
    ]);
    expect(found).toEqual(['1 duplicate 2', '2 event 2 1 event +2', '3 duplicate 2', '4 single event +0']);
  });

  it('that came at one time go by their sequence; one that has none came last', async () => {
    expect(
      await roles([
        { id: 'a', seq: 2 },
        { id: 'a', seq: 1 },
      ]),
    ).toEqual(['1 duplicate 1', '2 event 1 1 event +1']);
    expect(
      await roles([
        { id: 'a', seq: null },
        { id: 'a', seq: 1 },
      ]),
    ).toEqual(['1 duplicate 1', '2 event 1 1 event +1']);
    expect(
      await roles([
        { id: 'a', arrived: null, seq: 1 },
        { id: 'a', arrived: 5, seq: 2 },
      ]),
    ).toEqual(['1 duplicate 1', '2 event 1 1 event +1']);
  });

  it('are those with equal content, NULL too; arrival and sequence are none', async () => {
    expect(
      await roles([
        { id: 'a', x: null, arrived: 1, seq: 1 },
        { id: 'a', x: null, arrived: 2, seq: 2 },
      ]),
    ).toEqual(['1 event 1 1 event +1', '2 duplicate 1']);
  });
});

describe('one id with several contents', () => {
  const three: readonly Rec[] = [
    { id: 'a', x: '1', arrived: 2 },
    { id: 'a', x: '2', arrived: 1 },
    { id: 'a', x: '3', arrived: 3 },
  ];
  const chosen = async (records: readonly Rec[], conflicts: Conflicts): Promise<number[]> =>
    (await roles(records, conflicts)).flatMap((line, i) => (line.includes('event') ? [i + 1] : []));

  it('is told by what it is, and one of them is the event', async () => {
    expect(await roles(three, 'first')).toEqual(['1 conflict 0 3', '2 event 0 3 event +0', '3 conflict 0 3']);
    expect(await roles(three, 'block')).toEqual(await roles(three, 'first'));
    expect(await roles(three, 'last')).toEqual(['1 conflict 0 3', '2 conflict 0 3', '3 event 0 3 event +0']);
  });

  it.each<[string, Rec, Rec]>([
    ['arrival', { id: 'a', x: '2', arrived: 1, seq: 9, t: 9 }, { id: 'a', x: '1', arrived: 2, seq: 1, t: 1 }],
    ['arrival, none as the last', { id: 'a', x: '2', arrived: 1 }, { id: 'a', x: '1', arrived: null }],
    ['sequence', { id: 'a', x: '2', seq: 1, t: 9 }, { id: 'a', x: '1', seq: 2, t: 1 }],
    ['sequence, none as the last', { id: 'a', x: '2', seq: 1 }, { id: 'a', x: '1', seq: null }],
    ['time', { id: 'a', x: '2', t: 1 }, { id: 'a', x: '1', t: 2 }],
    ['content', { id: 'a', x: '1' }, { id: 'a', x: '2' }],
  ])('goes by %s, in whatever order they stand', async (_, earlier, later) => {
    expect(await chosen([earlier, later], 'first')).toEqual([1]);
    expect(await chosen([later, earlier], 'first')).toEqual([2]);
    expect(await chosen([earlier, later], 'last')).toEqual([2]);
    expect(await chosen([later, earlier], 'last')).toEqual([1]);
  });

  it('counts the copies of the chosen content, and no copy as a content', async () => {
    const found = await roles(
      [
        { id: 'a', x: '1', arrived: 1 },
        { id: 'a', x: '1', arrived: 4 },
        { id: 'a', x: '2', arrived: 2 },
        { id: 'a', x: '2', arrived: 3 },
      ],
      'first',
    );
    expect(found).toEqual(['1 event 1 2 event +1', '2 duplicate 1', '3 conflict 1 2', '4 duplicate 1']);
  });
});

describe('the events of a calculation', () => {
  const version = (over: Partial<CheckedVersion> = {}): CheckedVersion => ({
    version: 1,
    since: null,
    where: `x <> 'test'`,
    keys: [
      { name: 'k', sql: 'x' },
      { name: 'l', sql: 'y' },
    ],
    ...over,
  });
  const records: readonly Rec[] = [
    { id: '1', x: 'a', y: 'b' },
    { id: '2', x: 'test', y: 'b' },
    { id: '3', x: 'a', y: null },
    { id: '4', x: null, y: 'b' },
    { id: '5', x: 'c', y: 'd' },
  ];

  async function events(shape: Shape, given = records): Promise<string[]> {
    await makeArchive(given);
    await session.run(copiesSql(shape));
    await session.run(distinctSql());
    await session.run(eventsSql(shape));
    const rows = await session.rows(
      `SELECT concat_ws(' ', "@line", "@k0", "@k1", "@x0", "@f0", "@deleted") AS line FROM "@events" ORDER BY "@line"`,
      z.object({ line: z.string() }),
    );
    return rows.map(({ line }) => line);
  }
  const unkeyed = async (shape: Shape): Promise<string[]> => {
    await session.run(unkeyedSql(shape));
    const rows = await session.rows(
      `SELECT concat_ws(' ', "@line", reason, record) AS line FROM "@unkeyed" ORDER BY 1`,
      z.object({ line: z.string() }),
    );
    return rows.map(({ line }) => line);
  };

  it('are those that pass and have all keys; what passes without one goes to quarantine', async () => {
    const shape = shapeOf('block', [version({ where: `x IS DISTINCT FROM 'test'` })]);
    expect(await events(shape)).toEqual(['1 a b a true false', '5 c d c false false']);
    expect(await unkeyed(shape)).toEqual(['3 key: l is NULL 3,99,,,a,', '4 key: k is NULL 4,99,,,,b']);
  });

  it('pass where the condition is true, not where it is NULL', async () => {
    const shape = shapeOf('block', [version()]);
    expect(await events(shape)).toHaveLength(2);
    expect(await unkeyed(shape)).toHaveLength(1);
  });

  it('are all where there is no condition, and tombstones where one says so', async () => {
    const shape = shapeOf('block', [version({ where: null })]);
    const calculation = { ...shape.calculation, deleted: `y = 'd'` };
    expect(await events({ ...shape, calculation })).toEqual([
      '1 a b a true false',
      '2 test b test true false',
      '5 c d c false true',
    ]);
  });

  it('are calculated by the version that they have reached', async () => {
    const later = version({
      version: 2,
      since: 10n * MICROS.second,
      where: `y = 'd'`,
      keys: [
        { name: 'l', sql: 'x' },
        { name: 'k', sql: 'y' },
      ],
    });
    const [last] = [aggregate('last', 'x', { filter: `y = 'b'` })];
    const shape = shapeOf('block', [version(), later]);
    const inputs = [...last.inputs, { argument: 'y', filter: 'true' }];
    const two: Shape = { ...shape, calculation: { ...shape.calculation, aggregates: [{ ...last, inputs }] } };
    const given = [9, 10].flatMap((t) => ['b', 'd'].map((y) => ({ id: `${t}${y}`, t, x: 'a', y })));
    expect(await events(two, given)).toEqual([
      '1 a b a true false',
      '2 a d a false false',
      '4 d a d true false',
    ]);
  });
});
