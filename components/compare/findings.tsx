'use client';

import { BlockNotice } from '#components/compare/block-notice';
import { bucketText, inZone } from '#components/compare/column-text.ts';
import { toPatch } from '#components/compare/figures.ts';
import { withParams } from '#components/timeline/window-url.ts';
import { ButtonLink } from '#components/ui/button';
import { Card } from '#components/ui/card';
import { countOf, formatCount } from '#components/ui/format.ts';
import { Mono } from '#components/ui/mono';
import { Notice } from '#components/ui/states';
import { Words } from '#components/ui/words';
import { bucketName } from '#components/workspace/bucket-words.ts';
import { useIncident } from '#components/workspace/use-incident.ts';
import { useTimelineChoice } from '#components/workspace/use-timeline-choice';
import type { RunView, Summary } from '#lib/replay/run';

/** What a preview found beside the differences: what blocks its patch, further rows that are affected, warnings. */
export function Findings({ run, summary }: { run: RunView; summary: Summary }) {
  const { incident, reference } = useIncident();
  const { zone, search } = useTimelineChoice();
  const { blocked_by: blocks } = summary.patch;
  const spill = summary.window.spill_over;
  // The block that it causes says it already.
  const warnings = summary.warnings.filter(
    ({ code }) => code !== 'partition_missing' || !blocks.includes('archive_gap'),
  );
  const before = run.patch === null ? run.leftOut.before : null;
  if (blocks.length + spill.length + summary.warnings.length === 0 && before === null) return null;
  const size = incident.plan.live?.bucket?.size;
  return (
    <Card aria-label="Findings" className="divide-y divide-line">
      {blocks.map((block) => (
        <BlockNotice key={block} block={block} run={run} summary={summary} />
      ))}
      {spill.length === 0 ? null : (
        <Notice tone="acc">
          {spillWords(summary.window, bucketName(size))}{' '}
          {spill
            .slice(0, 6)
            .map((bucket) => bucketText(bucket, zone))
            .join(', ')}
          {spill.length > 6 ? ` and ${formatCount(spill.length - 6)} more` : ''} {zone}.
        </Notice>
      )}
      {before === null || toPatch(summary.patch) === 0 ? null : (
        <Notice
          tone="neutral"
          icon="eye-off"
          actions={
            <ButtonLink
              size="sm"
              href={`/incidents/${reference}/preview${withParams(search, { run: before.runId, kind: 'leftout' })}`}
            >
              See {before.rows === 1 ? 'it' : 'them'}
            </ButtonLink>
          }
        >
          {countOf(before.rows, 'row was', 'rows were')} left out of the preview before this one. Every row is
          in again here: leave out those that still should not be written.
        </Notice>
      )}
      <Warnings warnings={warnings} zone={zone} />
    </Card>
  );
}

/** Which earlier rows are affected, and by how many events. */
function spillWords({ spill_over, spill_over_events: events }: Summary['window'], name: Named): string {
  const one = spill_over.length === 1;
  const which = one
    ? `1 earlier ${name.one} is`
    : `${formatCount(spill_over.length)} earlier ${name.many} are`;
  const because =
    events === undefined
      ? `events of ${one ? 'it' : 'them'} arrived late, in the window`
      : `${countOf(events, 'event', 'events')} of ${one ? 'it' : 'them'} arrived late, in the window`;
  return `${which} affected too, because ${because}:`;
}

type Named = ReturnType<typeof bucketName>;

function Warnings({ warnings, zone }: { warnings: Summary['warnings']; zone: string }) {
  if (warnings.length === 0) return null;
  return (
    <Notice tone="warn">
      <p className="font-medium">{countOf(warnings.length, 'warning', 'warnings')}</p>
      <ul className="mt-0.5 grid gap-1">
        {warnings.map((warning) => (
          <li key={`${warning.code} ${warning.message}`}>
            <Words>{inZone(warning.message, zone)}</Words> <Mono>{warning.code}</Mono>
          </li>
        ))}
      </ul>
    </Notice>
  );
}
