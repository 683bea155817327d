'use client';

import Link from 'next/link';
import { useMayNot } from '#components/access/use-me.ts';
import { toPatch } from '#components/compare/figures.ts';
import type { Staleness } from '#components/compare/stale-notice';
import { useSendForReview } from '#components/compare/use-run.ts';
import { PatchError } from '#components/patch/patch-error';
import { useOverrides } from '#components/patch/use-overrides.ts';
import { BLOCK_NAMES } from '#components/patch/words.ts';
import { withParams } from '#components/timeline/window-url.ts';
import { Button, ButtonLink } from '#components/ui/button';
import { countOf, formatCount } from '#components/ui/format.ts';
import { Mono } from '#components/ui/mono';
import { ActionBar } from '#components/ui/page';
import { formatClock, formatDuration, secondText } from '#components/ui/time.ts';
import { useIncident } from '#components/workspace/use-incident.ts';
import { useTimelineChoice } from '#components/workspace/use-timeline-choice';
import type { RunView, Summary } from '#lib/replay/run';

type FooterProps = {
  run: RunView;
  summary: Summary;
  staleness: Staleness;
  onRunAgain: () => void;
  busy: boolean;
};

const STALE = {
  window: 'The window changed. Run again, or put the window back.',
  clock: 'The clock changed. Run again, or put the window back.',
  plan: 'The plan changed since this preview. Run again.',
} as const;

/** How many rows the patch would write, how fresh that is, and the way on to review. */
export function RunFooter({ run, summary, staleness, onRunAgain, busy }: FooterProps) {
  const send = useSendForReview();
  const noRun = useMayNot('run.change', 'run it again');
  const noReview = useMayNot('patch.propose', 'send it for review');
  const { reference } = useIncident();
  const { search } = useTimelineChoice();
  const { patch } = summary;
  const { patch: sent } = run;
  const { remaining: blocks } = useOverrides(run.id, patch.blocked_by);
  const leftOut = run.leftOut.rows;
  const rows = toPatch(patch) - leftOut;
  const reason =
    rows === 0
      ? leftOut > 0
        ? 'There is nothing to write: every row is left out.'
        : 'There is nothing to write: no compared row needs a correction.'
      : staleness !== null
        ? STALE[staleness]
        : blocks.length > 0
          ? `Blocked by ${blocks.map((block) => BLOCK_NAMES[block]).join(' and ')}. See above how to settle it.`
          : null;
  return (
    <>
      {send.isError ? <PatchError error={send.error} /> : null}
      <ActionBar
        note={<Freshness run={run} summary={summary} />}
        actions={
          <>
            <Button icon="again" busy={busy} busyLabel="Starting" disabledReason={noRun} onClick={onRunAgain}>
              Run again
            </Button>
            {sent === null ? (
              <Button
                variant="primary"
                busy={send.isPending}
                busyLabel="Sealing"
                disabledReason={noReview ?? reason}
                onClick={() => send.mutate(run.id)}
              >
                Send for review
              </Button>
            ) : (
              <ButtonLink
                variant="primary"
                href={`/incidents/${reference}/${sent.stage}${withParams(search, { patch: sent.id })}`}
              >
                {sent.stage === 'review' ? 'Go to its review' : 'Go to the patch'}
              </ButtonLink>
            )}
          </>
        }
      >
        <b>{countOf(rows, 'row', 'rows')}</b> {sent === null ? 'to patch' : `in patch ${sent.number}`}
        {rows > 1 && sent === null ? ' in one transaction' : ''}
        {leftOut > 0 ? (
          `, ${formatCount(leftOut)} left out`
        ) : rows === 0 ? null : (
          <span className="max-md:hidden"> ({parts(patch)})</span>
        )}
        {sent !== null ? (
          <span className="block text-text-3 text-xs">
            {sent.stage === 'review'
              ? 'It was sent for review. To choose other rows, withdraw it first.'
              : 'It was approved; its rows are settled.'}
          </span>
        ) : reason === null || rows === 0 ? null : (
          <span className="block text-warn text-xs">{reason}</span>
        )}
      </ActionBar>
    </>
  );
}

function parts({ updates, inserts, deletes }: Summary['patch']): string {
  return [
    ...(updates > 0 ? [`${formatCount(updates)} changed`] : []),
    ...(inserts > 0 ? [`${formatCount(inserts)} added`] : []),
    ...(deletes > 0 ? [`${formatCount(deletes)} deleted`] : []),
  ].join(', ');
}

function Freshness({ run, summary }: { run: RunView; summary: Summary }) {
  const at = run.finishedAt;
  return (
    <>
      {at === null ? null : (
        <time dateTime={at} title={secondText(at)}>
          Previewed {formatClock(`${at.slice(0, 19)}Z`)} UTC
        </time>
      )}{' '}
      in {formatDuration(summary.elapsed_ms)}, from archive{' '}
      <span title={summary.archive.manifest_sha256}>
        <Mono>{summary.archive.manifest_sha256.slice(0, 6)}</Mono>
      </span>
      {run.edition === null ? null : (
        <>
          , by{' '}
          <Link href={`/calculations/${run.edition.calculationId}`} className="underline underline-offset-2">
            edition {run.edition.number} of {run.edition.calculation}
          </Link>
        </>
      )}
    </>
  );
}
