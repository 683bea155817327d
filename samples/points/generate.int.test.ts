import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import pg from 'pg';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { parse } from 'yaml';
import { z } from 'zod';
import { openSession } from '#lib/adapters/duckdb/session';
import { startTestPostgres } from '#lib/adapters/postgres-server/testing';
import { literal } from '#lib/base/sql';
import { parsePlan } from '#lib/plan/parse';
import { generatePoints, POINTS_WINDOW, type PointsSample } from '../../samples/points/generate.ts';
import { loadPoints } from '../../samples/points/load.ts';

const dir = mkdtempSync(path.join(tmpdir(), 'recount-points-'));
let sample: PointsSample;
beforeAll(async () => {
  sample = await generatePoints(dir, { events: 60_000, seed: 7 });
});
afterAll(() => rmSync(dir, { recursive: true, force: true }));

const lines = (file: string): string[] => readFileSync(file, 'utf8').trimEnd().split('\n').slice(1);
const EVENT = z.object({
  event_id: z.string(),
  user_id: z.string(),
  points: z.number(),
  hour: z.string(),
  in_window: z.boolean(),
});

/** Every record of the archive, as it stands in the files. */
async function records(): Promise<z.infer<typeof EVENT>[]> {
  const session = await openSession(tmpdir(), { folders: [], files: [], memoryLimit: '500MB', threads: 1 });
  const files = readdirSync(sample.archiveDir, { recursive: true, encoding: 'utf8' }).filter((f) =>
    f.endsWith('.parquet'),
  );
  expect(files.length).toBe(7 * 24);
  const list = files.map((file) => literal(path.join(sample.archiveDir, file)));
  const rows = await session.rows(
    `SELECT event_id, user_id, points, strftime(date_trunc('hour', occurred_at), '%Y-%m-%dT%H:%M:%SZ') AS hour,
       received_at >= TIMESTAMPTZ ${literal(POINTS_WINDOW.from)} AND received_at < TIMESTAMPTZ ${literal(POINTS_WINDOW.to)} AS in_window
     FROM read_parquet([${list.join(', ')}], hive_partitioning = false) ORDER BY received_at`,
    EVENT,
  );
  await session.close();
  return rows;
}

it('the truth is what the contract gives for the archive and the live rows', async () => {
  const all = await records();
  const first = new Map<string, (typeof all)[number]>();
  for (const record of all) if (!first.has(record.event_id)) first.set(record.event_id, record);
  const copies = all.length - first.size;
  expect(copies).toBeGreaterThan(400);
  const cells = new Map<string, { points: number; events: number; affected: boolean }>();
  for (const { user_id, hour, points, in_window } of first.values()) {
    const key = `${user_id},${hour}`;
    const cell = cells.get(key) ?? { points: 0, events: 0, affected: false };
    cells.set(key, {
      points: cell.points + points,
      events: cell.events + 1,
      affected: cell.affected || in_window,
    });
  }
  const live = new Map(
    lines(sample.liveCsv).map((line) => [
      line.split(',').slice(0, 2).join(','),
      line.split(',').slice(2).join(','),
    ]),
  );
  const wrong = [...cells].filter(
    ([key, cell]) => cell.affected && live.get(key) !== `${cell.points},${cell.events}`,
  );
  const want = wrong.map(
    ([key, cell]) =>
      `${key},${live.has(key) ? 'update' : 'insert'},${live.get(key) ?? ','},${cell.points},${cell.events}`,
  );
  expect(want.length).toBeGreaterThan(50);
  expect(lines(sample.truthCsv).sort()).toEqual(want.sort());
  const outside = [...cells].filter(
    ([key, cell]) => !cell.affected && live.get(key) !== `${cell.points},${cell.events}`,
  );
  expect(outside).toEqual([]);
  expect([...live.keys()].filter((key) => !cells.has(key))).toEqual([]);
});

it('the same seed gives the same truth', async () => {
  const again = mkdtempSync(path.join(tmpdir(), 'recount-points-'));
  const other = await generatePoints(again, { events: 60_000, seed: 7 });
  expect(readFileSync(other.truthCsv, 'utf8')).toBe(readFileSync(sample.truthCsv, 'utf8'));
  expect(readFileSync(other.liveCsv, 'utf8')).toBe(readFileSync(sample.liveCsv, 'utf8'));
  rmSync(again, { recursive: true });
});

it('the plan is a plan, and the same as a file and as a value', () => {
  const text = readFileSync('samples/points/plan.yaml', 'utf8');
  expect(parsePlan(text).problems).toEqual([]);
  expect(JSON.parse(JSON.stringify(parse(text, { schema: 'core' })))).toEqual(sample.plan);
});

it('loads the live table, and puts it back', async () => {
  const server = await startTestPostgres();
  const client = new pg.Client({ connectionString: server.url });
  try {
    const want = { table: 'points.hourly_points', rows: lines(sample.liveCsv).length };
    expect(await loadPoints(server.url, sample.liveCsv)).toEqual(want);
    await client.connect();
    await client.query('UPDATE points.hourly_points SET points = 0');
    expect(await loadPoints(server.url, sample.liveCsv)).toEqual(want);
    const { rows } = await client.query(
      `SELECT user_id || ',' || to_char(hour AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"') || ',' || points || ',' || events AS line FROM points.hourly_points`,
    );
    expect(rows.map((row: { line: string }) => row.line).sort()).toEqual(lines(sample.liveCsv).sort());
  } finally {
    await client.end();
    await server.stop();
  }
});
