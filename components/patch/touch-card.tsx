import { useId } from 'react';
import { Seal } from '#components/patch/seal';
import { nounOf, patchName, rowsOf } from '#components/patch/words.ts';
import { Card, CardHeader } from '#components/ui/card';
import { countOf, formatCount, formatDifference, formatPercent, signOf } from '#components/ui/format.ts';
import { Mono } from '#components/ui/mono';
import { type Stat, StatStrip } from '#components/ui/stat-strip';
import type { PatchView } from '#lib/patch/patch';

/** What the patch touches, in figures. */
export function TouchCard({ patch }: { patch: PatchView }) {
  const titleId = useId();
  const [, ...others] = patch.net;
  return (
    <Card labelledBy={titleId}>
      <CardHeader
        title={`What this ${nounOf(patch)} touches`}
        titleId={titleId}
        meta={<Mono>{patchName(patch.seal)}</Mono>}
        actions={<Seal seal={patch.seal} />}
      />
      <StatStrip stats={statsOf(patch)} />
      {others.length === 0 ? null : (
        <dl className="flex flex-wrap gap-x-6 gap-y-1 border-line border-t px-3.5 py-2">
          {others.map((one) => (
            <div key={one.measure} className="flex gap-1.5">
              <dt className="text-text-3">
                Net <Mono>{one.measure}</Mono>
              </dt>
              <dd>
                {formatDifference(one.net)}{' '}
                <span className="text-text-3 text-xs">
                  ({formatDifference(one.plus)} and {formatDifference(one.minus)})
                </span>
              </dd>
            </div>
          ))}
        </dl>
      )}
    </Card>
  );
}

function statsOf(patch: PatchView): readonly Stat[] {
  const { counts, columns, net } = patch;
  const [first] = net;
  const rows = rowsOf(patch);
  return [
    {
      label: 'Rows',
      figure: formatCount(rows),
      note:
        patch.tableRows === null || patch.tableRows === 0
          ? patch.target
          : rows > patch.tableRows
            ? `of a table of ${countOf(patch.tableRows, 'row', 'rows')}`
            : `${formatPercent(rows, patch.tableRows)} of ${formatCount(patch.tableRows)}`,
    },
    {
      label: 'Updates',
      figure: formatCount(counts.updates),
      note: `${countOf(columns.length, 'column', 'columns')}: ${columns.join(', ')}`,
    },
    {
      label: 'Inserts',
      figure: formatCount(counts.inserts),
      note:
        counts.deletes === 0
          ? 'no deletes'
          : patch.kind === 'undo'
            ? 'rows that the patch deleted'
            : 'rows that are missing',
    },
    ...(counts.deletes === 0
      ? []
      : [
          {
            label: 'Deletes',
            figure: formatCount(counts.deletes),
            note: patch.kind === 'undo' ? 'rows that the patch added' : 'whole rows, kept for undo',
            tone: 'danger' as const,
          },
        ]),
    ...(first === undefined
      ? []
      : [
          {
            label: (
              <>
                {patch.kind === 'undo' ? 'Net change' : 'Net correction'}, <Mono>{first.measure}</Mono>
              </>
            ),
            figure: formatDifference(first.net),
            note: `${formatDifference(first.plus)} and ${formatDifference(first.minus)}`,
            tone: toneOf(first.net),
          },
        ]),
  ];
}

function toneOf(net: string): 'plus' | 'minus' | undefined {
  const sign = signOf(net);
  return sign === 'zero' ? undefined : sign;
}
