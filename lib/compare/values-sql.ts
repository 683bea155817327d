import { instantOfText } from '#lib/archive/time-sql';
import { literal } from '#lib/base/sql';
import { type ComparedColumn, isDecimal, isFloat, isInstant, isInteger, scaleOf } from '#lib/compare/columns';
import { instantOfLocalSql } from '#lib/window/local-sql';

const OFFSET = '(?:[zZ]|[+-][0-9]{2}(?::?[0-9]{2})?)$';

/**
 * An instant's text -> UTC TIMESTAMP; NULL where it is none. A text without an offset is local time of `zone`, of two
 * that look the same the first. DuckDB's cast to TIMESTAMP is cheap and ignores offsets: it serves where there is none.
 */
function instantSql(text: string, zone: string): string {
  const plain = `TRY_CAST(${text} AS TIMESTAMP)`;
  const local = zone === 'UTC' ? plain : instantOfLocalSql(plain, zone);
  return `CASE WHEN ${text} LIKE '%Z' THEN ${plain}
    WHEN regexp_matches(substr(${text}, 11), '${OFFSET}') THEN ${instantOfText(text, null)} ELSE ${local} END`;
}

/**
 * A live value's text as its type, or NULL where it does not fit exactly. Stricter than TRY_CAST, which rounds
 * decimals and reads `1.75` as the integer 2.
 */
export function strictSql(text: string, type: string, zone: string): string {
  if (isInteger(type))
    return `CASE WHEN regexp_full_match(${text}, '[+-]?[0-9]+') THEN TRY_CAST(${text} AS ${type}) END`;
  if (isDecimal(type))
    return `CASE WHEN regexp_full_match(${text}, '[+-]?[0-9]+([.][0-9]+)?') THEN ${decimalSql(text, type)} END`;
  if (isInstant(type)) return instantSql(text, zone);
  if (type === 'VARCHAR') return text;
  return `TRY_CAST(${text} AS ${type})`;
}

/** The cast to a decimal of more than 18 digits takes 16 µs a value; most fit the narrow one, a hundred times faster. */
function decimalSql(text: string, type: string): string {
  const scale = scaleOf(type);
  if (scale > 18) return `TRY_CAST(${text} AS ${type})`;
  return `coalesce(TRY_CAST(${text} AS DECIMAL(18,${scale}))::${type}, TRY_CAST(${text} AS ${type}))`;
}

/** A value as the one text that leaves Recount. */
export function textSql(value: string, type: string): string {
  if (type === 'TIMESTAMP') return `strftime(${value}, '%Y-%m-%dT%H:%M:%S.%fZ')`;
  if (type === 'TIMESTAMP WITH TIME ZONE')
    return `strftime(timezone('UTC', ${value}), '%Y-%m-%dT%H:%M:%S.%fZ')`;
  return `CAST(${value} AS VARCHAR)`;
}

/**
 * The digits after the point that a number is written with at least, where its type has more of them: those of the
 * expression. A live column without a scale of its own is compared with as many digits as all its values need. Null
 * where the type says how a number is written.
 */
export function ownDigits({ type, from, sqlType }: ComparedColumn): number | null {
  const isOpen = /^(?:varchar|numeric)$/i.test(sqlType) && isDecimal(type);
  const digits = scaleOf(from);
  return isOpen && (isDecimal(from) || isInteger(from)) && digits < scaleOf(type) ? digits : null;
}

/** A number's text with `digits` after the point, and with more only where they are not zero: by this value alone. */
export function digitsSql(text: string, type: string, digits: number | null): string {
  if (digits === null) return text;
  // the first match from the left takes as many zeros as stand there, at most those that are too many
  return `regexp_replace(${text}, '${digits === 0 ? '[.]?' : ''}0{1,${scaleOf(type) - digits}}$', '')`;
}

/** A number's text as a column's numbers are written. */
export const ownScaleSql = (text: string, column: ComparedColumn): string =>
  digitsSql(text, column.type, ownDigits(column));

/** A value in the live store's own text form, for the patch: local time without `Z` where the column has no zone. */
export function storeTextSql(value: string, column: ComparedColumn, zone: string): string {
  if (!isInstant(column.type)) return textSql(value, column.type);
  if (column.zoned) return textSql(value, 'TIMESTAMP');
  const local = zone === 'UTC' ? value : `timezone(${literal(zone)}, timezone('UTC', ${value}))`;
  if (/^date$/i.test(column.sqlType)) return `strftime(${local}, '%Y-%m-%d')`;
  return `strftime(${local}, '%Y-%m-%dT%H:%M:%S.%f')`;
}

/** A recalculated value brought to the live column's type; NULL where the type cannot hold it. */
export function broughtSql(value: string, column: ComparedColumn): string {
  if (column.from === column.type) return value;
  if (isInstant(column.type))
    return isInstant(column.from) ? utcSql(value, column.from) : `TRY_CAST(${value} AS TIMESTAMP)`;
  // Through text, since the cast from a wide decimal to a float does not always give the nearest one.
  if (isFloat(column.type) && isDecimal(column.from))
    return `TRY_CAST(CAST(${value} AS VARCHAR) AS ${column.type})`;
  return `TRY_CAST(${value} AS ${column.type})`;
}

const utcSql = (value: string, type: string): string =>
  type === 'TIMESTAMP' ? value : `timezone('UTC', ${value})`;

/**
 * True where bringing a value to the live column's type changed it. A decimal's nearest float is no change; an
 * integer that a float cannot hold is one.
 */
export function changedByTypeSql(value: string, brought: string, column: ComparedColumn): string {
  const most = mostCharacters(column);
  if (most !== null) return `coalesce(length(${brought}) > ${most}, false)`;
  const digits = secondDigits(column);
  if (digits !== null)
    return `(${value} IS NOT NULL AND coalesce(epoch_us(${brought}) % ${10 ** (6 - digits)} <> 0, true))`;
  if (column.from === column.type) return 'false';
  const lost = `(${value} IS NOT NULL AND ${brought} IS NULL)`;
  if (isFloat(column.type) && isDecimal(column.from)) return lost;
  if (isInstant(column.type)) return lost;
  return `(${lost} OR TRY_CAST(${brought} AS ${column.from}) IS DISTINCT FROM ${value})`;
}

/** How many characters a text column of the live store takes; null where it takes any number. */
export function mostCharacters({ type, sqlType }: Pick<ComparedColumn, 'type' | 'sqlType'>): number | null {
  const found = /^(?:character varying|varchar|character|char|bpchar)\((\d+)\)$/i.exec(sqlType);
  return type === 'VARCHAR' && found !== null ? Number(found[1]) : null;
}

/** How many digits of the second a live column's times have; null where it takes all six. */
export function secondDigits({ sqlType }: Pick<ComparedColumn, 'sqlType'>): number | null {
  const digits = /^timestamp\(([0-5])\) with(?:out)? time zone$/i.exec(sqlType)?.[1];
  return digits === undefined ? null : Number(digits);
}

/** True where two values of a column are equal: floats by tolerance, NaN = NaN, NULL only with NULL. */
export function equalSql(a: string, b: string, column: ComparedColumn): string {
  if (!isFloat(column.type) || column.tolerance === null) return `${a} IS NOT DISTINCT FROM ${b}`;
  return `(${a} IS NOT DISTINCT FROM ${b} OR coalesce(abs(${a} - ${b}) <= ${literal(column.tolerance)}::DOUBLE, false))`;
}
