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
const TIME_NAME = /(^|_)(at|on|ts|time|timestamp|date|datetime|until|upto)$/i;
const NUMBER_TYPE = /^(u?(tiny|small|big|huge)?int(eger)?|decimal|numeric|float|real|double)/i;
const COUNT_NAME = /^(events?|n|cnt|count|counts|num|number|hits|orders|.*_(count|events|cnt))$/i;
const BUCKET_NAME = /(^|_)(minute|hour|day|date|week|month|bucket|period|slot)($|_)/i;
const DAY_NAME = /(^|_)(day|date|dt)($|_)/i;
const MINUTE_NAME = /(^|_)minute($|_)/i;

export const isTime = (column: LiveColumn): boolean =>
  TIME_TYPE.test(column.type) || TIME_TYPE.test(column.sqlType);
/** Whether a column may say when: a time, or in a file, which has no types, one that is called so. */
export const maySayWhen = (table: LiveTable, column: LiveColumn): boolean =>
  isTime(column) || (table.identity.kind === 'file' && TIME_NAME.test(column.name));
export const isNumber = (column: LiveColumn): boolean => NUMBER_TYPE.test(column.type);

const same = (a: string, b: string): boolean => a.toLowerCase() === b.toLowerCase();

/** Reads a live table: its unique columns are the key, and a time among them is the bucket. A file has names only. */
export function guessTable(table: LiveTable, glance: ArchiveGlance | null): TableGuess {
  const isFile = table.identity.kind === 'file';
  const unique = table.uniqueKeys[0] ?? [];
  const columns = table.columns.filter((column) => unique.length === 0 || unique.includes(column.name));
  const bucket =
    columns.find((column) => (isTime(column) && unique.length > 0) || BUCKET_NAME.test(column.name)) ?? null;
  const likely = columns.filter((column) => glance?.guess.key != null && same(column.name, glance.guess.key));
  const keys = unique.length > 0 ? unique : isFile ? likely.map((column) => column.name) : [];
  return {
    state: bucket === null ? 'window' : 'bucketed',
    keys: keys.filter((name) => name !== bucket?.name),
    bucket: bucket?.name ?? null,
    size: bucket === null ? '1h' : guessSize(bucket),
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
export function suggestMeasures(
  table: LiveTable,
  column: LiveColumn,
  glance: ArchiveGlance | null,
): readonly string[] {
  if (isTime(column)) {
    const time = glance?.guess.time ?? null;
    return time === null ? [] : [`max(${quoted(time)})`, `min(${quoted(time)})`];
  }
  const named = namesake(column, glance);
  if (!mayHoldNumbers(table, column, glance)) return named === null ? [] : [`last(${quoted(named.name)})`];
  const value = glance?.guess.value ?? null;
  const sums = [named?.name ?? null, value]
    .filter((name) => name !== null)
    .map((name) => `sum(${quoted(name)})`);
  return [...new Set(COUNT_NAME.test(column.name) ? ['count(*)', ...sums] : [...sums, 'count(*)'])];
}

/** What a row that holds the newest event may take from it: the column of the same name, else the one with a value. */
export function suggestLatest(column: LiveColumn, glance: ArchiveGlance | null): readonly string[] {
  const { time = null, value = null } = glance?.guess ?? {};
  const name = namesake(column, glance)?.name ?? (isTime(column) ? time : isNumber(column) ? value : null);
  return name === null ? [] : [`last(${quoted(name)})`];
}

/** The columns that are filled in at once: only where a name or its kind speaks for it. */
export function guessMeasures(
  table: LiveTable,
  taken: readonly string[],
  glance: ArchiveGlance | null,
  state: string | undefined,
): Record<string, string> {
  if (state === 'latest') return guessLatest(table, taken, glance);
  const free = table.columns.filter(
    (column) => !taken.includes(column.name) && mayHoldNumbers(table, column, glance),
  );
  const pairs = free.flatMap((column) => {
    const [first] = suggestMeasures(table, column, glance);
    const named = namesake(column, glance) !== null;
    const sure = named || COUNT_NAME.test(column.name) || free.length === 1 || /total|sum/i.test(column.name);
    return first !== undefined && sure ? [[column.name, first] as const] : [];
  });
  return Object.fromEntries(pairs);
}

/** A row that holds the newest event has its fields: each column whose name the archive has too. */
function guessLatest(
  table: LiveTable,
  taken: readonly string[],
  glance: ArchiveGlance | null,
): Record<string, string> {
  const named = table.columns.filter(
    (column) => !taken.includes(column.name) && namesake(column, glance) !== null,
  );
  return Object.fromEntries(
    named.map((column) => [column.name, suggestLatest(column, glance)[0] ?? ''] as const),
  );
}

const namesake = (column: LiveColumn, glance: ArchiveGlance | null) =>
  glance?.columns.find((own) => same(own.name, column.name)) ?? null;

/** Whether a column holds numbers: by its type, and in a file, which has none, by its namesake in the archive. */
function mayHoldNumbers(table: LiveTable, column: LiveColumn, glance: ArchiveGlance | null): boolean {
  if (table.identity.kind !== 'file' || !/^varchar$/i.test(column.type)) return isNumber(column);
  const named = namesake(column, glance);
  return named === null || NUMBER_TYPE.test(named.type);
}

/** A column as an expression names it: quoted where it is no plain word. */
export const quoted = (name: string): string =>
  /^[a-z_][a-z0-9_]*$/i.test(name) ? name : `"${name.replaceAll('"', '""')}"`;
