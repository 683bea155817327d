'use client';

import dynamic from 'next/dynamic';
import { type ReactNode, useCallback, useEffect, useRef, useState } from 'react';
import { BulkBar } from '#components/compare/bulk-bar';
import { DifferenceRows } from '#components/compare/difference-rows';
import { isWritten } from '#components/compare/figures.ts';
import { Filters } from '#components/compare/filters';
import { keyText, kindOf } from '#components/compare/kinds.ts';
import { LeaveOutDialog, type LeaveOutTarget } from '#components/compare/leave-out-dialog';
import { isFiltered, queryOf, searchOf, type TableUrl } from '#components/compare/table-url.ts';
import { useDiscrepancies } from '#components/compare/use-discrepancies.ts';
import { type RowChoice, useFixedWords, useRestore } from '#components/compare/use-left-out.ts';
import { useRowSteps } from '#components/compare/use-row-steps.ts';
import { errorLine } from '#components/compare/use-run.ts';
import type { ChangeTable } from '#components/compare/use-table-url.ts';
import { Card } from '#components/ui/card';
import { Sheet } from '#components/ui/dialog';
import { useToast } from '#components/ui/toast';
import { useShortcuts } from '#components/ui/use-shortcuts.ts';
import { AT_DESK, useMedia, WIDE } from '#components/workspace/use-media.ts';
import { useTimelineChoice } from '#components/workspace/use-timeline-choice';
import type { DiscrepancyRow } from '#lib/compare/discrepancy';
import type { RunView, Summary } from '#lib/replay/run';

type DifferencesProps = {
  run: RunView;
  summary: Summary;
  measures: readonly string[];
  url: TableUrl;
  onChange: ChangeTable;
};

const loadPanel = () => import('#components/compare/row-panel').then((module) => module.RowPanel);

/** Only who opens a row needs it; it is fetched while the rows are read. */
const RowPanel = dynamic(loadPanel, { ssr: false });

/** Rows a phone lists at first. */
const CARDS = 25;

/** Every row that differs, and what is behind the one that is open. */
export function Differences({ run, summary, measures, url, onChange }: DifferencesProps) {
  const runId = run.id;
  const { zone } = useTimelineChoice();
  const [desk, wide] = [useMedia(AT_DESK), useMedia(WIDE)];
  const frame = useRef<HTMLDivElement>(null);
  const query = queryOf(url, measures);
  const filter = searchOf(query);
  const [seen, setSeen] = useState({ from: 0, to: 0 });
  const onSeen = useCallback((from: number, to: number) => setSeen({ from, to }), []);
  const [listed, setListed] = useState(CARDS);
  useEffect(() => {
    loadPanel();
  }, []);
  // biome-ignore lint/correctness/useExhaustiveDependencies: another filter has other rows
  useEffect(() => setListed(CARDS), [filter]);
  const rows = useDiscrepancies(runId, query, desk ? seen : { from: 0, to: listed - 1 });
  const place = url.key === null ? -1 : (rows.first?.rows.findIndex((row) => row.row === url.key) ?? -1);
  const steps = useRowSteps(
    {
      total: rows.first?.total ?? 0,
      rowAt: rows.rowAt,
      opened: place < 0 ? null : place,
      key: url.key,
      filter,
    },
    frame,
    onChange,
  );
  const choice = useRowChoice(run, summary);
  const current = steps.active ?? (place < 0 ? null : place);
  useShortcuts({
    x: () => {
      const row = current === null ? undefined : rows.rowAt(current);
      if (row !== undefined) choice.toggle(row);
    },
  });
  const isNarrowed = isFiltered(url) || url.kind !== 'all';
  const spoken = steps.active === null || url.key !== null ? undefined : rows.rowAt(steps.active);
  return (
    <BesidePanel
      wide={wide}
      onClose={steps.close}
      panel={
        url.key === null ? null : (
          <RowPanel
            run={run}
            summary={summary}
            row={url.key}
            tab={url.tab}
            zone={zone}
            framed={wide}
            onTab={(tab) => onChange({ tab })}
            onStep={steps.step}
            onClose={steps.close}
          />
        )
      }
    >
      <Card aria-label="Differences" aria-busy={rows.behind || undefined}>
        <Filters
          runId={runId}
          url={url}
          measure={query.measure}
          counts={rows.first?.counts}
          onChange={onChange}
        />
        {isNarrowed && rows.first !== undefined && run.patch === null ? (
          <BulkBar
            page={rows.first}
            query={query}
            behind={rows.behind}
            busy={choice.busy}
            fixed={choice.fixed}
            onLeaveOut={choice.ask}
            onRestore={choice.restore}
          />
        ) : null}
        <DifferenceRows
          {...{ runId, rows, query, filter, url, zone, desk, frame, listed, onSeen, onChange }}
          active={steps.active}
          summary={summary}
          fixed={choice.fixed}
          onToggle={choice.toggle}
          onOpen={steps.open}
          onMore={setListed}
        />
        <p className="sr-only" aria-live="polite">
          {spoken === undefined ? '' : `${keyText(spoken)}, ${kindOf(spoken).label}`}
        </p>
        <LeaveOutDialog run={run} target={choice.target} onClose={choice.close} />
      </Card>
    </BesidePanel>
  );
}

type RowChoiceState = {
  readonly target: LeaveOutTarget | null;
  readonly busy: boolean;
  /** Why rows can't be chosen; null while they can. */
  readonly fixed: string | null;
  readonly ask: (target: LeaveOutTarget) => void;
  readonly close: () => void;
  readonly restore: (choice: RowChoice) => void;
  /** Takes a row out, which asks for a reason, or in again. */
  readonly toggle: (row: DiscrepancyRow) => void;
};

function useRowChoice(run: RunView, summary: Summary): RowChoiceState {
  const [target, setTarget] = useState<LeaveOutTarget | null>(null);
  const { notify } = useToast();
  const { mutate, isPending } = useRestore(run.id);
  const fixed = useFixedWords(run);
  const close = useCallback(() => setTarget(null), []);
  const restore = useCallback(
    (choice: RowChoice) =>
      mutate(choice, {
        onError: (error) =>
          notify({ title: "Can't change the patch.", description: errorLine(error), tone: 'danger' }),
      }),
    [mutate, notify],
  );
  const toggle = useCallback(
    (row: DiscrepancyRow) => {
      if (fixed !== null || !isWritten(row, summary)) return;
      const choice = { rows: [row.row] };
      if (row.leftOut !== null) restore(choice);
      else setTarget({ choice, words: keyText(row), count: 1 });
    },
    [restore, summary, fixed],
  );
  return { target, busy: isPending, fixed, ask: setTarget, close, restore, toggle };
}

type BesideProps = { wide: boolean; panel: ReactNode; onClose: () => void; children: ReactNode };

/** The panel beside the rows where there is room for both, else over them. */
function BesidePanel({ wide, panel, onClose, children }: BesideProps) {
  return (
    <div
      className={wide && panel !== null ? 'grid grid-cols-[minmax(0,1fr)_384px] items-start gap-2.5' : 'grid'}
    >
      {children}
      {wide ? (
        panel
      ) : (
        <Sheet
          side="right"
          title="Row"
          open={panel !== null}
          onOpenChange={(open) => {
            if (!open) onClose();
          }}
        >
          {panel}
        </Sheet>
      )}
    </div>
  );
}
