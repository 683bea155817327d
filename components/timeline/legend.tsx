'use client';

import type { ReactNode } from 'react';
import type { Counts } from '#components/timeline/bins.ts';
import { perBin } from '#components/timeline/view.ts';
import { shownCount } from '#components/timeline/words.ts';
import type { Timeline } from '#lib/window/timeline';

type LegendProps = { timeline: Timeline; counts: Counts | null; selected: boolean };

/** The series with what they count in the window, or in what is shown while there is none. */
export function Legend({ timeline, counts, selected }: LegendProps) {
  const figure = (count: number | undefined): string =>
    count === undefined || counts === null ? '…' : shownCount(count, counts.exact);
  return (
    <div className="flex min-h-[22px] flex-wrap items-center gap-x-4 gap-y-1 text-text-2 text-xs">
      <Entry swatch="bg-series-archive" name="Archived">
        {figure(counts?.events)}
      </Entry>
      <Entry swatch="bg-series-rej" name="Rejected">
        {figure(counts?.rejected)}
      </Entry>
      <Entry swatch="bg-series-dup" name="Duplicate">
        {figure(counts?.duplicates)}
      </Entry>
      {timeline.hasArrival ? (
        <Entry swatch="bg-series-late" name={`Late over ${timeline.lateAfterSeconds} s`}>
          {figure(counts?.late)}
        </Entry>
      ) : null}
      <span className="ml-auto text-text-3 max-md:ml-0">
        Events {perBin(timeline.binMs)}
        {selected ? ', end not included' : ', all that is shown'}
      </span>
    </div>
  );
}

function Entry({ swatch, name, children }: { swatch: string; name: string; children: ReactNode }) {
  return (
    <span className="inline-flex items-center gap-1.5">
      <span aria-hidden="true" className={`edge-forced size-2.5 flex-none rounded-[2px] ${swatch}`} />
      {name} <b className="font-medium text-text">{children}</b>
    </span>
  );
}
