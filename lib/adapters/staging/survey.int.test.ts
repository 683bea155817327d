import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { filesSource } from '#lib/adapters/archive/files/source';
import { openSession } from '#lib/adapters/duckdb/session';
import { readTimeline } from '#lib/adapters/duckdb/timeline';
import { glance } from '#lib/adapters/staging/glance';
import { type Bench, FIELDS, openBench } from '#lib/adapters/staging/stage.testing';
import { ROLLUP_FILE, survey } from '#lib/adapters/staging/survey';
import { parseInstant } from '#lib/base/instant';

let bench: Bench;
beforeEach(() => {
  bench = openBench();
});
afterEach(() => bench.close());

const at = (text: string): bigint => parseInstant(text) ?? 0n;

/** Three minutes: an event, the same again later, a late one, a rejected record, another content under a known id. */
const LINES = [
  'event_id,timestamp,user_id,type,value,received_at,offset',
  'a,2024-06-10T12:00:10Z,7,buy,1.50,2024-06-10T12:00:11Z,1',
  'a,2024-06-10T12:00:10Z,7,buy,1.50,2024-06-10T12:02:00Z,5',
  'b,2024-06-10T12:01:00Z,8,buy,2.25,2024-06-10T12:02:01Z,2',
  'broken',
  'c,2024-06-10T12:02:59.999999Z,9,buy,3.00,,3',
  'c,2024-06-10T12:02:59.999999Z,9,buy,4.00,2024-06-10T12:03:00Z,4',
];
const fields = { ...FIELDS, id: 'event_id', time: 'timestamp', ingested: 'received_at', sequence: 'offset' };

describe('survey', () => {
  it('counts, and writes the minutes from which the timeline is answered', async () => {
    bench.write('a.csv', `${LINES.join('\n')}\n`);
    const { session, stage } = await bench.stage({ fields, usedColumns: ['value', 'user_id'] });
    const spec = { fields };
    const found = await survey(session, stage, spec, bench.stageDir);
    expect(found).toMatchObject({
      files: 1,
      formats: ['csv'],
      layout: 'plain',
      records: '6',
      accepted: '4',
      duplicates: '1',
      rejected: '1',
      rejects: [{ file: 'a.csv', line: '5', reason: '1 field where the header has 7', record: 'broken' }],
      time: { first: '2024-06-10T12:00:10.000000Z', last: '2024-06-10T12:02:59.999999Z' },
      arrival: { first: '2024-06-10T12:00:11.000000Z', last: '2024-06-10T12:03:00.000000Z' },
      warnings: [],
    });
    expect(found.manifestSha256).toMatch(/^[0-9a-f]{64}$/);
    expect(found.sampleRows[0]).toEqual([
      'a',
      '2024-06-10 12:00:10',
      '7',
      'buy',
      '1.50',
      '2024-06-10 12:00:11',
      '1',
    ]);
    expect(found.columns[4]).toEqual({
      name: 'value',
      type: 'DECIMAL(18,2)',
      sample: ['1.50', '1.50', '2.25', '3.00', '4.00'],
    });

    const rollup = join(bench.stageDir, ROLLUP_FILE);
    const minute = at('2024-06-10T12:00:00Z');
    const time = await readTimeline(session, rollup, {
      clock: 'time',
      from: minute,
      to: minute + 240_000_000n,
      bins: 60,
    });
    expect(time).toMatchObject({
      binMs: 60_000,
      hasArrival: true,
      lateAfterSeconds: 60,
      archive: { fromMs: Number(minute / 1000n), toMs: Number(minute / 1000n) + 180_000 },
    });
    expect(time.bins.map((b) => [b.events, b.duplicates, b.late, b.rejected])).toEqual([
      [2, 1, 1, 0],
      [1, 0, 1, 1],
      [2, 0, 0, 0],
      [0, 0, 0, 0],
    ]);
    const arrived = await readTimeline(session, rollup, {
      clock: 'ingested',
      from: null,
      to: null,
      bins: 1440,
    });
    expect(arrived.bins.map((b) => [b.events, b.duplicates])).toEqual([
      [1, 0],
      [0, 0],
      [2, 1],
      [1, 0],
    ]);
    expect(arrived.overview.counts.reduce((a, b) => a + b, 0)).toBe(4);
  });

  it('gives at most as many bars as asked, of a round width, and every event once', async () => {
    const lines = Array.from(
      { length: 5000 },
      (_, i) => `e${i},${new Date(1_718_000_000_000 + i * 47_000).toISOString()}`,
    );
    bench.write('a.csv', `id,ts\n${lines.join('\n')}\n`);
    const { session, stage } = await bench.stage();
    const spec = { fields: FIELDS };
    await survey(session, stage, spec, bench.stageDir);
    for (const bins of [2, 10, 300, 1440, 99_999]) {
      const t = await readTimeline(session, join(bench.stageDir, ROLLUP_FILE), {
        clock: 'time',
        from: null,
        to: null,
        bins,
      });
      expect(t.bins.length).toBeLessThanOrEqual(Math.min(bins, 1440));
      expect(t.bins.reduce((sum, b) => sum + b.events, 0)).toBe(5000);
      expect((t.bins[0]?.fromMs ?? 0) % 60_000).toBe(0);
      expect(t.hasArrival).toBe(false);
    }
  });

  it('answers for an archive without a readable record', async () => {
    bench.write('a.csv', 'id,ts\nx,never\n');
    const { session, stage } = await bench.stage();
    const found = await survey(session, stage, { fields: FIELDS }, bench.stageDir);
    expect([found.time, found.records, found.rejected]).toEqual([null, '1', '1']);
    const t = await readTimeline(session, join(bench.stageDir, ROLLUP_FILE), {
      clock: 'time',
      from: null,
      to: null,
      bins: 100,
    });
    expect(t.bins.every((b) => b.events === 0)).toBe(true);
  });
});

describe('glance', () => {
  const look = async (at: string, timezone: string | null = null) => {
    const session = await openSession(bench.dir, {
      folders: [],
      files: [],
      memoryLimit: '500MB',
      threads: 1,
    });
    try {
      return await glance(filesSource({ at, baseDir: bench.archive }), session, { format: 'auto', timezone });
    } finally {
      await session.close();
    }
  };

  it('guesses the roles of columns, and whether times need a zone', async () => {
    bench.write(
      'a.csv',
      `${LINES.filter((l) => l !== 'broken' && !l.startsWith('c,'))
        .filter((_, i) => i !== 2)
        .join('\n')}\n`,
    );
    const found = await look('a.csv');
    expect(found.guess).toEqual({
      id: 'event_id',
      time: 'timestamp',
      ingested: 'received_at',
      sequence: 'offset',
      key: 'user_id',
      value: 'value',
    });
    expect(found.timesNeedZone).toBe(false);
    expect(found.columns.find((c) => c.name === 'value')).toEqual({
      name: 'value',
      type: 'DECIMAL(18,2)',
      sample: ['1.50', '2.25'],
    });
    bench.write('b.csv', 'id,ts\n1,2024-06-10 12:00:00\n');
    expect((await look('b.csv')).timesNeedZone).toBe(true);
    expect((await look('b.csv', 'UTC')).timesNeedZone).toBe(false);
  });

  it('reads no more than the beginning of a large file', async () => {
    const lines = Array.from({ length: 400_000 }, (_, i) => `e${i},2024-06-10T12:00:00Z,${i}`);
    bench.write('big/a.csv', `id,ts,v\n${lines.join('\n')}\nbroken\n`);
    const began = performance.now();
    const found = await look('big');
    expect(performance.now() - began).toBeLessThan(5000);
    expect(found.columns.map((c) => `${c.name} ${c.type}`)).toEqual([
      'id VARCHAR',
      'ts TIMESTAMP',
      'v BIGINT',
    ]);
  });

  it('joins what several files have', async () => {
    bench.write('date=2024-06-10/a.json', '{"id":1,"ts":"2024-06-10T12:00:00Z","v":1}\n');
    bench.write('date=2024-06-11/b.csv', 'id,ts,v,w\n2,2024-06-11T12:00:00Z,1.5,x\n');
    const found = await look('.');
    expect(found).toMatchObject({ layout: 'hive', filesTotal: 2, formats: ['json', 'csv'] });
    expect(found.columns.map((c) => `${c.name} ${c.type}`)).toEqual([
      'id BIGINT',
      'ts TIMESTAMP',
      'v DECIMAL(18,1)',
      'w VARCHAR',
    ]);
  });
});
