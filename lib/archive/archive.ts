import type { Interval } from '#lib/base/instant';
import type { Format } from '#lib/plan/plan';

/** A file as it is listed, before anything of it is read. */
export type ListedFile = {
  /** Relative to the archive's root, with `/`; the name in the manifest and in every message. */
  readonly path: string;
  readonly bytes: bigint;
  /** Hive keys of its path in order (`date=2024-06-10`), empty where there are none. */
  readonly partitionKeys: readonly { readonly key: string; readonly value: string }[];
  /** The stretch of time that its Hive keys name, in UTC, without slack; null for a plain file. */
  readonly partition: Interval | null;
};

/** One line of the frozen manifest. */
export type ManifestFile = { readonly path: string; readonly bytes: bigint; readonly sha256: string };

/** Port: a place that archives lie in. Every adapter runs the same conformance suite. */
export interface ArchiveSource {
  /** All files, sorted by path (by UTF-8 bytes). Reads no content. Failures: archive.not_found, archive.outside_roots. */
  list(): Promise<readonly ListedFile[]>;
  /** A regular local file with the content of a listed file, for reading only. Failures: archive.unreadable. */
  local(file: ListedFile): Promise<string>;
}

export type Column = {
  readonly name: string /** a DuckDB type, e.g. `DECIMAL(18,2)` */;
  readonly type: string;
};

export type OpenedFile = ManifestFile & {
  readonly format: Format;
  readonly partition: Interval | null;
  readonly records: bigint;
  readonly rejected: bigint;
};

export type Warning = { readonly code: string; readonly message: string };

/**
 * The archive as the session holds it after staging. In the DuckDB session there are then:
 * - view `archive_events`: the readable records of the opened files. Columns: every column of the source under its
 *   own name (used ones typed, the others VARCHAR), and
 *   `@time` TIMESTAMP (UTC, microseconds, never NULL), `@arrived` TIMESTAMP (NULL where none is mapped or given),
 *   `@file` INTEGER (index into `files`), `@line` BIGINT (line where the record starts, header included; or row from 1).
 *   Duplicates are still in it.
 * - table `archive_rejects`(file VARCHAR, line BIGINT, reason VARCHAR, record VARCHAR): what could not be read.
 */
export type StagedArchive = {
  readonly files: readonly OpenedFile[];
  readonly filesListed: number;
  readonly columns: readonly Column[];
  /** Names of columns that are no content: mapped to ingested or sequence, or Hive keys of the path. */
  readonly notContent: readonly string[];
  readonly records: bigint;
  readonly rejected: bigint;
  readonly outsidePartition: bigint;
  readonly warnings: readonly Warning[];
};
