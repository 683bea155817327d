import { differing } from '#components/compare/figures.ts';
import { clockRange, lengthShort } from '#components/timeline/words.ts';
import { formatCount } from '#components/ui/format.ts';
import type { Step } from '#components/ui/stepper';
import { type Interval, parseInstant } from '#lib/base/instant';
import type { DraftPlan, IncidentView, Stage } from '#lib/incident/incident';
import type { PatchState } from '#lib/patch/patch';

/** The window that a plan names; null while it names none or not a whole one. */
export function planWindow(plan: DraftPlan): Interval | null {
  const [from, to] = [parseInstant(plan.window?.from ?? ''), parseInstant(plan.window?.to ?? '')];
  return from !== null && to !== null && from < to ? { from, to } : null;
}

const REVIEW: Record<PatchState, string> = {
  proposed: 'Waiting for approval',
  approved: 'Approved',
  applying: 'Approved',
  committing: 'Approved',
  applied: 'Approved',
  verified: 'Approved',
  stale: 'Live rows changed',
  failed: 'Approved',
  unknown: 'Approved',
  expired: 'Approval expired',
  cancelled: 'Withdrawn',
  undone: 'Approved',
  lost: 'Approved',
};

const APPLY: Record<PatchState, string> = {
  proposed: 'Not started',
  approved: 'Ready to apply',
  applying: 'Writing',
  committing: 'Committing',
  applied: 'Applied',
  verified: 'Applied and verified',
  stale: 'Nothing was written',
  failed: 'Failed, nothing written',
  unknown: 'Outcome not settled',
  expired: 'Not started',
  cancelled: 'Not started',
  undone: 'Undone',
  lost: 'Gone from the live store',
};

const UNDO_APPLY: Partial<Record<PatchState, string>> = {
  approved: 'Ready to put back',
  applied: 'Put back',
  verified: 'Put back and compared',
  stale: 'Nothing was put back',
  failed: 'Failed, nothing put back',
};

/** What review and apply say of the patch; of an undo with the number of the patch that it puts back. */
function patchDetails(patch: IncidentView['patch']): { review: string; apply: string } {
  if (patch === null) return { review: 'Not sent yet', apply: 'Not started' };
  const [review, apply] = [REVIEW[patch.state], APPLY[patch.state]];
  if (patch.undoes === null) return { review, apply };
  return {
    review: `Undo: ${review.toLowerCase()}`,
    apply: UNDO_APPLY[patch.state] ?? apply,
  };
}

const APPROVED: readonly PatchState[] = [
  'approved',
  'applying',
  'committing',
  'applied',
  'verified',
  'failed',
  'unknown',
  'undone',
  'lost',
];
const APPLIED: readonly PatchState[] = ['applied', 'verified', 'undone'];
const BROKEN: readonly PatchState[] = ['failed', 'unknown', 'stale', 'lost'];

type Shown = { readonly window: Interval | null; readonly zone: string; readonly search: string };

/** The six stages with where each stands. `search` carries the window from stage to stage. */
export function stepsOf(incident: IncidentView, reference: string, shown: Shown): readonly Step[] {
  const href = (stage: Stage, there: boolean): string | null =>
    there ? `/incidents/${reference}/${stage}${shown.search}` : null;
  const { latestRun: run, patch, survey } = incident;
  const surveyed = survey?.state === 'done';
  const details = patchDetails(patch);
  // an undo stands on a patch whose report is there
  const isReported = patch !== null && (patch.undoes !== null || APPLIED.includes(patch.state));
  const state = (done: boolean, failed = false): Step['state'] =>
    failed ? 'failed' : done ? 'done' : 'todo';
  return [
    {
      id: 'archive',
      label: 'Archive',
      detail: archiveDetail(incident),
      state: state(surveyed, survey?.state === 'failed'),
      href: href('archive', true),
    },
    {
      id: 'window',
      label: 'Window',
      detail:
        shown.window === null
          ? 'Not chosen yet'
          : `${lengthShort(shown.window)}, ${clockRange(shown.window, shown.zone)}`,
      state: state(planWindow(incident.plan) !== null),
      href: href('window', incident.archive !== null),
    },
    {
      id: 'preview',
      label: 'Preview',
      detail: previewDetail(incident),
      state: state(run?.state === 'done', run?.state === 'failed'),
      href: href('preview', run !== null),
    },
    {
      id: 'review',
      label: 'Review & approve',
      detail: details.review,
      state: state(patch !== null && APPROVED.includes(patch.state)),
      href: href('review', patch !== null),
    },
    {
      id: 'apply',
      label: 'Apply & verify',
      detail: details.apply,
      state: state(
        patch !== null && APPLIED.includes(patch.state),
        patch !== null && BROKEN.includes(patch.state),
      ),
      href: href('apply', patch !== null && APPROVED.concat(BROKEN).includes(patch.state)),
    },
    {
      id: 'report',
      label: 'Report',
      detail: run?.state !== 'done' ? 'After a preview' : isReported ? 'Ready' : 'Draft',
      state: state(isReported),
      href: href('report', run?.state === 'done'),
    },
  ];
}

function archiveDetail({ archive, survey }: IncidentView): string {
  if (archive === null) return 'Not chosen yet';
  if (survey === null) return 'Not read yet';
  if (survey.state === 'failed') return "Can't be read";
  if (survey.state !== 'done' || survey.events === null) return survey.words;
  const events = `${formatCount(survey.events)} events`;
  return survey.files === null
    ? events
    : `${formatCount(survey.files)} ${survey.files === 1 ? 'file' : 'files'} · ${events}`;
}

function previewDetail({ latestRun: run }: IncidentView): string {
  if (run === null) return 'Not run yet';
  if (run.state === 'queued') return 'Waiting to start';
  if (run.state === 'running') return 'Running';
  if (run.state === 'cancelled') return 'Cancelled';
  if (run.state === 'failed' || run.summary === null) return 'Failed';
  const differ = differing(run.summary.cells);
  if (differ === 0) return 'No differences';
  return `${formatCount(differ)} ${differ === 1 ? 'row differs' : 'rows differ'}`;
}
