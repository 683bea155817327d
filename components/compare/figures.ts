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

/** Rows that the patch writes. */
export const toPatch = ({ updates, inserts, deletes }: Summary['patch']): number =>
  updates + inserts + deletes;
