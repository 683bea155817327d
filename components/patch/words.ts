import { countOf } from '#components/ui/format.ts';
import type { PillTone } from '#components/ui/pill';
import type { ApplyProgress, ApplyStep, PatchState, PatchView } from '#lib/patch/patch';
import { MOVED_SHOWN } from '#lib/patch/rehearsal';
import { PATCH_EDGES } from '#lib/patch/state';
import type { Block } from '#lib/replay/run';

export const rowsOf = ({ counts }: Pick<PatchView, 'counts'>): number =>
  counts.updates + counts.inserts + counts.deletes;

/** `1,284 rows`: what every button and sentence counts. */
export const rowsWords = (patch: Pick<PatchView, 'counts'>): string => countOf(rowsOf(patch), 'row', 'rows');

/** Words of a server as a sentence, so that another can follow. */
export const sentence = (text: string): string =>
  /[.!?…]$/.test(text.trim()) ? text.trim() : `${text.trim()}.`;

/** `3 rows changed`; where the list is cut the number is not known from it. */
export const movedWords = (rows: readonly string[]): string =>
  rows.length === 0 || rows.length >= MOVED_SHOWN
    ? 'Live rows changed'
    : `${countOf(rows.length, 'row', 'rows')} changed`;

/** How people call a patch: the beginning of its seal. */
export const patchName = (seal: string): string => `p-${seal.slice(0, 6)}`;

/** A key as it is read: an instant without the part of a second that it does not have. The title has it whole. */
export const shownKey = (key: string): string =>
  key.replace(/^(\d{4}-\d\d-\d\d)T(\d\d:\d\d:\d\d)\.0{6}(Z?)$/, '$1 $2$3');

/** A row in the words of the server, `u-1, 2026-11-21T12:00:00.000000Z: points 5`: its instants as one reads them. */
export const shownRow = (line: string): string =>
  line.replace(/\b(\d{4}-\d\d-\d\d)T(\d\d:\d\d:\d\d)\.0{6}(Z?)(?=\W|$)/g, '$1 $2$3');

export const STATE_WORDS: Record<PatchState, { word: string; tone: PillTone }> = {
  proposed: { word: 'Waiting for approval', tone: 'warn' },
  approved: { word: 'Approved', tone: 'ok' },
  applying: { word: 'Writing', tone: 'acc' },
  committing: { word: 'Committing', tone: 'acc' },
  applied: { word: 'Applied', tone: 'ok' },
  verified: { word: 'Applied and verified', tone: 'ok' },
  stale: { word: 'Live rows changed', tone: 'danger' },
  failed: { word: 'Failed, nothing written', tone: 'danger' },
  unknown: { word: 'Outcome not settled', tone: 'danger' },
  expired: { word: 'Approval expired', tone: 'warn' },
  cancelled: { word: 'Withdrawn', tone: 'neutral' },
  undone: { word: 'Undone', tone: 'neutral' },
  lost: { word: 'Gone from the live store', tone: 'danger' },
};

const UNDO_STATE_WORDS: Partial<Record<PatchState, { word: string; tone: PillTone }>> = {
  applied: { word: 'Put back', tone: 'ok' },
  verified: { word: 'Put back and compared', tone: 'ok' },
};

/** What a state is called: of an undo, by what it does; while rows are wrong again, that. */
export function stateWords({ kind, state, alarm }: Pick<PatchView, 'kind' | 'state' | 'alarm'>) {
  if (alarm?.kind === 'differs' && isWritten(state)) return { word: 'Wrong again', tone: 'danger' } as const;
  return (kind === 'undo' ? UNDO_STATE_WORDS[state] : undefined) ?? STATE_WORDS[state];
}

/** `patch`, `undo`: what people call it in a sentence. */
export const nounOf = ({ kind }: Pick<PatchView, 'kind'>): 'patch' | 'undo' => kind;

/** Not begun yet: it may be rehearsed, looked over, withdrawn. */
export const isOpen = (state: PatchState): boolean => PATCH_EDGES.withdraw.from.some((one) => one === state);

export const isRehearsing = ({ rehearsal }: Pick<PatchView, 'rehearsal'>): boolean =>
  rehearsal?.state === 'queued' || rehearsal?.state === 'running';

/** States in which the server writes the patch. */
export const isMoving = (state: PatchState | undefined): boolean =>
  state === 'applying' || state === 'committing';
/** Whether something will change without anybody asking: it is written, rehearsed, or compared for the first time. */
export const isUnderWay = (
  patch: Pick<PatchView, 'state' | 'verification' | 'error' | 'rehearsal'> | undefined,
): boolean =>
  patch !== undefined &&
  (isMoving(patch.state) ||
    isRehearsing(patch) ||
    (patch.state === 'applied' && patch.verification === null && patch.error === null));
/** States in which the patch stands in the live store. */
export const isWritten = (state: PatchState): boolean => state === 'applied' || state === 'verified';
/** It stands there, or did. */
export const wasWritten = (state: PatchState): boolean =>
  isWritten(state) || state === 'undone' || state === 'lost';

export const BLOCK_WORDS: Record<Block, { what: string; settle: string }> = {
  rejects: {
    what: 'Some records of the window can’t be read.',
    settle:
      'Mend the files, or allow them in the set-up under “How strictly it is read”, then preview again.',
  },
  conflicting_ids: {
    what: 'Some event ids occur with two contents.',
    settle: 'Choose in the set-up which copy counts, then preview again.',
  },
  control_differs: {
    what: 'The healthy stretch does not come out as it is live, so the calculation may be wrong.',
    settle: 'Correct the calculation, then preview again.',
  },
  archive_gap: {
    what: 'Rows would be deleted, and the archive may have a gap there.',
    settle: 'State in the set-up that the archive is complete, or keep such rows, then preview again.',
  },
};

/** What an approver let through, in a few words. */
export const BLOCK_NAMES: Readonly<Record<Block, string>> = {
  rejects: 'records that could not be read',
  conflicting_ids: 'event ids with different contents',
  control_differs: 'the healthy stretch, which differs',
  archive_gap: 'a possible gap in the archive',
};

export const STEP_WORDS: Record<ApplyStep, { todo: string; busy: string }> = {
  check: { todo: 'Check archive and target', busy: 'Checking archive and target' },
  lock: { todo: 'Lock the rows', busy: 'Locking the rows' },
  write: { todo: 'Write them', busy: 'Writing' },
  read_back: { todo: 'Read them back', busy: 'Reading them back' },
  record: { todo: 'Record in the ledger', busy: 'Recording in the ledger' },
  commit: { todo: 'Commit', busy: 'Committing' },
  verify: { todo: 'Compare again', busy: 'Comparing again' },
};

export type StepView = {
  readonly step: ApplyStep;
  /** `paused`: no worker is at it right now. */
  readonly state: 'done' | 'now' | 'paused' | 'todo' | 'stopped';
  readonly done: number;
  readonly total: number;
  /** The server's clock when the step began. */
  readonly at: string | null;
  /** How long it took; null while it runs. */
  readonly elapsedMs: number | null;
};

const STEPS = Object.keys(STEP_WORDS) as readonly ApplyStep[];

/** The steps of an apply as they stand, from what the server reported of it. */
export function stepsOf({
  progress,
  state,
  verification,
  waiting,
}: Pick<PatchView, 'progress' | 'state' | 'verification' | 'waiting'>): readonly StepView[] {
  const first = new Map<ApplyStep, ApplyProgress>();
  const last = new Map<ApplyStep, ApplyProgress>();
  for (const one of progress) {
    if (!first.has(one.step)) first.set(one.step, one);
    last.set(one.step, one);
  }
  const reached = STEPS.findLastIndex((step) => first.has(step));
  return STEPS.map((step, index) => {
    const own = last.get(step);
    const at = first.get(step)?.at ?? null;
    const next = STEPS.slice(index + 1)
      .map((later) => first.get(later)?.at)
      .find((time) => time !== undefined);
    const finished = index < reached || (wasWritten(state) && (step !== 'verify' || verification !== null));
    const ended = finished && own !== undefined;
    return {
      step,
      state: ended
        ? 'done'
        : own === undefined
          ? 'todo'
          : isMoving(state) || isWritten(state)
            ? waiting
              ? 'paused'
              : 'now'
            : 'stopped',
      done: own?.done ?? 0,
      total: own?.total ?? 0,
      at,
      elapsedMs: ended && at !== null ? Date.parse(next ?? own?.at ?? at) - Date.parse(at) : null,
    };
  });
}
