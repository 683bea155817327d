import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { z } from 'zod';
import { openSession } from '#lib/adapters/duckdb/session';
import { MICROS } from '#lib/base/instant';
import type { Session } from '#lib/replay/session';
import { instantOfLocalSql } from '#lib/window/local-sql';
import { localOf, segmentsOf } from '#lib/window/zone';

let folder: string;
let session: Session;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'recount-local-'));
  session = await openSession(folder, { folders: [], files: [], memoryLimit: '500MB', threads: 2 });
});
afterAll(async () => {
  await session.close();
  await rm(folder, { recursive: true, force: true });
});

const ZONES = [
  'UTC',
  'Europe/Berlin',
  'America/St_Johns',
  'Australia/Lord_Howe',
  'Asia/Kathmandu',
  'America/Havana',
];
const STEP = 10n * MICROS.minute;

it.each(ZONES)('gives the first instant that shows a local time of %s', async (zone) => {
  // Around every change of the clock since 2000, in steps of ten minutes.
  const changes = segmentsOf(zone).filter(
    (s) => s.from > 946_684_800_000_000n && s.from < 2_000_000_000_000_000n,
  );
  const around = [...changes.map((s) => s.from), 1_718_020_800_000_000n];
  const instants = around.flatMap((at) =>
    Array.from({ length: 60 }, (_, i) => at + (BigInt(i) - 30n) * STEP),
  );
  const locals = instants.map((at) => localOf(zone, at));
  const first = new Map<bigint, bigint>();
  for (const [i, local] of locals.entries()) {
    const [at, before] = [instants[i] ?? 0n, first.get(local)];
    if (before === undefined || at < before) first.set(local, at);
  }
  const rows = await session.rows(
    `SELECT l::VARCHAR AS local, epoch_us(${instantOfLocalSql('make_timestamp(l)', zone)})::VARCHAR AS instant
     FROM (VALUES ${locals.map((l) => `(${l})`).join(', ')}) t(l)`,
    z.object({ local: z.string(), instant: z.string() }),
  );
  expect(rows.length).toBe(locals.length);
  for (const row of rows)
    expect([row.local, BigInt(row.instant)]).toEqual([row.local, first.get(BigInt(row.local))]);
});

it('goes by the offset before where the clock skips a time, and keeps what is no time', async () => {
  const sql = (text: string): string => `${instantOfLocalSql(text, 'Europe/Berlin')}::VARCHAR`;
  const row = await session.one(
    `SELECT ${sql("TIMESTAMP '2024-03-31 02:30:00'")} AS skipped, ${sql("TIMESTAMP 'infinity'")} AS never, ${sql('NULL::TIMESTAMP')} AS none`,
    z.object({ skipped: z.string(), never: z.string(), none: z.null() }),
  );
  expect(row).toEqual({ skipped: '2024-03-31 01:30:00', never: 'infinity', none: null });
});
