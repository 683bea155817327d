import { kindOf } from '#components/report/figures.ts';
import { formatCount } from '#components/ui/format.ts';
import { Pill } from '#components/ui/pill';
import { Table, Td, Th, Tr } from '#components/ui/table';
import { formatTime } from '#components/ui/time.ts';
import { Difference, NoValue, Value } from '#components/ui/value';
import type { DiscrepancyRow } from '#lib/compare/discrepancy';
import type { Report } from '#lib/report/report';

/** The largest corrections, as the patch writes them. */
export function ChangesTable({ report }: { report: Report }) {
  const { columns, largest } = report;
  const several = columns.measures.length > 1;
  const head = 'bg-bg! px-0! pr-3! first:pl-0!';
  const cell = 'px-0! pr-3! first:pl-0! print:h-auto print:py-1';
  return (
    <Table caption="The largest corrections" frameClassName="mt-2 print:overflow-visible">
      <thead>
        <tr>
          {columns.keys.map((key) => (
            <Th key={key.name} className={head}>
              {key.name}
            </Th>
          ))}
          {columns.bucket === null ? null : <Th className={head}>{columns.bucket.name}</Th>}
          <Th className={head}>Kind</Th>
          {columns.measures.map((measure) => (
            <MeasureHeads key={measure.name} name={several ? measure.name : null} className={head} />
          ))}
          <Th numeric className={`${head} pr-0!`}>
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
                className={`${cell} max-w-48 truncate font-mono text-[0.94em]`}
                title={row.keys[at] ?? 'NULL'}
              >
                {row.keys[at] ?? <NoValue because="NULL" />}
              </Td>
            ))}
            {columns.bucket === null ? null : (
              <Td className={cell}>{row.bucket === null ? <NoValue /> : bucketWords(row.bucket)}</Td>
            )}
            <Td className={cell}>
              <Pill tone={kindOf(row).tone}>{kindOf(row).word}</Pill>
            </Td>
            {columns.measures.map((measure, at) => (
              <MeasureCells key={measure.name} row={row} at={at} className={cell} />
            ))}
            <Td numeric className={`${cell} pr-0! text-text-2`}>
              {formatCount(row.events)}
            </Td>
          </Tr>
        ))}
      </tbody>
    </Table>
  );
}

/** A bucket's instant, short where it has a zone; as it is where it is a local time or a day. */
const bucketWords = (bucket: string): string =>
  bucket.endsWith('Z') ? formatTime(bucket, { seconds: 'auto' }) : bucket;

function MeasureHeads({ name, className }: { name: string | null; className: string }) {
  const prefix = name === null ? '' : `${name} `;
  return (
    <>
      <Th numeric className={className}>
        {name === null ? 'Before' : `${prefix}before`}
      </Th>
      <Th numeric className={className}>
        {name === null ? 'After' : 'after'}
      </Th>
      <Th numeric className={className}>
        {name === null ? 'Change' : 'change'}
      </Th>
    </>
  );
}

function MeasureCells({ row, at, className }: { row: DiscrepancyRow; at: number; className: string }) {
  return (
    <>
      <Td numeric className={`${className} text-text-2`}>
        <Value
          value={row.live[at] ?? null}
          because={row.class === 'missing_in_live' ? 'No live row' : 'NULL'}
        />
      </Td>
      <Td numeric className={className}>
        <Value
          value={row.recalculated[at] ?? null}
          because={row.class === 'only_in_live' ? 'No events' : 'NULL'}
        />
      </Td>
      <Td numeric className={className}>
        <Difference value={row.delta[at] ?? null} because="Not a number" />
      </Td>
    </>
  );
}
