'use client';

import { useCallback, useEffect, useMemo, useRef, useState } from 'react';
import { widestOf } from '#components/compare/column-text.ts';
import { DiscrepancyCards } from '#components/compare/discrepancy-cards';
import { DiscrepancyTable } from '#components/compare/discrepancy-table';
import { Filters } from '#components/compare/filters';
import { keyText, kindOf } from '#components/compare/kinds.ts';
import { RowPanel } from '#components/compare/row-panel';
import { isFiltered, queryOf, searchOf, type TableUrl } from '#components/compare/table-url.ts';
import { useDiscrepancies, useHistogram } from '#components/compare/use-discrepancies.ts';
import type { ChangeTable } from '#components/compare/use-table-url.ts';
import { apiErrorOf } from '#components/query/api.ts';
import { Button } from '#components/ui/button';
import { Card } from '#components/ui/card';
import { Sheet } from '#components/ui/dialog';
import { formatCount } from '#components/ui/format.ts';
import { SkeletonRows } from '#components/ui/loading';
import { KeyHint } from '#components/ui/mono';
import { EmptyState, ErrorState } from '#components/ui/states';
import { TableFooter } from '#components/ui/table';
import { useShortcuts } from '#components/ui/use-shortcuts.ts';
import { AT_DESK, useMedia, WIDE } from '#components/workspace/use-media.ts';
import { useTimelineChoice } from '#components/workspace/use-timeline-choice';

type DifferencesProps = { runId: string; measures: readonly string[]; url: TableUrl; onChange: ChangeTable };

/** Rows a phone lists at first. */
const CARDS = 25;

/** Every row that differs, and what is behind the one that is open. */
export function Differences({ runId, measures, url, onChange }: DifferencesProps) {
  const { zone } = useTimelineChoice();
  const desk = useMedia(AT_DESK);
  const wide = useMedia(WIDE);
  const frame = useRef<HTMLDivElement>(null);
  const query = queryOf(url, measures);
  const filter = searchOf(query);
  const [seen, setSeen] = useState({ from: 0, to: 0 });
  const [listed, setListed] = useState(CARDS);
  const { first, error, refetch, behind, rowAt } = useDiscrepancies(
    runId,
    query,
    desk ? seen : { from: 0, to: listed - 1 },
  );
  const histogram = useHistogram(runId, query.measure);
  const bins = histogram.data?.bins;
  const total = first?.total ?? 0;
  const [active, setActive] = useState<number | null>(null);
  // biome-ignore lint/correctness/useExhaustiveDependencies: another filter has other rows
  useEffect(() => {
    setActive(null);
    setListed(CARDS);
  }, [filter]);

  const open = useCallback(
    (index: number) => {
      const row = rowAt(index);
      setActive(index);
      if (row !== undefined) onChange({ key: row.row }, url.key === null ? 'push' : 'replace');
    },
    [rowAt, onChange, url.key],
  );
  const step = (by: number) => {
    if (total === 0) return;
    const index = active === null ? (by > 0 ? 0 : total - 1) : Math.min(total - 1, Math.max(0, active + by));
    setActive(index);
    frame.current?.focus({ preventScroll: true });
    const row = rowAt(index);
    if (url.key !== null && row !== undefined) onChange({ key: row.row });
  };
  const close = () => onChange({ key: null });
  useShortcuts({
    j: () => step(1),
    k: () => step(-1),
    ...(url.key === null ? {} : { Escape: close }),
  });
  const onSeen = useCallback((from: number, to: number) => setSeen({ from, to }), []);
  const widest = useMemo(() => widestOf(bins ?? []), [bins]);
  const spoken = active === null ? undefined : rowAt(active);
  const panel =
    url.key === null ? null : (
      <RowPanel
        runId={runId}
        row={url.key}
        tab={url.tab}
        zone={zone}
        framed={wide}
        onTab={(tab) => onChange({ tab })}
        onStep={step}
        onClose={close}
      />
    );
  return (
    <div
      className={wide && panel !== null ? 'grid grid-cols-[minmax(0,1fr)_384px] items-start gap-2.5' : 'grid'}
    >
      <Card aria-label="Differences" aria-busy={behind || undefined}>
        <Filters runId={runId} url={url} measure={query.measure} counts={first?.counts} onChange={onChange} />
        {error !== null ? (
          <ErrorState
            compact
            error={apiErrorOf(error)}
            title="Can't show the differences."
            actions={
              <Button icon="again" onClick={refetch}>
                Try again
              </Button>
            }
          />
        ) : first === undefined ? (
          <SkeletonRows rows={8} label="Reading the differences" />
        ) : total === 0 ? (
          <NoMatch url={url} onChange={onChange} all={first.counts.all} />
        ) : desk ? (
          <>
            <DiscrepancyTable
              frame={frame}
              columns={first.columns}
              total={total}
              rowAt={rowAt}
              zone={zone}
              widest={widest}
              sort={query.sort ?? 'key'}
              active={active}
              openRow={url.key}
              filter={filter}
              onSort={(sort) => onChange({ sort })}
              onOpen={open}
              onSeen={onSeen}
            />
            <TableFooter>
              <span>
                {formatCount(total)} {total === 1 ? 'row' : 'rows'}
                {isFiltered(url) || url.kind !== 'all' ? ' shown' : ''}. Difference is recalculated minus
                live.
              </span>
              <span className="ml-auto flex gap-3">
                <KeyHint keys={['J', 'K']}>next, previous</KeyHint>
                <KeyHint keys={['Enter']}>open</KeyHint>
              </span>
            </TableFooter>
          </>
        ) : (
          <DiscrepancyCards
            columns={first.columns}
            total={total}
            rowAt={rowAt}
            zone={zone}
            shown={listed}
            openRow={url.key}
            onMore={setListed}
            onOpen={open}
          />
        )}
        <p className="sr-only" aria-live="polite">
          {spoken === undefined || url.key !== null ? '' : `${keyText(spoken)}, ${kindOf(spoken).label}`}
        </p>
      </Card>
      {wide ? (
        panel
      ) : (
        <Sheet
          side="right"
          title="Row"
          open={panel !== null}
          onOpenChange={(next) => {
            if (!next) close();
          }}
        >
          {panel}
        </Sheet>
      )}
    </div>
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
