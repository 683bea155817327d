'use client';

import { BlockNotice } from '#components/compare/block-notice';
import { bucketText } from '#components/compare/column-text.ts';
import { Card } from '#components/ui/card';
import { countOf, formatCount } from '#components/ui/format.ts';
import { Mono } from '#components/ui/mono';
import { Notice } from '#components/ui/states';
import { bucketName } from '#components/workspace/bucket-words.ts';
import { useIncident } from '#components/workspace/use-incident.ts';
import { useTimelineChoice } from '#components/workspace/use-timeline-choice';
import type { RunView, Summary } from '#lib/replay/run';

/** What a preview found beside the differences: what blocks its patch, further rows that are affected, warnings. */
export function Findings({ run, summary }: { run: RunView; summary: Summary }) {
  const { incident } = useIncident();
  const { zone } = useTimelineChoice();
  const { blocked_by: blocks } = summary.patch;
  const spill = summary.window.spill_over;
  if (blocks.length === 0 && spill.length === 0 && summary.warnings.length === 0) return null;
  const size = incident.plan.live?.bucket?.size;
  return (
    <Card aria-label="Findings" className="divide-y divide-line">
      {blocks.map((block) => (
        <BlockNotice key={block} block={block} run={run} summary={summary} />
      ))}
      {spill.length === 0 ? null : (
        <Notice tone="acc">
          {spill.length === 1
            ? `One earlier ${bucketName(size).one} is`
            : `${formatCount(spill.length)} earlier ${bucketName(size).many} are`}{' '}
          affected too, because events of {spill.length === 1 ? 'it' : 'them'} arrived in the window:{' '}
          {spill
            .slice(0, 6)
            .map((bucket) => bucketText(bucket, zone))
            .join(', ')}
          {spill.length > 6 ? ` and ${formatCount(spill.length - 6)} more` : ''} {zone}.
        </Notice>
      )}
      <Warnings warnings={summary.warnings} />
    </Card>
  );
}

function Warnings({ warnings }: { warnings: Summary['warnings'] }) {
  if (warnings.length === 0) return null;
  return (
    <Notice tone="warn">
      <p className="font-medium">{countOf(warnings.length, 'warning', 'warnings')}</p>
      <ul className="mt-0.5 grid gap-1">
        {warnings.map((warning) => (
          <li key={`${warning.code} ${warning.message}`}>
            {warning.message} <Mono>{warning.code}</Mono>
          </li>
        ))}
      </ul>
    </Notice>
  );
}
