/** A column of the live table as compare and patch need it. */
export type LiveColumn = {
  readonly name: string;
  /** The type in the store's own words: `numeric(18,2)`; for a file the DuckDB type. */
  readonly sqlType: string;
  /** The DuckDB type that holds every value of it exactly. */
  readonly type: string;
  readonly nullable: boolean;
};
