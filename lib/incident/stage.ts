import type { IncidentGroup, Stage, Tone } from '#lib/incident/incident';
import type { PatchState } from '#lib/patch/patch';
import { WRITTEN } from '#lib/patch/state';
import type { RunState } from '#lib/replay/run';

/** What decides where an incident stands. */
export type StageFacts = {
  readonly closed: boolean;
  readonly archive: boolean;
  /** The newest reading of the chosen archive. */
  readonly survey: RunState | null;
  readonly window: boolean;
  /** The newest run. `stale`: the plan changed after it. `writes`: rows that its patch would write. */
  readonly run: {
    readonly state: RunState;
    readonly stale: boolean;
    readonly blocked: boolean;
    readonly differ: number;
    readonly writes: number;
  } | null;
  /** The newest patch. `ofLatestRun`: no preview was started after the one that it was made of. */
  readonly patch: {
    readonly state: PatchState;
    readonly ofLatestRun: boolean;
    /** A corrected row is wrong again, and nobody acknowledged it. */
    readonly alarm: boolean;
  } | null;
};

/** Where an incident stands: the stage to open, a word for it, its colour, and whom it waits for. */
export type Standing = {
  readonly stage: Stage;
  readonly stageWord: string;
  readonly tone: Tone;
  readonly group: IncidentGroup;
};

const standing = (
  stage: Stage,
  stageWord: string,
  tone: Tone = 'acc',
  group: IncidentGroup = 'progress',
): Standing => ({ stage, stageWord, tone, group });

/** Patches that were given up: the incident stands where its run stands. */
const GIVEN_UP: readonly PatchState[] = ['cancelled', 'expired', 'undone'];

/** Patches of which the live store holds nothing: a newer preview is where the operator goes on. */
const CAME_TO_NOTHING: readonly PatchState[] = ['stale', 'failed', 'lost'];

const PATCH: Readonly<Record<Exclude<PatchState, 'cancelled' | 'expired' | 'undone'>, Standing>> = {
  proposed: standing('review', 'Waiting for review', 'warn', 'review'),
  approved: standing('apply', 'Approved, not applied yet', 'warn', 'review'),
  applying: standing('apply', 'Applying'),
  committing: standing('apply', 'Applying'),
  applied: standing('apply', 'Applied, not verified yet', 'ok', 'applied'),
  verified: standing('report', 'Verified', 'ok', 'applied'),
  stale: standing('apply', 'Live rows changed, nothing written', 'danger'),
  failed: standing('apply', 'Apply failed, nothing written', 'danger'),
  unknown: standing('apply', 'Outcome not settled', 'danger'),
  lost: standing('apply', 'Applied, then lost by the live store', 'danger'),
};

/** It stays among the open ones until a comparison is right again, or somebody acknowledges it. */
const WRONG_AGAIN = standing('apply', 'Applied, then wrong again', 'danger');

/** The rows are as they were before the patch: what is wrong with them is still wrong. */
const PUT_BACK = standing('preview', 'Put back', 'neutral');

/** Derives where an incident stands. The one place that does. */
export function standingOf(facts: StageFacts): Standing {
  const open = openStanding(facts);
  return facts.closed ? { ...open, stageWord: 'Closed', tone: 'neutral', group: 'closed' } : open;
}

function openStanding({ archive, survey, window, run, patch }: StageFacts): Standing {
  if (
    patch !== null &&
    isStanding(patch.state) &&
    !(CAME_TO_NOTHING.includes(patch.state) && !patch.ofLatestRun)
  )
    return patch.alarm && WRITTEN.includes(patch.state) ? WRONG_AGAIN : PATCH[patch.state];
  if (patch?.state === 'undone' && patch.ofLatestRun && run?.state === 'done' && !run.stale) return PUT_BACK;
  if (run !== null) return runStanding(run);
  if (!archive) return standing('archive', 'Draft', 'neutral');
  if (survey === null || survey === 'cancelled')
    return standing('archive', 'Archive not read yet', 'neutral');
  if (survey === 'failed') return standing('archive', "Archive can't be read", 'danger');
  if (survey !== 'done') return standing('archive', 'Reading the archive');
  return standing('window', window ? 'Ready to preview' : 'Choose a window');
}

const isStanding = (state: PatchState): state is keyof typeof PATCH => !GIVEN_UP.includes(state);

function runStanding(run: NonNullable<StageFacts['run']>): Standing {
  switch (run.state) {
    case 'queued':
      return standing('preview', 'Preview waiting');
    case 'running':
      return standing('preview', 'Preview running');
    case 'failed':
      return standing('preview', 'Preview failed', 'danger');
    case 'cancelled':
      return standing('preview', 'Preview cancelled', 'neutral');
    case 'done':
      return doneStanding(run);
  }
}

function doneStanding({ stale, blocked, differ, writes }: NonNullable<StageFacts['run']>): Standing {
  if (stale) return standing('preview', 'Preview out of date', 'warn');
  if (blocked) return standing('preview', 'Patch blocked', 'warn');
  if (differ === 0) return standing('preview', 'No differences', 'ok');
  return standing('preview', writes === 0 ? 'Nothing to write' : 'Preview ready');
}
