import type { EditionContent } from '#lib/calculation/edition-content';

/** Which edition of which calculation: enough to name it and to open it. */
export type EditionName = {
  readonly id: string;
  readonly calculationId: string;
  readonly calculation: string;
  readonly number: number;
};

/** What a test run on a healthy stretch found. */
export type TestResult = {
  /** Rows of the stretch that were compared; 0 proves nothing. */
  readonly cells: number;
  /** Those of them that the calculation does not give as they are live. */
  readonly differ: number;
  /** Rows that the incident's own failure touched are left out; false where it has no window to know them by. */
  readonly withoutWindow: boolean;
  readonly rejected: number;
  readonly conflictingIds: number;
  readonly warnings: readonly string[];
};

export type TestState = 'queued' | 'running' | 'done' | 'failed' | 'cancelled';

export type TestView = {
  readonly id: string;
  readonly state: TestState;
  /** Of exactly what the edition says now; false: the draft was changed afterwards. */
  readonly isCurrent: boolean;
  readonly words: string | null;
  readonly incident: { readonly number: number; readonly title: string } | null;
  readonly stretch: { readonly from: string; readonly to: string };
  readonly result: TestResult | null;
  readonly error: { readonly code: string; readonly message: string; readonly fix: string } | null;
  readonly by: string;
  readonly createdAt: string;
  readonly finishedAt: string | null;
};

/** Whether a test run speaks for publishing without a reason: something was compared, and all of it is right. */
export const isClean = ({ cells, differ }: TestResult): boolean => cells > 0 && differ === 0;

export type EditionView = {
  readonly id: string;
  readonly number: number;
  readonly content: EditionContent;
  /** The content as YAML, to read and to edit. */
  readonly text: string;
  readonly sha256: string;
  /** INC-<number> that it was saved from. */
  readonly savedFrom: number | null;
  readonly createdBy: string;
  readonly changedAt: string;
  /** Null: a draft. `reason`: why, where the test run was not clean. */
  readonly published: {
    readonly by: string;
    readonly at: string;
    readonly reason: string | null;
    readonly testId: string;
  } | null;
  /** The newest first. */
  readonly tests: readonly TestView[];
};

/** An incident whose calculation was taken from the library. */
export type UsedBy = {
  readonly number: number;
  readonly title: string;
  readonly edition: number;
  /** The plan still calculates what the edition says. */
  readonly isUnchanged: boolean;
  /** Previews that calculated by it, unchanged. */
  readonly runs: number;
};

/** GET /api/v1/calculations/:id */
export type CalculationView = {
  readonly id: string;
  readonly name: string;
  readonly description: string;
  readonly createdBy: string;
  readonly createdAt: string;
  /** No incident takes it any more; those that have it go on. Null: it is in use. */
  readonly retired: { readonly by: string; readonly at: string } | null;
  /** The newest first; a draft is the first. */
  readonly editions: readonly EditionView[];
  readonly usedBy: readonly UsedBy[];
};

/** GET /api/v1/calculations */
export type CalculationList = {
  readonly rows: readonly {
    readonly id: string;
    readonly name: string;
    readonly description: string;
    readonly isRetired: boolean;
    /** The published ones, the newest first. */
    readonly published: readonly {
      readonly id: string;
      readonly number: number;
      readonly by: string;
      readonly at: string;
    }[];
    readonly hasDraft: boolean;
    readonly incidents: number;
  }[];
};
