'use client';

import { nextSort, sortingOf } from '#components/compare/table-url.ts';
import { Th } from '#components/ui/table';
import type { DiscrepancyColumns } from '#lib/compare/discrepancy';

type HeadProps = { columns: DiscrepancyColumns; zone: string; sort: string; onSort: (sort: string) => void };

const SIDES = [
  { by: 'live', label: 'Live' },
  { by: 'recalculated', label: 'Recalculated' },
  { by: 'delta', label: 'Difference' },
] as const;

/** The head: one line for one measure, two where each of several has its three columns. */
export function TableHead({ columns, zone, sort, onSort }: HeadProps) {
  const { keys, bucket, measures } = columns;
  const sorting = sortingOf(sort);
  const several = measures.length > 1;
  const sortable = (by: string, first: 'ascending' | 'descending') => {
    // Differences are sorted by their size unless the address asks for their sign.
    const mine = sorting.by === by || (by.startsWith('abs:') && sorting.by === `delta:${by.slice(4)}`);
    return {
      sort: mine ? (sorting.descending ? ('descending' as const) : ('ascending' as const)) : null,
      onSort: () => onSort(nextSort(sort, by, first)),
    };
  };
  const tall = several ? { rowSpan: 2 } : {};
  const sub = several ? 'top-[34px]' : '';
  return (
    <thead>
      <tr aria-rowindex={1}>
        <Th {...tall} className="w-9 pr-0!">
          <span className="sr-only">In the patch</span>
        </Th>
        <Th {...tall} {...sortable('key', 'ascending')} className="left-0 z-2 font-mono">
          {keys.map((key) => key.name).join(' · ')}
        </Th>
        {bucket === null ? null : (
          <Th {...tall} {...sortable('bucket', 'ascending')} className="font-mono">
            {`${bucket.name}, ${zone}`}
          </Th>
        )}
        <Th {...tall}>Kind</Th>
        {several
          ? measures.map((measure) => (
              <Th key={measure.name} colSpan={3} className="border-l border-l-line text-center font-mono">
                {measure.name}
              </Th>
            ))
          : null}
        {several
          ? null
          : measures.map((measure) => <Sides key={measure.name} name={measure.name} sortable={sortable} />)}
        {several ? null : (
          <Th className="w-[92px]">
            <span className="sr-only">Bar of the difference</span>
          </Th>
        )}
        <Th {...tall} numeric {...sortable('events', 'descending')}>
          Events
        </Th>
        <Th {...tall} {...sortable('duplicates', 'descending')}>
          Evidence
        </Th>
      </tr>
      {several ? (
        <tr aria-rowindex={2}>
          {measures.map((measure) => (
            <Sides key={measure.name} name={measure.name} sortable={sortable} className={sub} />
          ))}
        </tr>
      ) : null}
    </thead>
  );
}

type SidesProps = {
  name: string;
  sortable: (
    by: string,
    first: 'descending',
  ) => { sort: 'ascending' | 'descending' | null; onSort: () => void };
  className?: string;
};

function Sides({ name, sortable, className = '' }: SidesProps) {
  return SIDES.map((side) => (
    <Th
      key={side.by}
      numeric
      {...sortable(`${side.by === 'delta' ? 'abs' : side.by}:${name}`, 'descending')}
      className={`${className} ${side.by === 'live' && className !== '' ? 'border-l border-l-line' : ''}`}
    >
      {side.label}
      <span className="sr-only"> of {name}</span>
    </Th>
  ));
}
