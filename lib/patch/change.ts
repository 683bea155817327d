import { formatDecimal, parseDecimal, subtractDecimal } from '#lib/base/decimal';
import { isFloat, isNumeric } from '#lib/compare/columns';

/**
 * What a write changes a value by: after minus before, a missing row or NULL counting as 0. Null where both are NULL, for
 * what is no number, and where a float is not finite. `type` is the column's DuckDB type; integers and decimals are exact.
 */
export function changeOf(before: string | null, after: string | null, type: string): string | null {
  if ((before === null && after === null) || !isNumeric(type)) return null;
  if (isFloat(type)) return floatChange(Number(before ?? 0), Number(after ?? 0));
  const [was, is] = [parseDecimal(before ?? '0'), parseDecimal(after ?? '0')];
  return was === null || is === null ? null : formatDecimal(subtractDecimal(is, was));
}

const floatChange = (before: number, after: number): string | null =>
  Number.isFinite(after - before) ? String(after - before) : null;
