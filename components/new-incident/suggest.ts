import type { ArchiveGlance } from '#lib/archive/survey';
import type { LiveTable } from '#lib/patch/live-store';
import type { LiveColumn } from '#lib/patch/patch';

/** What is proposed from names and types. Proposals are shown as such and changed freely. */
export type TableGuess = {
  readonly state: 'window' | 'bucketed';
  readonly keys: readonly string[];
  readonly bucket: string | null;
  readonly size: string;
};

const TIME_TYPE = /^(timestamp|date)/i;
const NUMBER_TYPE = /^(u?(tiny|small|big|huge)?int(eger)?|decimal|numeric|float|real|double)/i;
const COUNT_NAME = /^(events?|n|cnt|count|counts|num|number|hits|orders|.*_(count|events|cnt))$/i;
const BUCKET_NAME = /(^|_)(minute|hour|day|date|week|month|bucket|period|slot)($|_)/i;
const DAY_NAME = /(^|_)(day|date|dt)($|_)/i;
const MINUTE_NAME = /(^|_)minute($|_)/i;

export const isTime = (column: LiveColumn): boolean =>
  TIME_TYPE.test(column.type) || TIME_TYPE.test(column.sqlType);
export const isNumber = (column: LiveColumn): boolean => NUMBER_TYPE.test(column.type);

const same = (a: string, b: string): boolean => a.toLowerCase() === b.toLowerCase();

/** Reads a live table: its unique columns are the key, and a time among them is the bucket. */
export function guessTable(table: LiveTable): TableGuess {
  const unique = table.uniqueKeys[0] ?? [];
  const columns =
    unique.length > 0 ? table.columns.filter((column) => unique.includes(column.name)) : table.columns;
  const bucket = columns.find(isTime) ?? null;
  const keys = unique.filter((name) => name !== bucket?.name);
  const hinted = bucket !== null && (unique.length > 0 || BUCKET_NAME.test(bucket.name));
  return {
    state: hinted ? 'bucketed' : 'window',
    keys,
    bucket: hinted ? bucket.name : null,
    size: hinted ? guessSize(bucket) : '1h',
  };
}

function guessSize(bucket: LiveColumn): string {
  if (/^date$/i.test(bucket.type) || DAY_NAME.test(bucket.name)) return '1d';
  return MINUTE_NAME.test(bucket.name) ? '1m' : '1h';
}

/** The expression for a key column: the archive's column of the same name, else the one that looks like a key. */
export function guessKey(key: string, glance: ArchiveGlance | null): string {
  const named = glance?.columns.find((column) => same(column.name, key));
  return named?.name ?? glance?.guess.key ?? '';
}

/** Aggregates that may fill a live column, the likeliest first. */
export function suggestMeasures(column: LiveColumn, glance: ArchiveGlance | null): readonly string[] {
  const named = glance?.columns.find((own) => same(own.name, column.name))?.name ?? null;
  const value = glance?.guess.value ?? null;
  if (isTime(column)) {
    const time = glance?.guess.time ?? null;
    return time === null ? [] : [`max(${quoted(time)})`, `min(${quoted(time)})`];
  }
  const sums = [named, value].filter((name) => name !== null).map((name) => `sum(${quoted(name)})`);
  const counts = isNumber(column) ? ['count(*)'] : [];
  const all = COUNT_NAME.test(column.name) ? [...counts, ...sums] : [...sums, ...counts];
  return [...new Set(isNumber(column) ? all : named === null ? [] : [`last(${quoted(named)})`])];
}

/** The columns that are filled in at once: only where a name or its kind speaks for it. */
export function guessMeasures(
  table: LiveTable,
  taken: readonly string[],
  glance: ArchiveGlance | null,
): Record<string, string> {
  const free = table.columns.filter((column) => !taken.includes(column.name) && isNumber(column));
  const pairs = free.flatMap((column) => {
    const named = glance?.columns.some((own) => same(own.name, column.name)) ?? false;
    const [first] = suggestMeasures(column, glance);
    const sure = named || COUNT_NAME.test(column.name) || free.length === 1 || /total|sum/i.test(column.name);
    return first !== undefined && sure ? [[column.name, first] as const] : [];
  });
  return Object.fromEntries(pairs);
}

/** A column as an expression names it: quoted where it is no plain word. */
export const quoted = (name: string): string =>
  /^[a-z_][a-z0-9_]*$/i.test(name) ? name : `"${name.replaceAll('"', '""')}"`;
