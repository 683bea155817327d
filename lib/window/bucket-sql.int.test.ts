import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { z } from 'zod';
import { openSession } from '#lib/adapters/duckdb/session';
import { parseInstant } from '#lib/base/instant';
import { literal } from '#lib/base/sql';
import type { Session } from '#lib/replay/session';
import { bucketStart } from '#lib/window/bucket';
import { bucketSql } from '#lib/window/bucket-sql';
import { type BucketSize, parseBucketSize } from '#lib/window/window';
import { localOf, segmentsOf } from '#lib/window/zone';

let folder: string;
let session: Session;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'recount-bucket-'));
  session = await openSession(folder, { folders: [], files: [], memoryLimit: '500MB', threads: 2 });
});
afterAll(async () => {
  await session.close();
  await rm(folder, { recursive: true, force: true });
});

const ZONES = [
  'UTC',
  'Europe/Berlin',
  'America/New_York',
  'America/St_Johns',
  'America/Sao_Paulo',
  'America/Havana',
  'Atlantic/Azores',
  'Australia/Lord_Howe',
  'Asia/Kathmandu',
  'Asia/Gaza',
  'Africa/Casablanca',
  'Pacific/Apia',
  'Pacific/Chatham',
];
const SIZES = ['1m', '15m', '30m', '45m', '1h', '3h', '6h', '24h', '1d', '1w', '1mo'];
const sizeOf = (text: string): BucketSize => parseBucketSize(text) ?? { count: 1, unit: 'd' };
const at = (text: string): bigint => parseInstant(text) ?? 0n;

/** Some hundred instants: anywhere, and around every clock change. */
function instantsOf(zone: string): bigint[] {
  const changes = segmentsOf(zone)
    .slice(1)
    .map((s) => s.from);
  const any = fc.sample(fc.bigInt({ min: at('1899-01-01T00:00:00Z'), max: at('2101-01-01T00:00:00Z') }), 200);
  const [minute, day] = [60_000_000n, 86_400_000_000n];
  const offsets = [
    -1n,
    0n,
    1n,
    ...[-31n, -30n, -1n, 1n, 29n, 30n, 31n, 59n, 60n, 61n, 89n, 119n, 120n].map((m) => m * minute),
  ];
  const far = [-20n, -6n, -1n, 1n, 3n, 9n, 25n].map((d) => d * day);
  const near = changes.flatMap((change) => [...offsets, ...far].map((offset) => change + offset));
  return [...any, ...near];
}

async function load(instants: readonly bigint[]): Promise<void> {
  await session.run(
    `CREATE OR REPLACE TEMP TABLE t AS SELECT make_timestamp(u) AS ts FROM (VALUES ${instants.map((i) => `(${i})`).join(',')}) v(u)`,
  );
}

const STARTS = z.object({ u: z.string(), b: z.string() });

it.each(ZONES)('gives in SQL what TypeScript gives: %s', async (zone) => {
  await load(instantsOf(zone));
  for (const text of SIZES) {
    for (const zoned of [false, true]) {
      const sql = bucketSql('ts', sizeOf(text), zone, zoned);
      const rows = await session.rows(`SELECT epoch_us(ts) AS u, epoch_us(${sql}) AS b FROM t`, STARTS);
      const wrong = rows.filter((r) => bucketStart(BigInt(r.u), sizeOf(text), zone, zoned) !== BigInt(r.b));
      expect(wrong, `${text} zoned ${zoned}`).toEqual([]);
    }
  }
});

it.each(ZONES)('knows the local clock that DuckDB knows: %s', async (zone) => {
  await load(
    instantsOf(zone).filter((i) => i > at('1970-01-01T00:00:00Z') && i < at('2037-01-01T00:00:00Z')),
  );
  const local = `epoch_us(timezone(${literal(zone)}, timezone('UTC', ts)))`;
  const rows = await session.rows(`SELECT epoch_us(ts) AS u, ${local} AS b FROM t`, STARTS);
  expect(rows.filter((r) => localOf(zone, BigInt(r.u)) !== BigInt(r.b))).toEqual([]);
});

it('keeps NULL', async () => {
  const sql = bucketSql('NULL::TIMESTAMP', sizeOf('1h'), 'Europe/Berlin', true);
  expect(await session.one(`SELECT ${sql} IS NULL AS n`, z.object({ n: z.boolean() }))).toEqual({ n: true });
});
