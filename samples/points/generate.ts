import { mkdir, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { stringify } from 'yaml';
import { openSession } from '#lib/adapters/duckdb/session';
import { literal } from '#lib/base/sql';
import type { Session } from '#lib/replay/session';

export type PointsOptions = { readonly events: number; readonly seed: number };

export type PointsSample = {
  /** Parquet files under `date=…/hour=…`, by arrival. */
  readonly archiveDir: string;
  /** What the faulty worker left: user_id, hour, points, events. */
  readonly liveCsv: string;
  /** The rows that must change: user_id, hour, action, live_points, live_events, points, events. */
  readonly truthCsv: string;
  /** The plan in file form, as `plan.yaml` in the folder has it. */
  readonly plan: PointsPlan;
};

export type PointsPlan = ReturnType<typeof pointsPlan>;

/** The week that the sample is about, and the half hour in which the worker failed. All UTC. */
export const POINTS_WEEK = { from: '2026-11-15T00:00:00Z', to: '2026-11-22T00:00:00Z' } as const;
export const POINTS_WINDOW = { from: '2026-11-21T12:02:00Z', to: '2026-11-21T12:34:00Z' } as const;

const [DAYS, USERS] = [7, 30_000];

/** The sample's plan in file form. `at`: the archive's glob; `store`: the address of the database, as written. */
export function pointsPlan(at: string, store: string) {
  return {
    recount: 1,
    title: 'The points worker lost events on 21 November',
    archive: {
      at,
      layout: 'hive',
      slack: '2h',
      fields: { id: 'event_id', time: 'occurred_at', ingested: 'received_at' },
    },
    window: { ...POINTS_WINDOW, clock: 'ingested' },
    calculation: {
      name: 'hourly-points',
      versions: [
        { version: 1, keys: { user_id: 'user_id' }, measures: { points: 'sum(points)', events: 'count(*)' } },
      ],
    },
    live: {
      store,
      table: 'points.hourly_points',
      state: 'bucketed',
      keys: ['user_id'],
      bucket: { column: 'hour', size: '1h', timezone: 'UTC' },
    },
  };
}

/**
 * Writes the sample under `outDir`: the archive of a week, the live rows that a faulty worker left behind, and the
 * truth. The same options give the same rows on any machine. 0.5% of the events are up to two hours late, 1% are
 * delivered again within 15 minutes. Of those that arrived in the window the worker dropped 60%, counted 3% twice and
 * 2% with the wrong sign.
 */
export async function generatePoints(outDir: string, { events, seed }: PointsOptions): Promise<PointsSample> {
  const archiveDir = path.join(outDir, 'archive');
  await mkdir(archiveDir, { recursive: true });
  const session = await openSession(tmpdir(), { folders: [], files: [], memoryLimit: '1GB', threads: 2 });
  try {
    await makeEvents(session, events, seed);
    await writeArchive(session, archiveDir);
    await writeLive(session, outDir);
  } finally {
    await session.close();
  }
  // biome-ignore lint/suspicious/noTemplateCurlyInString: a plan names its environment variable this way
  const plan = pointsPlan('archive/**/*.parquet', '${SAMPLE_DATABASE_URL}');
  await writeFile(path.join(outDir, 'plan.yaml'), stringify(plan));
  return {
    archiveDir,
    liveCsv: path.join(outDir, 'live.csv'),
    truthCsv: path.join(outDir, 'truth.csv'),
    plan,
  };
}

/**
 * Chance is a pure function of (event number, purpose, seed): Murmur3's 32-bit finaliser in integers that never
 * overflow, so that neither the number of threads nor DuckDB's own random() or hash() has a say.
 */
async function makeEvents(session: Session, events: number, seed: number): Promise<void> {
  const salt = Math.imul(seed, 0x9e3779b1) >>> 0;
  await session.run(`
    CREATE MACRO step1(x) AS (xor(x, x >> 16) * 2246822507) & 4294967295;
    CREATE MACRO step2(x) AS (xor(x, x >> 13) * 3266489909) & 4294967295;
    CREATE MACRO mix(x) AS xor(step2(step1(x)), step2(step1(x)) >> 16);
    CREATE MACRO draw(i, purpose) AS mix(xor((i + purpose * 2654435769::UBIGINT) & 4294967295, ${salt}::UBIGINT))::BIGINT;
    CREATE TABLE minutes AS
    WITH weighted AS (
      SELECT m, TIMESTAMP '${POINTS_WEEK.from.slice(0, 19)}' + to_minutes(m) AS minute,
        round((1000 + 650 * sin(2 * pi() * ((m % 1440) / 1440.0 - 0.3))) * CASE WHEN m // 1440 IN (0, 6) THEN 0.85 ELSE 1 END)::HUGEINT AS w
      FROM range(${DAYS * 1440}) t(m)),
    running AS (SELECT *, sum(w) OVER (ORDER BY m) AS upto, sum(w) OVER () AS total FROM weighted)
    SELECT minute, (${events} * (upto - w) // total)::BIGINT AS first_event,
      (${events} * upto // total - ${events} * (upto - w) // total)::BIGINT AS n FROM running ORDER BY m;
    CREATE TABLE made AS
    WITH numbered AS (SELECT minute, n, unnest(range(n)) AS j, (first_event + j)::UBIGINT AS i FROM minutes),
    timed AS (SELECT i, minute + to_microseconds((j * 60000000 + draw(i, 1) % 60000000) // n) AS received_at FROM numbered),
    drawn AS (SELECT *, draw(i, 2) % 1000 AS lateness, draw(i, 3) % 100 AS sort, draw(i, 4) % 1000 AS fault,
      floor(pow(${USERS + 1}, draw(i, 5) / 4294967296.0))::BIGINT AS user_rank FROM timed)
    SELECT 'evt-' || lpad(lower(to_hex(mix(xor(i, ${salt}::UBIGINT)))), 8, '0') || lpad(lower(to_hex(i)), 6, '0') AS event_id,
      received_at - to_milliseconds(CASE WHEN lateness < 5 THEN draw(i, 6) % 7200000 ELSE draw(i, 6) % 900 END) AS occurred_at,
      received_at, 'u-' || lpad((10000 + user_rank * 38213 % 90000)::VARCHAR, 5, '0') AS user_id,
      CASE WHEN sort < 72 THEN 'purchase' WHEN sort < 84 THEN 'bonus' WHEN sort < 95 THEN 'redeem' ELSE 'refund' END AS kind,
      CASE WHEN sort < 72 THEN 5 * (draw(i, 7) % 60 + 1) WHEN sort < 84 THEN 25 * (draw(i, 7) % 8 + 1)
        WHEN sort < 95 THEN -50 * (draw(i, 7) % 10 + 1) ELSE -5 * (draw(i, 7) % 60 + 1) END::INTEGER AS points,
      (40000000 + i)::BIGINT AS order_no,
      CASE WHEN received_at < TIMESTAMP '${POINTS_WINDOW.from.slice(0, 19)}' OR received_at >= TIMESTAMP '${POINTS_WINDOW.to.slice(0, 19)}' THEN 1
        WHEN fault < 600 THEN 0 WHEN fault < 630 THEN 2 WHEN fault < 650 THEN -1 ELSE 1 END AS effect,
      CASE WHEN draw(i, 8) % 100 = 0 THEN received_at + to_milliseconds(draw(i, 9) % 900000 + 1) END AS again
    FROM drawn;`);
}

async function writeArchive(session: Session, archiveDir: string): Promise<void> {
  await session.run(`
    CREATE TABLE delivered AS
      SELECT event_id, occurred_at, received_at, user_id, kind, points, order_no FROM made
      UNION ALL SELECT event_id, occurred_at, again, user_id, kind, points, order_no FROM made
        WHERE again < TIMESTAMP '${POINTS_WEEK.to.slice(0, 19)}'`);
  const start = Date.parse(POINTS_WEEK.from);
  for (let hour = 0; hour < DAYS * 24; hour += 1) {
    const [from = '', to = ''] = [hour, hour + 1].map((h) =>
      new Date(start + h * 3_600_000).toISOString().slice(0, 19),
    );
    const folder = path.join(archiveDir, `date=${from.slice(0, 10)}`, `hour=${from.slice(11, 13)}`);
    await mkdir(folder, { recursive: true });
    await session.run(`COPY (
        SELECT event_id, occurred_at::TIMESTAMPTZ AS occurred_at, received_at::TIMESTAMPTZ AS received_at, user_id, kind, points, order_no
        FROM delivered WHERE received_at >= TIMESTAMP '${from}' AND received_at < TIMESTAMP '${to}' ORDER BY received_at, event_id)
      TO ${literal(path.join(folder, 'events.parquet'))} (FORMAT parquet, COMPRESSION zstd)`);
  }
}

async function writeLive(session: Session, outDir: string): Promise<void> {
  const hour = `strftime(hour, '%Y-%m-%dT%H:%M:%SZ') AS hour`;
  await session.run(`
    CREATE TABLE applied AS SELECT user_id, date_trunc('hour', occurred_at) AS hour, points, effect FROM made;
    CREATE TABLE rightly AS SELECT user_id, hour, sum(points)::BIGINT AS points, count(*) AS events FROM applied GROUP BY ALL;
    CREATE TABLE live AS
      SELECT user_id, hour, sum(points * effect)::BIGINT AS points, sum(abs(effect))::BIGINT AS events
      FROM applied WHERE effect <> 0 GROUP BY ALL;
    COPY (SELECT user_id, ${hour}, points, events FROM live ORDER BY live.user_id, live.hour)
      TO ${literal(path.join(outDir, 'live.csv'))} (FORMAT csv, HEADER);
    COPY (SELECT user_id, ${hour}, CASE WHEN l.events IS NULL THEN 'insert' ELSE 'update' END AS action,
        l.points AS live_points, l.events AS live_events, r.points, r.events
      FROM rightly r LEFT JOIN live l USING (user_id, hour)
      WHERE (l.points, l.events) IS DISTINCT FROM (r.points, r.events) ORDER BY user_id, r.hour)
      TO ${literal(path.join(outDir, 'truth.csv'))} (FORMAT csv, HEADER)`);
}

if (process.argv[1] === import.meta.filename) {
  const outDir = process.argv[2];
  if (outDir === undefined) {
    console.error('node samples/points/generate.ts OUT_DIR [EVENTS] [SEED]');
    process.exit(2);
  }
  await mkdir(outDir, { recursive: true });
  const options = { events: Number(process.argv[3] ?? 200_000), seed: Number(process.argv[4] ?? 1) };
  await writeFile(
    path.join(outDir, 'sample.json'),
    `${JSON.stringify(await generatePoints(outDir, options), null, 2)}\n`,
  );
}
