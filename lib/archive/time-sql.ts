import { PATTERN } from '#lib/archive/infer';
import { literal } from '#lib/base/sql';

/** SQL: whether text matches a whole pattern. */
export const fullMatch = (v: string, pattern: string): string =>
  `regexp_full_match(${v}, ${literal(`(?:${pattern})`)})`;

const DAY = '(?:000[1-9]|00[1-9][0-9]|0[1-9][0-9]{2}|[1-9][0-9]{3})-(?:0[1-9]|1[0-2])-[0-3][0-9]';
const CLOCK = '(?:[01][0-9]|2[0-3]):[0-5][0-9]';
const FRACTION = '(?:\\.[0-9]{1,6}0*)?';
const LOCAL = `${DAY}[Tt ]${CLOCK}(?::[0-5][0-9]${FRACTION})?`;
const OFFSET = '[+-](?:0[0-9]|1[0-8])(?::?[0-5][0-9])?';
/** Any form with a Z and seconds: cast as it is (DuckDB ignores the Z). */
const UTC = `${DAY}[T ]${CLOCK}:[0-5][0-9]${FRACTION}Z`;

/**
 * The common forms, told without a regular expression, at half the cost: with these positions fixed, a first character
 * not below 0 and an hour from 00 to 23, DuckDB's cast takes nothing but digits in the gaps (time.int.test.ts tries);
 * without a fraction it would also take `5.Z`.
 */
const COMMON = ['____-__-__T__:__:__.______Z', '____-__-__T__:__:__Z', '____-__-__T__:__:__.___Z'];

function isCommon(v: string, shape: string): string {
  const dot = shape.includes('.') ? '' : ` AND NOT contains(${v}, '.')`;
  return `${v} LIKE ${literal(shape)} AND ${v} >= '0001' AND substring(${v}, 12, 2) BETWEEN '00' AND '23'${dot}`;
}

/** SQL: whether text is a time without an offset. */
export const isNaive = (v: string): string => fullMatch(v, LOCAL);

/** SQL: the time of text as DuckDB reads it, without its offset, or NULL. */
const clockTime = (v: string): string =>
  `TRY_CAST(left(${v}, 10) || ' ' || regexp_extract(substr(${v}, 12), '^[0-9:.]+') AS TIMESTAMP)`;

function offsetMinutes(v: string): string {
  const offset = `regexp_extract(${v}, '[+-][0-9]{2}(:?[0-9]{2})?$')`;
  const minutes = `CASE WHEN length(${offset}) > 3 THEN TRY_CAST(right(${offset}, 2) AS INTEGER) ELSE 0 END`;
  return `(CASE WHEN left(${offset}, 1) = '-' THEN -1 ELSE 1 END * (TRY_CAST(substr(${offset}, 2, 2) AS INTEGER) * 60 + ${minutes}))`;
}

/**
 * SQL: text as an instant, a TIMESTAMP in UTC, or NULL where it is none. A time without an offset is read in
 * `zone`; NULL where that is null, or where the zone's clock skips or repeats it.
 */
export function instantOfText(v: string, zone: string | null): string {
  const common = COMMON.map((shape) => `WHEN ${isCommon(v, shape)} THEN TRY_CAST(${v} AS TIMESTAMP)`);
  return `CASE ${common.join(' ')} WHEN ${fullMatch(v, UTC)} THEN TRY_CAST(${v} AS TIMESTAMP)
    WHEN ${fullMatch(v, `${LOCAL} ?[Zz]`)} THEN ${clockTime(v)}
    WHEN ${fullMatch(v, `${LOCAL} ?${OFFSET}`)} THEN ${clockTime(v)} - to_minutes(${offsetMinutes(v)})
    WHEN ${isNaive(v)} THEN ${zone === null ? 'NULL' : instantOfLocal(clockTime(v), zone)} END`;
}

const UTC_ZONES = /^(?:Etc\/)?(?:UTC|UCT|GMT|Zulu|Universal|Greenwich)$/i;

/** SQL: a TIMESTAMP of a zone's clock as an instant in UTC; NULL where that clock skips or repeats it. */
export function instantOfLocal(local: string, zone: string): string {
  if (UTC_ZONES.test(zone)) return local;
  return `CASE WHEN ${isSkipped(local, zone)} OR ${isRepeated(local, zone)} THEN NULL ELSE ${toUtc(local, zone)} END`;
}

const toUtc = (local: string, zone: string): string =>
  `timezone('UTC', timezone(${literal(zone)}, ${local}))`;
const toLocal = (utc: string, zone: string): string => `timezone(${literal(zone)}, timezone('UTC', ${utc}))`;

/** SQL: whether a zone's clock never shows a time: there and back gives another one. */
export const isSkipped = (local: string, zone: string): string =>
  `${toLocal(toUtc(local, zone), zone)} <> ${local}`;

/**
 * SQL: whether a zone's clock shows a time twice. Of the offsets a day before and a day after, both lead to an
 * instant that shows this time, and the instants differ.
 */
export function isRepeated(local: string, zone: string): string {
  const candidate = (shift: string): string => {
    const near = `(${toUtc(local, zone)} ${shift} INTERVAL 1 DAY)`;
    return `(${local} - (${toLocal(near, zone)} - ${near}))`;
  };
  const [before, after] = [candidate('-'), candidate('+')];
  return `(${before} <> ${after} AND ${toLocal(before, zone)} = ${local} AND ${toLocal(after, zone)} = ${local})`;
}

/** SQL: why text is no instant, in words; for values that instantOfText gives NULL for. */
export function instantProblem(v: string, zone: string | null): string {
  const finer = fullMatch(v, PATTERN.instant);
  const dated = fullMatch(v, PATTERN.date);
  const shown = zone === null || UTC_ZONES.test(zone) ? '' : zoneProblem(v, zone);
  return `CASE ${shown} WHEN ${dated} THEN 'has no time of day'
    WHEN ${finer} AND ${clockTime(v)} IS NOT NULL THEN 'is finer than a microsecond'
    ELSE 'is not an ISO 8601 time' END`;
}

const zoneProblem = (v: string, zone: string): string => {
  const there = literal(`in ${zone}`);
  return `WHEN ${isNaive(v)} AND ${isSkipped(clockTime(v), zone)} THEN 'does not exist ' || ${there} || ': its clock skips it'
    WHEN ${isNaive(v)} AND ${isRepeated(clockTime(v), zone)} THEN 'occurs twice ' || ${there} || ': its clock repeats it'`;
};
