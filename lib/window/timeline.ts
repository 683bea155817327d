/** One bar of the timeline: [from, from + widthMs). Instants as epoch milliseconds: charts need no more. */
export type TimelineBin = {
  readonly fromMs: number;
  /** Archived events (distinct and duplicate) whose clock lies in the bin. */
  readonly events: number;
  readonly duplicates: number;
  /** Arrived more than `lateAfterSeconds` after they happened. 0 where no arrival time is mapped. */
  readonly late: number;
  readonly rejected: number;
};

/** An answer of GET /api/v1/incidents/:id/timeline. At most 1,440 bins. */
export type Timeline = {
  readonly clock: 'time' | 'ingested';
  /** The whole archive: first and last event, epoch milliseconds (last is rounded up to the minute). */
  readonly archive: { readonly fromMs: number; readonly toMs: number };
  readonly view: { readonly fromMs: number; readonly toMs: number };
  readonly binMs: number;
  readonly bins: readonly TimelineBin[];
  /** About 240 bins over the whole archive, for the overview strip. */
  readonly overview: { readonly binMs: number; readonly counts: readonly number[] };
  readonly lateAfterSeconds: number;
  readonly hasArrival: boolean;
};

/** An event is late when it arrived more than this after it happened. */
export const LATE_AFTER_SECONDS = 60;
