import { readFileSync } from 'node:fs';
import path from 'node:path';
import { ask } from './databases.ts';
import { installation } from './installation.ts';

/** Points and events of one user in one hour, as text. */
type Totals = { readonly points: string; readonly events: string };

/** The rows of the sample's live table by `user|hour`. */
export type LiveRows = ReadonlyMap<string, Totals>;

/** A row that the faulty worker left wrong: as it is live (null: it is missing), and as it must become. */
export type TruthRow = Totals & {
  readonly user: string;
  readonly key: string;
  readonly action: 'insert' | 'update';
};

/** The live table, straight from PostgreSQL. */
export async function readLiveRows(): Promise<LiveRows> {
  const rows = await ask<{ key: string; points: string; events: string }>(
    'sample',
    `select user_id || '|' || to_char(hour at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"') as key,
       points::text, events::text from points.hourly_points`,
  );
  return new Map(rows.map(({ key, points, events }) => [key, { points, events }]));
}

/** What the sample's generator wrote beside the archive: exactly the rows that must change, and to what. */
export function readTruth(): readonly TruthRow[] {
  const file = path.join(installation().dataDir, 'samples/points/truth.csv');
  const [head, ...lines] = readFileSync(file, 'utf8').trim().split('\n');
  if (head !== 'user_id,hour,action,live_points,live_events,points,events')
    throw new Error(`truth.csv has other columns now: ${head}`);
  return lines.map((line) => {
    const [user = '', hour = '', action, , , points = '', events = ''] = line.split(',');
    if (action !== 'insert' && action !== 'update') throw new Error(`truth.csv: ${line}`);
    return { user, key: `${user}|${hour}`, action, points, events };
  });
}

/** The live rows as they must be once the truth is written into them, and nothing else. */
export function corrected(before: LiveRows, truth: readonly TruthRow[]): LiveRows {
  return new Map([...before, ...truth.map(({ key, points, events }) => [key, { points, events }] as const)]);
}

/** The keys at which two tables differ, with both values. */
export function differences(expected: LiveRows, found: LiveRows): readonly string[] {
  const words = (row: Totals | undefined): string => (row ? `${row.points}/${row.events}` : 'no row');
  return [...new Set([...expected.keys(), ...found.keys()])]
    .map((key) => `${key}: expected ${words(expected.get(key))}, found ${words(found.get(key))}`)
    .filter((line) => !/expected (.*), found \1$/.test(line));
}
