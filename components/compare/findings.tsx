'use client';

import type { ReactNode } from 'react';
import { bucketText } from '#components/compare/column-text.ts';
import { ButtonLink } from '#components/ui/button';
import { Card } from '#components/ui/card';
import { countOf, formatCount } from '#components/ui/format.ts';
import { Mono } from '#components/ui/mono';
import { Notice } from '#components/ui/states';
import { bucketName } from '#components/workspace/bucket-words.ts';
import { useIncident } from '#components/workspace/use-incident.ts';
import { useTimelineChoice } from '#components/workspace/use-timeline-choice';
import type { Block, Summary } from '#lib/replay/run';

/** What a preview found beside the differences: what blocks its patch, further rows that are affected, warnings. */
export function Findings({ summary }: { summary: Summary }) {
  const { incident, reference } = useIncident();
  const { zone } = useTimelineChoice();
  const { blocked_by: blocks } = summary.patch;
  const spill = summary.window.spill_over;
  if (blocks.length === 0 && spill.length === 0 && summary.warnings.length === 0) return null;
  const size = incident.plan.live?.bucket?.size;
  return (
    <Card aria-label="Findings" className="divide-y divide-line">
      {blocks.map((block) => (
        <Notice
          key={block}
          tone="danger"
          actions={
            <ButtonLink size="sm" href={`/incidents/${reference}/archive`}>
              Go to Archive
            </ButtonLink>
          }
        >
          <p className="font-medium">{blockTitle(block, summary)}</p>
          <p>{withNames(SETTLE[block])}</p>
        </Notice>
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

function blockTitle(block: Block, { archive, control, cells }: Summary): ReactNode {
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

/** Plan fields stand in backticks, and are set as such. */
const withNames = (text: string): ReactNode =>
  text.split('`').map((part, index) => (index % 2 === 1 ? <Mono key={part}>{part}</Mono> : part));

const SETTLE: Readonly<Record<Block, string>> = {
  rejects:
    'See them under Archive with file, line and reason. Correct or remove the files, or raise `archive.rejects` in the plan if these records do not matter. Then run again.',
  conflicting_ids:
    'Choose in the plan which copy counts, the first or the last to arrive (`archive.conflicts`), or correct the archive. Then run again.',
  control_differs:
    'The calculation does not reproduce rows that are known to be right, so its other results can not be trusted either. Check its expressions and version, or the healthy stretch. Then run again.',
  archive_gap:
    'Add the missing files, keep such rows (`patch.only_in_live: keep`), or state in the plan that the archive is complete (`patch.archive_is_complete`). Then run again.',
};
