import type { ListedFile, StagedArchive } from '#lib/archive/archive';
import type { FieldMap, Format, Layout } from '#lib/plan/plan';

export type StageLimits = {
  /** Bytes that one file may have after decompression. */
  readonly maxDecompressedBytes: number;
  /** Decompressed over compressed bytes, asked for files of more than 8 MiB decompressed. */
  readonly maxGzipRatio: number;
  readonly maxZstdRatio: number;
  readonly maxRecordBytes: number;
  readonly maxColumns: number;
};

export const STAGE_LIMITS: StageLimits = {
  maxDecompressedBytes: 1024 ** 4,
  maxGzipRatio: 200,
  maxZstdRatio: 1000,
  maxRecordBytes: 1024 ** 2,
  maxColumns: 2000,
};

/** How an archive is to be read: the plan's part of it, and where the staged form lies. */
export type StageSpec = {
  readonly format: Format | 'auto';
  readonly layout: Layout | 'auto';
  readonly slackMicros: bigint;
  readonly fields: FieldMap;
  /** Column -> DuckDB type as declared. */
  readonly types: ReadonlyMap<string, string>;
  readonly timezone: string | null;
  /** Columns that expressions use; the mapped fields are used besides. */
  readonly usedColumns: readonly string[];
  /** A record without an arrival time is rejected. */
  readonly requireArrival: boolean;
  /** Content-addressed folder, shared between runs. */
  readonly stageDir: string;
  readonly threads: number;
  /** Default STAGE_LIMITS. */
  readonly limits?: StageLimits;
  readonly signal?: AbortSignal;
  readonly onProgress?: (bytesDone: number, bytesTotal: number, filesDone: number) => void;
};

/** A record as it stands in its file. `note` says which one it is, where several stand on its line. */
export type RecordText = { readonly text: string; readonly line: number; readonly note: string };

export interface ArchiveStage {
  /** Every file of the archive, sorted by path. */
  readonly files: readonly ListedFile[];
  /**
   * Reads files and makes `archive_events` and `archive_rejects` over all that were opened so far.
   * Failures: archive.unreadable, archive.format, archive.schema, archive.limit, archive.changed,
   * plan.archive.timezone, plan.column.unknown, plan.types_needed.
   */
  open(paths: readonly string[]): Promise<StagedArchive>;
  /**
   * The first 1,000 characters of records of an opened file (its index in `@file`) as they stand there, by `@line`;
   * empty for Parquet, whose records have no text.
   */
  recordTexts(file: number, lines: ReadonlySet<number>): Promise<ReadonlyMap<number, RecordText>>;
  /** Failure archive.changed where an opened file is no longer the one that was read. */
  recheck(): Promise<void>;
}
