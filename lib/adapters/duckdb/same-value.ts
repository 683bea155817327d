import { strictSql } from '#lib/compare/values-sql';

/**
 * One text for all writings of a value (`0.3` and `0.30`, a time with `T` or a blank), so that texts of a patch and of a
 * live store can be compared. What is no value of its type stands for itself. NULL stays NULL.
 */
export const sameValueSql = (text: string, type: string, zone: string): string =>
  type === 'VARCHAR' ? text : `coalesce(CAST(${strictSql(text, type, zone)} AS VARCHAR), ${text})`;
