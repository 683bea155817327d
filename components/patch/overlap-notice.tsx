'use client';

import { useQuery } from '@tanstack/react-query';
import { BoxedNotice } from '#components/new-incident/boxed-notice';
import { patchKey, patchPath } from '#components/patch/use-patch.ts';
import { isOpen, nounOf, shownRow } from '#components/patch/words.ts';
import { getJson } from '#components/query/api.ts';
import { ButtonLink } from '#components/ui/button';
import { countOf, formatCount } from '#components/ui/format.ts';
import type { PatchOverlap, PatchState, PatchView } from '#lib/patch/patch';

type Overlaps = { overlaps: readonly PatchOverlap[] };

const STANDS: Partial<Record<PatchState, string>> = {
  proposed: 'waits for approval',
  expired: 'waits for a new approval',
  approved: 'is approved',
};

/** On a patch that is reviewed: which other open patches have rows of it. Only one of them can be written. */
export function OverlapNotice({ patch }: { patch: PatchView }) {
  const query = useQuery({
    queryKey: [...patchKey(patch.id), 'overlaps'],
    queryFn: ({ signal }) => getJson<Overlaps>(`${patchPath(patch.id)}/overlaps`, { signal }),
    enabled: isOpen(patch.state),
  });
  if (!isOpen(patch.state)) return null;
  return query.data?.overlaps.map((other) => (
    <BoxedNotice
      key={other.id}
      tone="warn"
      actions={
        <ButtonLink size="sm" href={`/incidents/${other.incident}/review?patch=${other.id}`}>
          See patch {other.number} of {other.incident}
        </ButtonLink>
      }
    >
      <p className="font-medium text-pretty">
        Patch {other.number} of {other.incident} {STANDS[other.state] ?? 'is being written'} and has{' '}
        {other.rows === 0 ? 'perhaps the same rows' : countOf(other.rows, 'row', 'rows')}
        {other.rows === 0 ? '' : ' of this one'}.
      </p>
      <p className="text-pretty">
        Only one of the two can be written: withdraw one, or preview again after the other is applied. Until
        then this {nounOf(patch)}{' '}
        {other.state === 'proposed' || other.state === 'expired' ? 'may be' : 'will be'} refused.
      </p>
      <SharedRows other={other} />
    </BoxedNotice>
  ));
}

/** A few of the rows that both have, each with its key as the list of rows has it. */
function SharedRows({ other }: { other: PatchOverlap }) {
  if (other.keys.length === 0) return null;
  const more = other.rows - other.keys.length;
  return (
    <ul aria-label="Rows that both have" className="mt-1 flex flex-wrap gap-x-4 text-xs">
      {other.keys.map((key) => (
        <li key={key} className="font-mono [overflow-wrap:anywhere]">
          {shownRow(key)}
        </li>
      ))}
      {more > 0 ? <li>and {formatCount(more)} more</li> : null}
    </ul>
  );
}
