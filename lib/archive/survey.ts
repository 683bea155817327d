import type { Column, Warning } from '#lib/archive/archive';

/** What Recount found when it read a whole archive once, for the new-incident form and the archive stage. */
export type Survey = {
  readonly files: number;
  readonly bytes: string;
  readonly formats: readonly string[];
  readonly layout: 'plain' | 'hive';
  readonly columns: readonly (Column & { readonly sample: readonly (string | null)[] })[];
  /** First rows, every value as text in the order of `columns`. */
  readonly sampleRows: readonly (readonly (string | null)[])[];
  readonly records: string;
  readonly accepted: string;
  readonly duplicates: string;
  readonly rejected: string;
  /** At most 100, in file and line order. */
  readonly rejects: readonly {
    readonly file: string;
    readonly line: string;
    readonly reason: string;
    readonly record: string;
  }[];
  /** ISO instants; null where nothing is readable. */
  readonly time: { readonly first: string; readonly last: string } | null;
  readonly arrival: { readonly first: string; readonly last: string } | null;
  readonly manifestSha256: string;
  readonly warnings: readonly Warning[];
};

/** What can be told of an archive before its columns are mapped: a guess with samples. */
export type ArchiveGlance = {
  readonly files: readonly { readonly path: string; readonly bytes: string }[];
  readonly filesTotal: number;
  readonly bytes: string;
  readonly formats: readonly string[];
  readonly layout: 'plain' | 'hive';
  readonly columns: readonly (Column & { readonly sample: readonly (string | null)[] })[];
  /** Names of the keys in the folders' names (`country=de`): columns too, of no file. */
  readonly partitionKeys: readonly string[];
  /** Column names by likely role; null where no column looks like it. */
  readonly guess: {
    readonly id: string | null;
    readonly time: string | null;
    readonly ingested: string | null;
    readonly sequence: string | null;
    readonly key: string | null;
    readonly value: string | null;
  };
  readonly timesNeedZone: boolean;
};
