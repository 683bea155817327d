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

type Measure = DiscrepancyColumns['measures'][number];

/** How many columns a measure has: what is no number has no difference. */
export const sidesOf = ({ numeric }: Measure): number => (numeric ? 3 : 2);

/** Whether there is a bar for the difference: one measure alone, and that a number. */
export const hasBar = ({ measures }: DiscrepancyColumns): boolean =>
  measures.length === 1 && measures[0]?.numeric === true;

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
              <Th
                key={measure.name}
                colSpan={sidesOf(measure)}
                className="border-l border-l-line text-center font-mono"
              >
                {measure.name}
              </Th>
            ))
          : null}
        {several
          ? null
          : measures.map((measure) => <Sides key={measure.name} measure={measure} sortable={sortable} />)}
        {hasBar(columns) ? (
          <Th className="w-[92px]">
            <span className="sr-only">Bar of the difference</span>
          </Th>
        ) : null}
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
            <Sides key={measure.name} measure={measure} sortable={sortable} className={sub} />
          ))}
        </tr>
      ) : null}
    </thead>
  );
}

type SidesProps = {
  measure: Measure;
  sortable: (
    by: string,
    first: 'descending',
  ) => { sort: 'ascending' | 'descending' | null; onSort: () => void };
  className?: string;
};

function Sides({ measure: { name, numeric }, sortable, className = '' }: SidesProps) {
  return SIDES.filter(({ by }) => numeric || by !== 'delta').map((side) => (
    <Th
      key={side.by}
      numeric={numeric}
      {...sortable(`${side.by === 'delta' ? 'abs' : side.by}:${name}`, 'descending')}
      className={`${className} ${side.by === 'live' && className !== '' ? 'border-l border-l-line' : ''}`}
    >
      {side.label}
      <span className="sr-only"> of {name}</span>
    </Th>
  ));
}
