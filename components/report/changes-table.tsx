import { kindOf } from '#components/report/figures.ts';
import { formatCount } from '#components/ui/format.ts';
import { Pill } from '#components/ui/pill';
import { Table, Td, Th, Tr } from '#components/ui/table';
import { minuteText } from '#components/ui/time.ts';
import { Difference, NoValue, Value } from '#components/ui/value';
import type { DiscrepancyRow } from '#lib/compare/discrepancy';
import type { Report } from '#lib/report/report';

const HEAD = 'bg-bg! px-0! pr-4! print:pr-2!';
const CELL = 'px-0! pr-4! print:h-auto print:py-1 print:pr-2!';
const LAST = 'pr-0!';

/** The largest corrections, as the patch writes them. With one measure before and after have a column each. */
export function ChangesTable({ report }: { report: Report }) {
  const { columns, largest } = report;
  const [only, ...others] = columns.measures;
  const single = only !== undefined && others.length === 0;
  const zoned = largest.some((row) => row.bucket?.endsWith('Z'));
  return (
    <Table
      caption="The largest corrections"
      frameClassName="mt-2 max-md:hidden print:block print:overflow-visible print:text-[7.5pt]"
    >
      <thead>
        <tr>
          {columns.keys.map((key) => (
            <Th key={key.name} className={HEAD}>
              {key.name}
            </Th>
          ))}
          {columns.bucket === null ? null : (
            <Th className={HEAD}>
              {columns.bucket.name}
              {zoned ? ', UTC' : ''}
            </Th>
          )}
          <Th className={HEAD}>Kind</Th>
          {columns.measures.map((measure) => (
            <MeasureHeads key={measure.name} name={measure.name} single={single} />
          ))}
          <Th numeric className={`${HEAD} ${LAST}`}>
            Events
          </Th>
        </tr>
      </thead>
      <tbody>
        {largest.map((row) => (
          <Tr key={row.row} className="hover:bg-transparent">
            {columns.keys.map((key, at) => (
              <Td
                key={key.name}
                className={`${CELL} max-w-44 truncate font-mono text-[0.94em]`}
                title={row.keys[at] ?? 'NULL'}
              >
                {row.keys[at] ?? <NoValue because="NULL" />}
              </Td>
            ))}
            {columns.bucket === null ? null : (
              <Td className={CELL}>{row.bucket === null ? <NoValue /> : bucketWords(row.bucket)}</Td>
            )}
            <Td className={CELL}>
              <Pill tone={kindOf(row).tone}>{kindOf(row).word}</Pill>
            </Td>
            {columns.measures.map((measure, at) => (
              <MeasureCells key={measure.name} row={row} at={at} single={single} />
            ))}
            <Td numeric className={`${CELL} ${LAST} text-text-2`}>
              {formatCount(row.events)}
            </Td>
          </Tr>
        ))}
      </tbody>
    </Table>
  );
}

/** A bucket's instant, short where it has a zone; as it is where it is a local time or a day. */
export const bucketWords = (bucket: string): string =>
  bucket.endsWith('Z') ? minuteText(bucket).replace(/ UTC$/, '') : bucket;

function MeasureHeads({ name, single }: { name: string; single: boolean }) {
  if (!single) {
    return (
      <>
        <Th numeric className={HEAD}>
          {name}, before → after
        </Th>
        <Th numeric className={HEAD}>
          Change
        </Th>
      </>
    );
  }
  return ['Before', 'After', 'Change'].map((word) => (
    <Th key={word} numeric className={HEAD}>
      {word}
    </Th>
  ));
}

function MeasureCells({ row, at, single }: { row: DiscrepancyRow; at: number; single: boolean }) {
  const before = (
    <Value value={row.live[at] ?? null} because={row.class === 'missing_in_live' ? 'No live row' : 'NULL'} />
  );
  const after = (
    <Value
      value={row.recalculated[at] ?? null}
      because={row.class === 'only_in_live' ? 'No events' : 'NULL'}
    />
  );
  return (
    <>
      {single ? (
        <>
          <Td numeric className={`${CELL} text-text-2`}>
            {before}
          </Td>
          <Td numeric className={CELL}>
            {after}
          </Td>
        </>
      ) : (
        <Td numeric className={CELL}>
          <span className="text-text-2">{before} → </span>
          {after}
        </Td>
      )}
      <Td numeric className={CELL}>
        <Difference value={row.delta[at] ?? null} because="Not a number" />
      </Td>
    </>
  );
}
