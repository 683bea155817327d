import fc from 'fast-check';
import { Temporal } from 'temporal-polyfill';
import { Bug } from '#lib/base/failure';
import { formatInstant, type Instant, type Interval, MICROS } from '#lib/base/instant';
import type {
  ArchiveColumn,
  ArchiveFile,
  ArchiveForm,
  ArchiveRow,
} from '#lib/compare/oracle/archive-text.testing';
import type { OracleEvent, OracleFile, OracleValue } from '#lib/compare/oracle/incident';
import { compareText, formatValue } from '#lib/compare/oracle/values';

/** A record before it is put into a file: `near` is the time by which its partition is chosen. */
export type Placed = { readonly event: OracleEvent; readonly near: Instant };

/** What chance decides about an archive's files. */
export const RAW_ARCHIVE = fc.record({
  layout: fc.constantFrom(
    'one',
    'two',
    'two',
    'three',
    'dt',
    'dt/hour',
    'date/hr',
    'year/month/day',
    'day/hour',
    'year/month',
  ),
  read: fc.constantFrom('auto', 'auto', 'auto', 'plain'),
  slack: fc.constantFrom('2h', '2h', '0s', '30m', '1d'),
  forms: fc.array(fc.constantFrom<ArchiveForm>('csv', 'lines', 'concatenated', 'array', 'parquet'), {
    minLength: 6,
    maxLength: 6,
  }),
  oneForm: fc.boolean(),
  styles: fc.array(fc.nat({ max: 209 }), { minLength: 6, maxLength: 6 }),
  /** A file without rows beside the others. */
  empty: fc.constantFrom<'none' | 'bytes' | ArchiveForm>(
    'none',
    'none',
    'none',
    'bytes',
    'csv',
    'lines',
    'array',
    'parquet',
  ),
  /** A plain file beside Hive folders, with every fifth record. */
  loose: fc.integer({ min: 0, max: 9 }).map((n) => n === 7),
  /** Times of Parquet: with a zone, without one, or all columns as text. */
  parquet: fc.constantFrom('zoned', 'zoned', 'naive', 'text'),
  timezone: fc.constantFrom(null, null, 'UTC', 'Europe/Berlin'),
  inferred: fc.boolean(),
});
export type RawArchive = typeof RAW_ARCHIVE extends fc.Arbitrary<infer T> ? T : never;

export const CONTENT = [
  ...['user_id', 'region', 'kind', 'value', 'qty', 'n', 'note', 'score', 'big', 'huge', 'flag'],
] as const;
const PARQUET_TYPES: Readonly<Record<string, string>> = {
  region: 'BIGINT',
  value: 'DECIMAL(18,2)',
  qty: 'BIGINT',
  n: 'INTEGER',
  score: 'DOUBLE',
  big: 'DECIMAL(38,2)',
  huge: 'DECIMAL(38,0)',
  flag: 'BOOLEAN',
  seq: 'BIGINT',
};

/** The files of an archive, the same as the oracle sees them, and in which of them each record stands. */
export type Archive = {
  readonly files: readonly ArchiveFile[];
  readonly oracleFiles: readonly OracleFile[];
  readonly events: readonly OracleEvent[];
};

export const hasParquet = ({ forms, empty }: RawArchive): boolean => [...forms, empty].includes('parquet');

/** Puts records into files, in another order than they came. `plain`: folder names say nothing. */
export function archiveOf(raw: RawArchive, placed: readonly Placed[], sequenced: boolean): Archive {
  const folders = new Map<string, { partition: Interval | null; records: { placed: Placed; i: number }[] }>();
  // the order of records and their files must not matter
  const shuffled = placed
    .map((p, i) => ({ placed: p, i, at: (i * 31 + 7) % 37 }))
    .sort((a, b) => a.at - b.at);
  shuffled.forEach(({ placed: p, i }, at) => {
    const { folder, partition } = raw.loose && i % 5 === 4 ? LOOSE : folderOf(raw, p.near, at, placed.length);
    const entry = folders.get(folder) ?? { partition, records: [] };
    entry.records.push({ placed: p, i });
    folders.set(folder, entry);
  });
  const columns = columnsOf(raw, sequenced);
  const named = [...folders].map(([folder, { partition, records }], f) => {
    const form = (raw.oneForm ? raw.forms[0] : raw.forms[f % raw.forms.length]) ?? 'csv';
    const style = raw.styles[f % raw.styles.length] ?? 0;
    const rows = records.map(({ placed: { event }, i }) => rowOf(raw, columns, event, i, form === 'parquet'));
    const file = fileAt(folder, form, style, columns, rows);
    return { file, partition, records };
  });
  const empty = emptyFile(raw, columns);
  const all = [...named, ...(empty === null ? [] : [{ file: empty, partition: null, records: [] }])];
  all.sort((a, b) => compareText(a.file.path, b.file.path));
  const at = new Map(all.flatMap(({ records }, file) => records.map(({ i }) => [i, file] as const)));
  return {
    files: all.map((a) => a.file),
    oracleFiles: all.map(({ file, partition }) => ({
      path: file.path,
      partition: raw.read === 'plain' ? null : partition,
      hasNoColumns: file.rows.length === 0 && file.form !== 'csv' && file.form !== 'parquet',
    })),
    events: placed.map(({ event }, i) => ({ ...event, file: at.get(i) ?? 0 })),
  };
}

const LOOSE = { folder: 'archive/loose', partition: null };
const EXTENSIONS: Readonly<Record<ArchiveForm, readonly string[]>> = {
  csv: ['.csv', '.csv', '.log', ''],
  lines: ['.jsonl', '.ndjson', '.json', '.csv', '.txt', ''],
  concatenated: ['.json', '.dat', ''],
  array: ['.json', '.csv', ''],
  parquet: ['.parquet', '.parquet', '.csv', '.json', ''],
};
const COMPRESSIONS = ['none', 'none', 'none', 'gzip', 'none', 'zstd'] as const;

function fileAt(
  folder: string,
  form: ArchiveForm,
  style: number,
  columns: readonly ArchiveColumn[],
  rows: readonly ArchiveRow[],
): ArchiveFile {
  const extension = EXTENSIONS[form][style % EXTENSIONS[form].length] ?? '';
  const compression = form === 'parquet' ? 'none' : (COMPRESSIONS[style % COMPRESSIONS.length] ?? 'none');
  const ending = { none: '', gzip: '.gz', zstd: '.zst' }[compression];
  return { path: `${folder}${extension}${ending}`, form, compression, columns, rows, style };
}

function emptyFile(raw: RawArchive, columns: readonly ArchiveColumn[]): ArchiveFile | null {
  if (raw.empty === 'none') return null;
  const form = raw.empty === 'bytes' ? 'lines' : raw.empty;
  const file = fileAt('archive/nothing', form, 0, raw.empty === 'bytes' ? [] : columns, []);
  return raw.empty === 'bytes' ? { ...file, path: 'archive/nothing.csv' } : file;
}

const PARTS = new Map<string, number>([
  ['one', 1],
  ['two', 2],
  ['three', 3],
]);

/** Where a record lies, without the extension, and the stretch that the folders name, in UTC. */
function folderOf(raw: RawArchive, near: Instant, at: number, count: number) {
  const parts = PARTS.get(raw.layout);
  if (parts !== undefined) {
    const part = Math.floor((at * parts) / Math.max(count, 1));
    return { folder: `archive/${['two', 'one', 'three'][part] ?? 'more'}`, partition: null };
  }
  const t = Temporal.Instant.fromEpochMilliseconds(
    Number((near - (((near % 1000n) + 1000n) % 1000n)) / 1000n),
  );
  const utc = t.toZonedDateTimeISO('UTC');
  const day = utc.toPlainDate().toString();
  const start = utc.round({
    smallestUnit: raw.layout.includes('h') && /h(ou)?r/.test(raw.layout) ? 'hour' : 'day',
    roundingMode: 'floor',
  });
  const month = utc.with({ day: 1 }).startOfDay();
  const two = (n: number): string => String(n).padStart(2, '0');
  const stretch = (from: Temporal.ZonedDateTime, of: Temporal.DurationLike): Interval => ({
    from: BigInt(from.epochMilliseconds) * 1000n,
    to: BigInt(from.add(of).epochMilliseconds) * 1000n,
  });
  const hour = stretch(start, { hours: 1 });
  const whole = stretch(start, { days: 1 });
  switch (raw.layout) {
    case 'dt':
      return { folder: `archive/dt=${day}/a`, partition: whole };
    case 'dt/hour':
      return { folder: `archive/dt=${day}/hour=${two(utc.hour)}/a`, partition: hour };
    case 'date/hr':
      return { folder: `archive/date=${day}/hr=${utc.hour}/a`, partition: hour };
    case 'day/hour':
      return { folder: `archive/day=${day}/hour=${two(utc.hour)}/a`, partition: hour };
    case 'year/month/day':
      return {
        folder: `archive/year=${utc.year}/month=${utc.month}/day=${two(utc.day)}/a`,
        partition: whole,
      };
    case 'year/month':
      return {
        folder: `archive/year=${utc.year}/month=${two(utc.month)}/a`,
        partition: stretch(month, { months: 1 }),
      };
    default:
      throw new Bug(`no layout ${raw.layout}`);
  }
}

function columnsOf(raw: RawArchive, sequenced: boolean): ArchiveColumn[] {
  const times = raw.parquet === 'naive' && isExactZone(raw) ? 'TIMESTAMP' : 'TIMESTAMPTZ';
  const typed = (sql: string): string => (raw.parquet === 'text' ? 'VARCHAR' : sql);
  const column = (name: string): ArchiveColumn => ({
    name,
    bare: name in PARQUET_TYPES,
    sql: typed(PARQUET_TYPES[name] ?? 'VARCHAR'),
  });
  const time = (name: string): ArchiveColumn => ({ name, bare: false, sql: typed(times) });
  return [
    column('event_id'),
    time('at'),
    time('arrived'),
    ...(sequenced ? [column('seq')] : []),
    ...CONTENT.map(column),
  ];
}

/** Parquet's times without a zone are written where every instant can be: in UTC. */
const isExactZone = (raw: RawArchive): boolean => raw.timezone === 'UTC';

/** A record's fields as text. A typed Parquet has no place for a time that is none: NULL, which is as unusable. */
function rowOf(
  raw: RawArchive,
  columns: readonly ArchiveColumn[],
  event: OracleEvent,
  i: number,
  parquet: boolean,
): ArchiveRow {
  const typed = parquet && raw.parquet !== 'text';
  const naive = parquet && columns.some((c) => c.sql === 'TIMESTAMP');
  const time = (instant: Instant | null, turn: number): string | null => {
    if (instant === null) return null;
    // a time that Parquet holds as text is content as text: copies spell it the same
    if (raw.parquet === 'text') return formatInstant(instant);
    if (!typed) return timeText(instant, turn, raw.timezone);
    return naive ? formatInstant(instant).slice(0, -1) : formatInstant(instant);
  };
  const noTime = i % 2 === 0 || typed ? null : 'yesterday';
  return columns.map(({ name }) => {
    if (name === 'event_id') return event.id;
    if (name === 'at') return event.time === null ? noTime : time(event.time, i);
    if (name === 'arrived') return time(event.arrived, i + 1);
    if (name === 'seq') return event.sequence === null ? null : String(event.sequence);
    if (name === 'value' && event.misfit === true) return i % 2 ? '1.005' : 'one';
    return fieldText(raw, name, event.fields[name] ?? null);
  });
}

/** A column that nothing uses is text, and so content as it is spelled: beside Parquet a NaN is spelled as there. */
function fieldText(raw: RawArchive, name: string, value: OracleValue): string | null {
  if (typeof value === 'number' && Number.isNaN(value)) return hasParquet(raw) ? 'nan' : 'NaN';
  if (typeof value === 'number') return formatValue(value, 'float');
  return formatValue(value, name === 'value' || name === 'big' ? { scale: 2 } : 'text');
}

/** The same instant in one of the forms that archives have. */
function timeText(instant: Instant, i: number, timezone: string | null): string {
  const full = formatInstant(instant);
  if (i % 4 === 0) return full;
  if (i % 4 === 1) return full.replace(/\.?0+Z$/, 'Z');
  const local = i % 4 === 3 && timezone !== null ? localText(instant, timezone) : null;
  return local ?? formatInstant(instant + 2n * MICROS.hour).replace('Z', '+02:00');
}

/** A local time without an offset; null where the zone says it twice, unless the first of the two is meant. */
export function localText(
  instant: Instant,
  timezone: string,
  repeated: 'first' | 'null' = 'null',
): string | null {
  const micros = ((instant % 1000n) + 1000n) % 1000n;
  const zoned = Temporal.Instant.fromEpochMilliseconds(Number((instant - micros) / 1000n)).toZonedDateTimeISO(
    timezone,
  );
  const local = zoned.toPlainDateTime();
  const last = local.toZonedDateTime(timezone, { disambiguation: 'later' });
  const first = local.toZonedDateTime(timezone, { disambiguation: 'earlier' });
  if (repeated === 'null' && first.epochMilliseconds !== last.epochMilliseconds) return null;
  return local.add({ microseconds: Number(micros) }).toString({ fractionalSecondDigits: 6 });
}
