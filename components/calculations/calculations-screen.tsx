'use client';

import Link from 'next/link';
import { NewCalculation } from '#components/calculations/new-calculation';
import { useCalculations } from '#components/calculations/use-calculations.ts';
import { apiErrorOf } from '#components/query/api.ts';
import { Button, ButtonLink } from '#components/ui/button';
import { Card } from '#components/ui/card';
import { countOf, EM_DASH } from '#components/ui/format.ts';
import { SkeletonRows } from '#components/ui/loading';
import { PageHeader } from '#components/ui/page';
import { Pill } from '#components/ui/pill';
import { EmptyState, ErrorState } from '#components/ui/states';
import { Table, Td, Th, Tr } from '#components/ui/table';
import { TimeAt } from '#components/ui/time-text';
import type { CalculationList } from '#lib/calculation/edition';

/** The library: which calculations there are, and how each stands. */
export function CalculationsScreen() {
  const found = useCalculations();
  return (
    <>
      <PageHeader
        size="xl"
        title="Calculations"
        actions={found.data === undefined || found.data.rows.length === 0 ? null : <NewCalculation />}
      />
      <Card aria-label="Calculations">
        {found.data !== undefined ? (
          <List rows={found.data.rows} />
        ) : found.error ? (
          <ErrorState
            title="Can't show the calculations."
            error={apiErrorOf(found.error)}
            actions={
              <Button icon="again" busy={found.isFetching} onClick={() => found.refetch()}>
                Try again
              </Button>
            }
          />
        ) : (
          <SkeletonRows label="Reading the calculations" />
        )}
      </Card>
    </>
  );
}

type Row = CalculationList['rows'][number];

/** By name; what is retired stands behind what is in use. */
const inOrder = (rows: readonly Row[]): readonly Row[] =>
  rows.toSorted((a, b) => Number(a.isRetired) - Number(b.isRetired));

function List({ rows: found }: { rows: readonly Row[] }) {
  const rows = inOrder(found);
  if (rows.length === 0)
    return (
      <EmptyState
        title="No calculation is saved yet."
        icon="formula"
        actions={
          <>
            <NewCalculation variant="primary" />
            <ButtonLink href="/incidents">Incidents</ButtonLink>
          </>
        }
      >
        Write one here, or save it from the set-up of an incident. Test it on a day on which all was well, and
        publish it: the next incident then begins with it.
      </EmptyState>
    );
  return (
    <>
      <Table
        caption="Calculations, by name"
        density="list"
        className="max-md:hidden"
        frameClassName="max-md:hidden"
      >
        <thead>
          <tr>
            <Th>Calculation</Th>
            <Th>Newest edition</Th>
            <Th>Published</Th>
            <Th>State</Th>
            <Th numeric>Incidents</Th>
          </tr>
        </thead>
        <tbody>
          {rows.map((row) => (
            <Tr key={row.id}>
              <Td className="max-w-96">
                <NameLink row={row} />
                <p className="truncate text-text-3 text-xs">{row.description}</p>
              </Td>
              <Td>{row.published[0] === undefined ? 'None yet' : `Edition ${row.published[0].number}`}</Td>
              <Td className="text-text-2">
                <Published row={row} />
              </Td>
              <Td>
                <State row={row} />
              </Td>
              <Td numeric>{row.incidents}</Td>
            </Tr>
          ))}
        </tbody>
      </Table>
      <ul className="md:hidden">
        {rows.map((row) => (
          <li key={row.id} className="grid gap-1 border-line border-b px-3.5 py-3 last:border-b-0">
            <div className="flex flex-wrap items-center justify-between gap-2">
              <NameLink row={row} />
              <State row={row} />
            </div>
            <p className="text-sm text-text-2">
              {row.published[0] === undefined ? 'Not published yet' : `Edition ${row.published[0].number}`} ·{' '}
              {countOf(row.incidents, 'incident', 'incidents')}
            </p>
            <p className="text-text-3 text-xs">{row.description}</p>
          </li>
        ))}
      </ul>
    </>
  );
}

const State = ({ row: { isRetired, hasDraft } }: { row: Row }) => (
  <span className="inline-flex gap-1.5">
    {isRetired ? <Pill>Retired</Pill> : null}
    {hasDraft ? <Pill tone="acc">Draft</Pill> : null}
    {isRetired || hasDraft ? null : <span className="text-text-3 max-md:hidden">In use</span>}
  </span>
);

const NameLink = ({ row }: { row: Row }) => (
  <Link
    href={`/calculations/${row.id}`}
    className="rounded-tag font-medium underline-offset-2 [overflow-wrap:anywhere] hover:underline"
  >
    {row.name}
  </Link>
);

function Published({ row: { published } }: { row: Row }) {
  const [newest] = published;
  if (newest === undefined) return <span title="Not published yet">{EM_DASH}</span>;
  return (
    <>
      <TimeAt iso={newest.at} to="minute" /> by {newest.by}
    </>
  );
}
