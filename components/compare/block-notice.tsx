'use client';

import { type ReactNode, useState } from 'react';
import { MayLink } from '#components/access/may-link';
import { useMayNot } from '#components/access/use-me.ts';
import { inZone } from '#components/compare/column-text.ts';
import { ConflictList } from '#components/compare/conflict-list';
import { ControlRows } from '#components/compare/control-rows';
import { errorLine, runPath } from '#components/compare/use-run.ts';
import { type Settlement, useSettle } from '#components/compare/use-settle.ts';
import { OverrideForm, OverrideNotice } from '#components/patch/override-form';
import { useOverrides } from '#components/patch/use-overrides.ts';
import { withParams } from '#components/timeline/window-url.ts';
import { Button, ButtonLink, DownloadLink } from '#components/ui/button';
import { TextField } from '#components/ui/field';
import { countOf, formatCount } from '#components/ui/format.ts';
import { Notice } from '#components/ui/states';
import { useIncident } from '#components/workspace/use-incident.ts';
import { useTimelineChoice } from '#components/workspace/use-timeline-choice';
import type { Block, RunView, Summary } from '#lib/replay/run';

/** What a settlement does: it changes the plan, and runs the preview again. */
const SETTLES = ['incident.change', 'run.change'];

type BlockProps = { block: Block; run: RunView; summary: Summary };
type ControlsProps = { run: RunView; summary: Summary; settle: ReturnType<typeof useSettle> };

/** What keeps a patch from being sent, and what settles it: a change of the plan, and a new preview with it. */
export function BlockNotice({ block, run, summary }: BlockProps) {
  const settle = useSettle(summary.window);
  const { zone } = useTimelineChoice();
  const Controls = CONTROLS[block];
  const { overrides } = useOverrides(run.id, summary.patch.blocked_by);
  const given = overrides.find((one) => one.block === block);
  if (given !== undefined) return <OverrideNotice override={given} />;
  return (
    <Notice tone="danger">
      <div className="grid gap-2">
        <div>
          <p className="font-medium">{titleOf(block, summary)}</p>
          <p>{block === 'archive_gap' ? inZone(gapWords(summary), zone) : SETTLE[block]}</p>
        </div>
        {block === 'control_differs' ? <ControlRows runId={run.id} /> : null}
        {block === 'conflicting_ids' ? (
          <ConflictList runId={run.id} total={summary.archive.conflicting_ids} />
        ) : null}
        <div className="flex flex-wrap items-end gap-2 text-text">
          <Controls run={run} summary={summary} settle={settle} />
        </div>
        {settle.isError ? <p role="alert">{errorLine(settle.error)}</p> : null}
        <OverrideForm runId={run.id} block={block} />
      </div>
    </Notice>
  );
}

function titleOf(block: Block, { archive, control, cells }: Summary): string {
  switch (block) {
    case 'rejects':
      return `No patch can be sent: ${countOf(archive.rejected, 'record', 'records')} of the archive could not be read, more than the plan allows.`;
    case 'conflicting_ids':
      return `No patch can be sent: ${countOf(archive.conflicting_ids, 'event id occurs', 'event ids occur')} with different contents.`;
    case 'control_differs':
      return control === undefined
        ? 'No patch can be sent: the healthy stretch does not agree with the calculation.'
        : `No patch can be sent: ${formatCount(control.differ)} of ${countOf(control.cells, 'row', 'rows')} in the healthy stretch differ from the calculation.`;
    case 'archive_gap':
      return `No patch can be sent: ${countOf(cells.only_in_live, 'row', 'rows')} would be deleted, and the archive may have a gap there.`;
  }
}

const SETTLE: Readonly<Record<Exclude<Block, 'archive_gap'>, string>> = {
  rejects:
    'The list has their file, line and reason. Correct or remove the files and run again, or allow as many where these records do not matter: they are then missing from the recalculated values.',
  conflicting_ids: 'Choose which copy counts, by when it arrived, or correct the archive and run again.',
  control_differs:
    'The calculation does not reproduce rows that are known to be right, so its other results cannot be trusted either. Check its expressions and version, or the healthy stretch, then run again.',
};

/** Where the gap is, where the archive's folders show it, and what settles it. */
function gapWords({ warnings }: Summary): string {
  const gap = warnings.find(({ code }) => code === 'partition_missing');
  const where =
    gap?.message ?? 'These files do not say which time they cover, so a missing one would not be seen.';
  return `${where} Add the missing files and run again, keep these rows, or state that the archive is complete: that it holds every event there was.`;
}

const CONTROLS: Readonly<Record<Block, (props: ControlsProps) => ReactNode>> = {
  rejects: AllowRejects,
  conflicting_ids: ChooseCopy,
  control_differs: ChangeCalculation,
  archive_gap: StateComplete,
};

function AllowRejects({ run, summary, settle }: ControlsProps) {
  const { reference } = useIncident();
  const refusal = useMayNot(SETTLES, 'settle it');
  const [allowed, setAllowed] = useState(String(summary.archive.rejected));
  const isNumber = /^\d{1,9}$/.test(allowed);
  return (
    <form
      className="contents"
      onSubmit={(event) => {
        event.preventDefault();
        if (isNumber && refusal === null && !settle.isPending)
          settle.mutate({ archive: { rejects: Number(allowed) } });
      }}
    >
      <DownloadLink size="sm" href={`${runPath(run.id)}/rejects.csv`}>
        List of {countOf(summary.archive.rejected, 'record', 'records')}
      </DownloadLink>
      <ButtonLink size="sm" href={`/incidents/${reference}/archive`}>
        Go to Archive
      </ButtonLink>
      <TextField
        label="Records that may be set aside"
        hideLabel
        prefix="Allow"
        suffix="records"
        inputMode="numeric"
        value={allowed}
        onValueChange={setAllowed}
        error={isNumber ? undefined : 'A whole number.'}
        className="w-44"
      />
      <Button type="submit" size="sm" busy={settle.isPending} busyLabel="Starting" disabledReason={refusal}>
        Allow and run again
      </Button>
    </form>
  );
}

function ChooseCopy({ settle }: ControlsProps) {
  return (
    <>
      <Settle settle={settle} change={{ archive: { conflicts: 'first' } }}>
        Count the first to arrive
      </Settle>
      <Settle settle={settle} change={{ archive: { conflicts: 'last' } }}>
        Count the last to arrive
      </Settle>
    </>
  );
}

function ChangeCalculation() {
  const { incident } = useIncident();
  return (
    <MayLink
      size="sm"
      href={`/incidents/new?incident=INC-${incident.number}`}
      needs="incident.change"
      doing="change the calculation"
    >
      Change the calculation
    </MayLink>
  );
}

function StateComplete({ run, settle }: ControlsProps) {
  const { reference } = useIncident();
  const { search } = useTimelineChoice();
  return (
    <>
      <ButtonLink
        size="sm"
        scroll={false}
        href={`/incidents/${reference}/preview${withParams(search, { run: run.id, kind: 'only' })}`}
      >
        See these rows
      </ButtonLink>
      <Settle settle={settle} change={{ patch: { only_in_live: 'keep' } }}>
        Keep these rows
      </Settle>
      <Settle settle={settle} change={{ patch: { archive_is_complete: true } }}>
        The archive is complete
      </Settle>
    </>
  );
}

/** One press changes the plan and runs the preview again. */
function Settle({
  settle,
  change,
  children,
}: Pick<ControlsProps, 'settle'> & { change: Settlement; children: string }) {
  const refusal = useMayNot(SETTLES, 'settle it');
  const busy = settle.isPending && JSON.stringify(settle.variables) === JSON.stringify(change);
  return (
    <Button
      size="sm"
      busy={busy}
      busyLabel="Starting"
      disabledReason={refusal}
      onClick={() => {
        if (!settle.isPending) settle.mutate(change);
      }}
    >
      {`${children}, run again`}
    </Button>
  );
}
