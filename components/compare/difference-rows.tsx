'use client';

import dynamic from 'next/dynamic';
import { type RefObject, useMemo } from 'react';
import { useOpenThreads } from '#components/comments/use-comments.ts';
import { widestOf } from '#components/compare/column-text.ts';
import { DiscrepancyCards } from '#components/compare/discrepancy-cards';
import { isFiltered, type TableUrl } from '#components/compare/table-url.ts';
import { type Discrepancies, useHistogram } from '#components/compare/use-discrepancies.ts';
import type { ChangeTable } from '#components/compare/use-table-url.ts';
import { apiErrorOf } from '#components/query/api.ts';
import { Button } from '#components/ui/button';
import { formatCount } from '#components/ui/format.ts';
import { SkeletonRows } from '#components/ui/loading';
import { KeyHint } from '#components/ui/mono';
import { EmptyState, ErrorState } from '#components/ui/states';
import { TableFooter } from '#components/ui/table';
import type { DiscrepancyQuery, DiscrepancyRow } from '#lib/compare/discrepancy';
import type { Summary } from '#lib/replay/run';

type RowsProps = {
  runId: string;
  rows: Discrepancies;
  query: DiscrepancyQuery;
  /** The query as text: when it changes, the table starts at its top. */
  filter: string;
  url: TableUrl;
  zone: string;
  desk: boolean;
  frame: RefObject<HTMLDivElement | null>;
  active: number | null;
  listed: number;
  onSeen: (from: number, to: number) => void;
  summary: Summary;
  /** Why rows can't be chosen; null while they can. */
  fixed: string | null;
  onToggle: (row: DiscrepancyRow) => void;
  onOpen: (index: number) => void;
  onMore: (listed: number) => void;
  onChange: ChangeTable;
};

/** A phone lists cards and never needs it. */
const DiscrepancyTable = dynamic(
  () => import('#components/compare/discrepancy-table').then((module) => module.DiscrepancyTable),
  { ssr: false, loading: () => <SkeletonRows rows={8} label="Reading the differences" /> },
);

/** The rows of the filter as a table or as cards; or why there are none. */
export function DifferenceRows(props: RowsProps) {
  const { runId, rows, query, url, onChange } = props;
  const { first, rowAt } = rows;
  const bins = useHistogram(runId, query.measure).data?.bins;
  const threadsOf = useOpenThreads(runId);
  const widest = useMemo(() => widestOf(bins ?? []), [bins]);
  if (rows.error !== null) {
    return (
      <ErrorState
        compact
        error={apiErrorOf(rows.error)}
        title="Can't show the differences."
        actions={
          <Button icon="again" onClick={rows.refetch}>
            Try again
          </Button>
        }
      />
    );
  }
  if (first === undefined) return <SkeletonRows rows={8} label="Reading the differences" />;
  const { columns, total, counts } = first;
  if (total === 0) return <NoMatch url={url} onChange={onChange} all={counts.all} />;
  const shared = {
    columns,
    total,
    rowAt,
    zone: props.zone,
    openRow: url.key,
    onOpen: props.onOpen,
    threadsOf,
  };
  if (!props.desk) return <DiscrepancyCards {...shared} shown={props.listed} onMore={props.onMore} />;
  return (
    <>
      <DiscrepancyTable
        {...shared}
        frame={props.frame}
        summary={props.summary}
        fixed={props.fixed}
        onToggle={props.onToggle}
        widest={widest}
        sort={query.sort ?? 'key'}
        active={props.active}
        filter={props.filter}
        onSort={(sort) => onChange({ sort })}
        onSeen={props.onSeen}
      />
      <TableFooter>
        <span>
          {formatCount(total)} {total === 1 ? 'row' : 'rows'}
          {isFiltered(url) || url.kind !== 'all' ? ' shown' : ''}.
          {columns.measures.some(({ numeric }) => numeric) ? ' Difference is recalculated minus live.' : ''}
        </span>
        <span className="ml-auto flex gap-3">
          <KeyHint keys={['J', 'K']}>next, previous</KeyHint>
          <KeyHint keys={['Enter']}>open</KeyHint>
          {props.fixed !== null ? null : <KeyHint keys={['X']}>leave out</KeyHint>}
        </span>
      </TableFooter>
    </>
  );
}

function NoMatch({ url, onChange, all }: { url: TableUrl; onChange: ChangeTable; all: number }) {
  return (
    <EmptyState
      icon="search"
      title={url.q === '' ? 'No differences match this filter.' : `No differences match '${url.q}'.`}
      actions={
        <Button onClick={() => onChange({ kind: 'all', q: '', min: '', max: '', below: '' })}>
          Show all rows
        </Button>
      }
    >
      {all > 0 ? `${formatCount(all)} of other kinds do.` : null}
    </EmptyState>
  );
}
