import type { LiveColumn } from '#lib/patch/patch';

/** New values of one row's measures; the row number counts data rows from 0. */
export type RowEdits = {
  readonly measures: readonly string[];
  /**
   * Columns that hold instants, with the zone of those without an offset: they are written in the form that the file has them
   * in; all other text stays as it is.
   */
  readonly times: ReadonlyMap<string, string>;
  readonly updates: ReadonlyMap<number, readonly (string | null)[]>;
  readonly deletes: ReadonlySet<number>;
  readonly inserts: readonly NewRow[];
  /** The file that restored rows are taken from, whole. */
  readonly restoreFrom: string | null;
};

export type NewRow =
  | { readonly kind: 'values'; readonly values: ReadonlyMap<string, string | null> }
  | { readonly kind: 'restored'; readonly row: number };

export type RowHandler = (row: number, values: readonly (string | null)[], line: number) => void;

/** A live file as rows. One implementation a format; all values are text. */
export interface FileTable {
  readonly product: string;
  columns(): Promise<readonly LiveColumn[]>;
  /** Exact where it is cheap, else estimated. */
  rowCount(): Promise<number>;
  /** All rows in their order. `line` is where the row starts, or its number from 1. Answers the number of rows. */
  scan(columns: readonly string[], onRow: RowHandler): Promise<number>;
  /** Writes the snapshot form of the port. Answers the number of rows. */
  exportCsv(columns: readonly string[], to: string): Promise<number>;
  /** Writes the file anew with the edits to `to`: other rows unchanged and in order, inserts last. */
  rewrite(edits: RowEdits, to: string): Promise<void>;
}
