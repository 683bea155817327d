import type { DiscrepancyRow } from '#lib/compare/discrepancy';
import type { Summary } from '#lib/replay/run';

type Cells = Summary['cells'];

/** Rows that were compared: every class, whatever it came to. */
export const compared = (cells: Cells): number =>
  cells.match + cells.changed + cells.missing_in_live + cells.only_in_live + cells.deleted + cells.superseded;

/** Rows that differ. Superseded rows hold the newest event already: nothing is wrong with them. */
export const differing = (cells: Cells): number =>
  cells.changed + cells.missing_in_live + cells.only_in_live + cells.deleted;

/** Rows that agree with the archive. */
export const agreeing = (cells: Cells): number => cells.match + cells.superseded;

/** True where the patch of a run writes a row, unless it is left out. Rows only in live stay where the plan keeps them. */
export const isWritten = (
  row: Pick<DiscrepancyRow, 'class'>,
  { cells, patch }: Pick<Summary, 'cells' | 'patch'>,
): boolean => (row.class === 'only_in_live' ? patch.deletes > cells.deleted : row.class !== 'superseded');

/** Rows that the patch writes, those that are left out included. */
export const toPatch = ({ updates, inserts, deletes }: Summary['patch']): number =>
  updates + inserts + deletes;
