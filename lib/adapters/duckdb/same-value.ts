import { isDecimal } from '#lib/compare/columns';
import { strictSql } from '#lib/compare/values-sql';

/**
 * One text for all writings of a value (`0.3` and `0.30`, a time with `T` or a blank), so that texts of a patch and of a
 * live store can be compared. What is no value of its type stands for itself. NULL stays NULL.
 */
export function sameValueSql(text: string, type: string, zone: string): string {
  if (type === 'VARCHAR') return text;
  const value = `CAST(${strictSql(text, type, zone)} AS VARCHAR)`;
  // of columns with other scales
  const shown = isDecimal(type) ? `regexp_replace(${value}, '[.]0*$|([.][0-9]*[1-9])0+$', '\\1')` : value;
  return `coalesce(${shown}, ${text})`;
}
