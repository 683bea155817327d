/** What Recount keeps, by what may be said of how long. */
export const KEPT_KINDS = ['staged', 'uploads', 'runs', 'deliveries', 'notifications', 'access'] as const;
export type KeptKind = (typeof KEPT_KINDS)[number];

/** What may go after so many days at the most. */
export const LONGEST_DAYS = 3_650;

/** How long a kind stays. `days` null: until somebody erases it. */
export type RetentionRule = {
  readonly kind: KeptKind;
  readonly days: number | null;
  /** What holds where no admin chose otherwise. */
  readonly defaultDays: number | null;
};

/** What was erased, by whom and why: in place of the files that are gone. */
export type ErasedView = {
  readonly at: string;
  readonly by: string;
  readonly reason: string;
  /** Null while files are still being removed. */
  readonly doneAt: string | null;
  /** Counted before the first was removed; null where that was not reached yet. */
  readonly files: number | null;
  readonly bytes: number | null;
};

/** What is kept of one incident. */
export type KeptIncident = {
  readonly id: string;
  readonly number: number;
  readonly title: string;
  readonly isClosed: boolean;
  /** When the newest of it was made. */
  readonly newestAt: string;
  readonly bytes: {
    /** Files that were uploaded for it. */
    readonly uploads: number;
    /** What previews, patches and readings of the archive wrote. */
    readonly runs: number;
  };
  readonly erased: ErasedView | null;
  /** Why it cannot be erased now, in words; null where it can. */
  readonly keptBecause: string | null;
};

/** GET /api/v1/retention: what is kept, and for how long. */
export type RetentionView = {
  /** A change names the revision that it was made from. */
  readonly revision: number;
  readonly rules: readonly RetentionRule[];
  readonly bytes: { readonly staged: number; readonly uploads: number; readonly runs: number };
  /** The largest first. */
  readonly incidents: readonly KeptIncident[];
  readonly incidentsTotal: number;
};
