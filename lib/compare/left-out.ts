/** A row that the operator leaves out of the patch, by its position in discrepancies.csv. */
export type LeftOutRow = { readonly row: number; readonly reason: string };

/** The reason of every row that is left out. */
export type LeftOut = ReadonlyMap<number, string>;

/** What decides whether a row that differs is written. */
export type PatchScope = { readonly leftOut: LeftOut; readonly onlyInLive: 'keep' | 'delete' };

/** TRUE for the rows of a list, of whatever length: the numbers go as one text, which is read faster than a list. */
export const rowListSql = (rows: readonly number[]): string =>
  rows.length === 0 ? 'false' : `(row IN (SELECT unnest(string_split('${rows.join(',')}', ',')::BIGINT[])))`;
