import { RowCard } from '#components/compare/row-card';
import { bucketWords } from '#components/report/changes-table';
import { kindOf } from '#components/report/figures.ts';
import { Pill } from '#components/ui/pill';
import { Difference, Value } from '#components/ui/value';
import type { Report } from '#lib/report/report';

/** The largest corrections on a phone; at a desk and on paper they are a table. */
export function ChangesCards({ report: { columns, largest } }: { report: Report }) {
  return (
    <ul
      aria-label="The largest corrections"
      className="mt-2 divide-y divide-line border-line border-y md:hidden print:hidden"
    >
      {largest.map((row) => (
        <li key={row.row} className="py-3">
          <RowCard
            keys={[...row.keys, ...(columns.bucket === null ? [] : [row.bucket && bucketWords(row.bucket)])]}
            pill={<Pill tone={kindOf(row).tone}>{kindOf(row).word}</Pill>}
            measures={columns.measures.map(({ name }, at) => ({
              name,
              before: (
                <Value
                  value={row.live[at] ?? null}
                  because={row.class === 'missing_in_live' ? 'No live row' : 'NULL'}
                />
              ),
              after: (
                <Value
                  value={row.recalculated[at] ?? null}
                  because={row.class === 'only_in_live' ? 'No events' : 'NULL'}
                />
              ),
              difference: <Difference value={row.delta[at] ?? null} because="Not a number" />,
            }))}
          />
        </li>
      ))}
    </ul>
  );
}
