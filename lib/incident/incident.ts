import type { EditionName } from '#lib/calculation/edition';
import type { ErasedView } from '#lib/incident/retention';
import type { PatchState } from '#lib/patch/patch';
import type { RunView } from '#lib/replay/run';

export const STAGES = ['archive', 'window', 'preview', 'review', 'apply', 'report'] as const;
export type Stage = (typeof STAGES)[number];

export type Tone = 'acc' | 'warn' | 'ok' | 'danger' | 'neutral';
export type IncidentGroup = 'review' | 'progress' | 'applied' | 'closed';

/** A row of the incidents list. */
export type IncidentRow = {
  readonly id: string;
  /** Shown as INC-<number>. */
  readonly number: number;
  readonly title: string;
  /** `public.user_totals`, a file's name, or null while none is chosen. */
  readonly liveTable: string | null;
  readonly stage: Stage;
  readonly stageWord: string;
  readonly tone: Tone;
  readonly group: IncidentGroup;
  readonly window: { readonly from: string; readonly to: string } | null;
  readonly differ: number | null;
  readonly netDelta: readonly { readonly measure: string; readonly value: string }[];
  readonly owner: string;
  readonly updatedAt: string;
  readonly sample: boolean;
};

export type IncidentList = {
  readonly rows: readonly IncidentRow[];
  readonly counts: Readonly<Record<'open' | 'review' | 'applied' | 'closed' | 'all', number>>;
};

/** A plan in file form while it is being written: the same names as the contract, everything optional. */
export type DraftPlan = {
  title?: string;
  archive?: {
    at?: string;
    format?: string;
    layout?: string;
    slack?: string;
    timezone?: string;
    rejects?: number | string;
    conflicts?: string;
    fields?: { id?: string; time?: string; ingested?: string; sequence?: string; deleted?: string };
    types?: Record<string, string>;
  };
  window?: { from?: string; to?: string; clock?: string };
  calculation?: {
    name?: string;
    versions?: {
      version: number;
      since?: string;
      where?: string;
      keys: Record<string, string>;
      measures: Record<string, string>;
    }[];
    replay_with?: string | number;
  };
  live?: {
    store?: string;
    table?: string;
    state?: string;
    keys?: string[];
    bucket?: { column?: string; size?: string; timezone?: string };
    baseline?: 'none' | { at?: string; table?: string };
    cut?: string;
  };
  compare?: { tolerance?: Record<string, number | string> };
  patch?: { only_in_live?: string; archive_is_complete?: boolean; guard?: string };
  control?: { from?: string; to?: string };
};

/** An incident as its workspace shows it: GET /api/v1/incidents/:id. */
export type IncidentView = {
  readonly id: string;
  readonly number: number;
  readonly title: string;
  readonly stage: Stage;
  readonly stageWord: string;
  readonly tone: Tone;
  readonly plan: DraftPlan;
  readonly planRevision: number;
  /** What still keeps a preview from running, in words; empty when it can run. */
  readonly missing: readonly { readonly path: string; readonly message: string; readonly fix: string }[];
  readonly archive: {
    readonly id: string;
    readonly name: string;
    readonly kind: 'upload' | 'path';
    readonly location: string;
  } | null;
  readonly liveStore: {
    readonly id: string;
    readonly name: string;
    readonly kind: 'postgres' | 'file';
  } | null;
  /** The edition of the library that its calculation was taken from; `isUnchanged`: the plan still calculates that. */
  readonly edition: (EditionName & { readonly isUnchanged: boolean }) | null;
  readonly survey: {
    readonly id: string;
    readonly state: RunView['state'];
    readonly words: string;
    readonly events: string | null;
    readonly files: number | null;
    /** Its figures over time and its samples were erased then. */
    readonly erasedAt: string | null;
  } | null;
  readonly latestRun: RunView | null;
  readonly patch: {
    readonly id: string;
    readonly number: number;
    readonly state: PatchState;
    readonly seal: string;
    /** Of an undo: the number of the patch that it puts back. */
    readonly undoes: number | null;
  } | null;
  readonly closedAt: string | null;
  /** What was kept of it was erased, by whom and why; null where nothing was. */
  readonly erased: ErasedView | null;
  readonly owner: string;
  readonly openedAt: string;
  readonly updatedAt: string;
  readonly sample: boolean;
};
