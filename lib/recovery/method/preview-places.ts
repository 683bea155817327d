import type { ArchiveSource } from '#lib/archive/archive';
import type { LiveStore } from '#lib/patch/live-store';
import type { Progress } from '#lib/replay/run';
import type { Session } from '#lib/replay/session';

/** Where a preview reads, works and writes. The caller opens and closes what is given. */
export type PreviewPlaces = {
  readonly source: ArchiveSource;
  readonly live: LiveStore;
  readonly session: Session;
  /** Content-addressed folder of staged parts, shared between runs. */
  readonly stageDir: string;
  /** The run's folder; made here, and removed again if the preview fails. */
  readonly outDir: string;
  /** The folder that the plan's relative paths are relative to. */
  readonly planFolder: string;
  readonly author: string;
  readonly threads: number;
  /** Keeps every record behind each discrepancy in the run's folder, for the page. */
  readonly evidence?: boolean;
  readonly signal?: AbortSignal;
  readonly onProgress?: (progress: Progress) => void;
};
