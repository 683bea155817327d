'use client';

import { useQuery } from '@tanstack/react-query';
import { bucketText } from '#components/compare/column-text.ts';
import { keyText, whyEmpty } from '#components/compare/kinds.ts';
import { errorLine, runPath } from '#components/compare/use-run.ts';
import { apiErrorOf, getJson } from '#components/query/api.ts';
import { DownloadLink } from '#components/ui/button';
import { countOf, formatCount } from '#components/ui/format.ts';
import { SkeletonRows } from '#components/ui/loading';
import { Table, TableFooter, Td, Th, Tr } from '#components/ui/table';
import { Difference, Value } from '#components/ui/value';
import { AT_DESK, useMedia } from '#components/workspace/use-media.ts';
import { useTimelineChoice } from '#components/workspace/use-timeline-choice';
import type { ControlRows as Rows } from '#lib/compare/discrepancy';

/** Which rows of the healthy stretch the calculation does not reproduce: the first, with both values. */
export function ControlRows({ runId }: { runId: string }) {
  const desk = useMedia(AT_DESK);
  const { zone } = useTimelineChoice();
  const { data, error } = useQuery({
    queryKey: ['control', runId],
    queryFn: ({ signal }) => getJson<Rows>(`${runPath(runId)}/control`, { signal }),
    staleTime: Number.POSITIVE_INFINITY,
  });
  if (error !== null)
    return apiErrorOf(error).code === 'not_found' ? null : <p role="alert">{errorLine(error)}</p>;
  if (data === undefined) return <SkeletonRows rows={3} label="Reading the rows of the healthy stretch" />;
  const rows = desk ? data.rows : data.rows.slice(0, ON_A_PHONE);
  const Listed = desk ? ControlTable : ControlList;
  return (
    <div className="min-w-0 overflow-hidden rounded-control border border-line bg-surface text-text">
      <Listed columns={data.columns} rows={rows} zone={zone} />
      <TableFooter>
        <span>
          {rows.length < data.total
            ? `The first ${formatCount(rows.length)} of ${formatCount(data.total)} rows.`
            : `${countOf(data.total, 'row', 'rows')}.`}{' '}
          What is live is known to be right here.
        </span>
        <DownloadLink size="sm" className="ml-auto" href={`${runPath(runId)}/control.csv`}>
          control.csv
        </DownloadLink>
      </TableFooter>
    </div>
  );
}

const ON_A_PHONE = 5;

type ListedProps = Pick<Rows, 'columns' | 'rows'> & { zone: string };

function ControlTable({ columns, rows, zone }: ListedProps) {
  const several = columns.measures.length > 1;
  return (
    <Table caption="Rows of the healthy stretch that differ" density="compact" frameClassName="max-h-60">
      <thead>
        <tr>
          <Th className="font-mono">{columns.keys.map((key) => key.name).join(' · ')}</Th>
          {columns.bucket === null ? null : (
            <Th className="font-mono">{`${columns.bucket.name}, ${zone}`}</Th>
          )}
          {columns.measures.map(({ name, numeric }) =>
            sidesOf(numeric).map((side) => (
              <Th key={`${name} ${side}`} numeric={numeric}>
                {several ? <span className="font-mono">{name} </span> : null}
                {several ? side.toLowerCase() : side}
              </Th>
            )),
          )}
          <Th numeric>Events</Th>
        </tr>
      </thead>
      <tbody>
        {rows.map((row) => (
          <Tr key={row.row}>
            <Td className="max-w-64 truncate font-mono text-[0.77rem]" title={keyText(row)}>
              {keyText(row)}
            </Td>
            {columns.bucket === null ? null : (
              <Td className="font-mono text-[0.77rem]">
                {row.bucket === null ? 'NULL' : bucketText(row.bucket, zone)}
              </Td>
            )}
            {columns.measures.map(({ name, numeric }, at) => [
              <Td key={`${name} live`} numeric={numeric} className="max-w-56 truncate">
                <Side row={row} at={at} side="live" />
              </Td>,
              <Td key={`${name} recalculated`} numeric={numeric} className="max-w-56 truncate">
                <Side row={row} at={at} side="recalculated" />
              </Td>,
              ...(numeric
                ? [
                    <Td key={`${name} difference`} numeric>
                      <Difference value={row.delta[at] ?? null} because="No value on either side" />
                    </Td>,
                  ]
                : []),
            ])}
            <Td numeric className="text-text-2">
              {formatCount(row.events)}
            </Td>
          </Tr>
        ))}
      </tbody>
    </Table>
  );
}

const sidesOf = (numeric: boolean): readonly string[] =>
  numeric ? ['Live', 'Calculated', 'Difference'] : ['Live', 'Calculated'];

type SideProps = { row: Rows['rows'][number]; at: number; side: 'live' | 'recalculated' };

/** A value, or in words why there is none: a whole row that is missing on one side is the finding itself. */
function Side({ row, at, side }: SideProps) {
  const value = row[side][at] ?? null;
  return value === null ? (
    <span className="text-text-3">{whyEmpty(row, side)}</span>
  ) : (
    <Value value={value} />
  );
}

/** The same on a phone. */
function ControlList({ columns, rows, zone }: ListedProps) {
  return (
    <ul aria-label="Rows of the healthy stretch that differ" className="divide-y divide-line">
      {rows.map((row) => (
        <li key={row.row} className="grid gap-0.5 px-3 py-2">
          <span className="font-mono text-xs">
            {keyText(row)}
            {columns.bucket === null || row.bucket === null ? null : (
              <span className="text-text-3"> {bucketText(row.bucket, zone)}</span>
            )}
          </span>
          {columns.measures.map(({ name, numeric }, at) => (
            <span key={name} className="flex flex-wrap gap-x-2 text-text-2">
              {columns.measures.length > 1 ? <span className="font-mono text-xs">{name}</span> : null}
              <span>
                live <Side row={row} at={at} side="live" />, calculated{' '}
                <Side row={row} at={at} side="recalculated" />
              </span>
              {numeric ? (
                <Difference value={row.delta[at] ?? null} because="No value on either side" />
              ) : null}
            </span>
          ))}
        </li>
      ))}
    </ul>
  );
}
