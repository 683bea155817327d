'use client';

import { binsNear } from '#components/timeline/bins.ts';
import { viewOf } from '#components/timeline/view.ts';
import { formatTyped } from '#components/timeline/zone.ts';
import { formatCount } from '#components/ui/format.ts';
import { Table, TableFooter, Td, Th, Tr } from '#components/ui/table';
import { fromMillis, type Interval } from '#lib/base/instant';
import type { Timeline } from '#lib/window/timeline';

type TimelineTableProps = { timeline: Timeline; window: Interval | null; zone: string };

const BESIDE = 12;
const IN_WINDOW = { all: 'In the window', part: 'Partly in the window', none: '' } as const;

/** The bars in and near the window as figures: what the chart shows, for whoever does not see it. */
export function TimelineTable({ timeline, window, zone }: TimelineTableProps) {
  const bins = binsNear(timeline.bins, timeline.binMs, window === null ? null : viewOf(window), BESIDE);
  return (
    <div className="mt-3 overflow-hidden rounded-card border border-line">
      <Table caption="Events in and near the error window" density="compact" frameClassName="max-h-72">
        <thead>
          <tr>
            <Th>From, {zone}</Th>
            <Th numeric>Archived</Th>
            <Th numeric>Rejected</Th>
            <Th numeric>Duplicate</Th>
            {timeline.hasArrival ? <Th numeric>Late</Th> : null}
            <Th>Window</Th>
          </tr>
        </thead>
        <tbody>
          {bins.map((bin) => (
            <Tr key={bin.fromMs} className={bin.inWindow === 'none' ? 'text-text-2' : 'bg-selected'}>
              <Td className="font-mono text-xs">{formatTyped(fromMillis(bin.fromMs), zone)}</Td>
              <Td numeric>{formatCount(bin.events)}</Td>
              <Td numeric>{formatCount(bin.rejected)}</Td>
              <Td numeric>{formatCount(bin.duplicates)}</Td>
              {timeline.hasArrival ? <Td numeric>{formatCount(bin.late)}</Td> : null}
              <Td>{IN_WINDOW[bin.inWindow]}</Td>
            </Tr>
          ))}
        </tbody>
      </Table>
      <TableFooter>
        {formatCount(bins.length)} of {formatCount(timeline.bins.length)} bars shown. Zoom out for more at
        once.
      </TableFooter>
    </div>
  );
}
