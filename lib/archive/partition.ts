import { Failure } from '#lib/base/failure';
import { type Interval, MICROS } from '#lib/base/instant';

export const HIVE_KEYS = ['date', 'dt', 'day', 'hour', 'hr', 'year', 'month'] as const;
type PartitionKey = { readonly key: string; readonly value: string };

/** The `key=value` folders of a path, in order. The file's own name is none. Values may be percent-encoded. */
export function partitionKeys(path: string): readonly PartitionKey[] {
  return path
    .split('/')
    .slice(0, -1)
    .flatMap((segment) => {
      const at = segment.indexOf('=');
      return at < 1 ? [] : [{ key: segment.slice(0, at), value: decoded(segment.slice(at + 1)) }];
    });
}

function decoded(value: string): string {
  try {
    return decodeURIComponent(value);
  } catch {
    return value;
  }
}

export const isHiveKey = (key: string): boolean =>
  (HIVE_KEYS as readonly string[]).includes(key.toLowerCase());

/**
 * The stretch of time that the Hive keys of a path name, in UTC: `date=`, `dt=` or `day=2024-06-10`, or
 * `year=2024/month=6/day=10`, each with or without `hour=` / `hr=`. Null where no key names a time.
 * Failure: archive.format for a known key with a value that is no such time.
 */
export function partitionOf(path: string, keys: readonly PartitionKey[]): Interval | null {
  const known = new Map(keys.map(({ key, value }) => [key.toLowerCase(), value]));
  const day = known.get('day');
  const whole = known.get('date') ?? known.get('dt') ?? (day?.includes('-') ? day : undefined);
  const start = whole === undefined ? fromParts(path, known) : fromDate(path, whole);
  const hour = known.get('hour') ?? known.get('hr');
  if (hour !== undefined && !/^\d{1,2}$/.test(hour)) throw malformed(path, 'hour', hour, '0 to 23');
  if (start === null || start.unit !== 'day' || hour === undefined) {
    return start === null ? null : { from: start.from, to: start.to };
  }
  if (Number(hour) > 23) throw malformed(path, 'hour', hour, '0 to 23');
  const from = start.from + BigInt(hour) * MICROS.hour;
  return { from, to: from + MICROS.hour };
}

type Start = Interval & { readonly unit: 'day' | 'month' | 'year' };

function fromDate(path: string, text: string): Start {
  const m = /^(\d{4})-(\d{2})-(\d{2})$/.exec(text);
  const from = m === null ? null : utc(Number(m[1]), Number(m[2]), Number(m[3]));
  if (from === null) throw malformed(path, 'date', text, 'a day like 2024-06-10');
  return { from, to: from + MICROS.day, unit: 'day' };
}

function fromParts(path: string, known: ReadonlyMap<string, string>): Start | null {
  const [year, month, day] = [known.get('year'), known.get('month'), known.get('day')];
  if (year === undefined) return null;
  const y = /^\d{4}$/.test(year) ? Number(year) : null;
  const m = month === undefined ? 1 : /^\d{1,2}$/.test(month) ? Number(month) : null;
  // a day without its month says nothing that could narrow the year
  const d = day === undefined || month === undefined ? 1 : /^\d{1,2}$/.test(day) ? Number(day) : null;
  if (y === null) throw malformed(path, 'year', year, 'a year of four digits');
  if (m === null || m < 1 || m > 12) throw malformed(path, 'month', month ?? '', '1 to 12');
  const from = d === null ? null : utc(y, m, d);
  if (from === null) throw malformed(path, 'day', day ?? '', 'a day of that month');
  if (month !== undefined && day !== undefined) return { from, to: from + MICROS.day, unit: 'day' };
  const next = month === undefined ? utc(y + 1, 1, 1) : m === 12 ? utc(y + 1, 1, 1) : utc(y, m + 1, 1);
  return { from, to: next ?? from, unit: month === undefined ? 'year' : 'month' };
}

function utc(year: number, month: number, day: number): bigint | null {
  const date = new Date(0);
  date.setUTCFullYear(year, month - 1, day);
  return date.getUTCMonth() === month - 1 && date.getUTCDate() === day
    ? BigInt(date.getTime()) * 1000n
    : null;
}

const malformed = (path: string, key: string, value: string, wanted: string): Failure =>
  new Failure('archive.format', `The path ${path} has ${key}=${value}, which is not ${wanted}.`, {
    fix: 'Correct the folder name, or set `archive.layout: plain` to ignore folder names.',
    at: { file: path },
  });

/** Whether a partition, widened by slack on both sides, meets the times needed. A plain file always does. */
export function meets(partition: Interval | null, needed: readonly Interval[], slackMicros: bigint): boolean {
  if (partition === null) return true;
  return needed.some((n) => partition.from - slackMicros < n.to && n.from < partition.to + slackMicros);
}

/**
 * The stretches for which an archive of partitions has none: between the first and the last opened one, and where it
 * begins or ends inside `range`. Null where it can't show a gap: a plain file has no stretch of its own. Partitions
 * that are there and were not needed are no gap.
 */
export function missingPartitions(
  all: readonly (Interval | null)[],
  opened: readonly (Interval | null)[],
  range: Interval,
): readonly Interval[] | null {
  const parts = opened.filter((p) => p !== null);
  const there = all
    .filter((p) => p !== null)
    .sort((a, b) => (a.from < b.from ? -1 : a.from > b.from ? 1 : 0));
  const [first] = there;
  if (first === undefined || parts.length === 0 || parts.length < opened.length) return null;
  const begin = least([...parts.map((p) => p.from), range.to]);
  const end = most([...parts.map((p) => p.to), range.from]);
  const gaps: Interval[] = [];
  if (first.from > range.from) gaps.push({ from: range.from, to: least([first.from, range.to]) });
  let reached = first.to;
  for (const part of there.slice(1)) {
    if (part.from > reached && part.from > begin && reached < end)
      gaps.push({ from: reached, to: part.from });
    if (part.to > reached) reached = part.to;
  }
  if (reached < range.to) gaps.push({ from: most([reached, range.from]), to: range.to });
  return gaps;
}

const sorted = (all: readonly bigint[]): bigint[] => [...all].sort((a, b) => (a < b ? -1 : a > b ? 1 : 0));
const least = (all: readonly bigint[]): bigint => sorted(all)[0] ?? 0n;
const most = (all: readonly bigint[]): bigint => sorted(all).at(-1) ?? 0n;
