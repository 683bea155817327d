'use client';

import { useVirtualizer } from '@tanstack/react-virtual';
import { type RefObject, useEffect } from 'react';
import { isWritten } from '#components/compare/figures.ts';
import { hasBar, sidesOf, TableHead } from '#components/compare/table-head';
import { DiscrepancyTableRow, PendingRow } from '#components/compare/table-row';
import type { DiscrepancyColumns, DiscrepancyRow } from '#lib/compare/discrepancy';
import type { Summary } from '#lib/replay/run';

/** The height of a row at the desk, as the tokens have it. */
const ROW_PX = 33;

type TableProps = {
  frame: RefObject<HTMLDivElement | null>;
  columns: DiscrepancyColumns;
  total: number;
  rowAt: (index: number) => DiscrepancyRow | undefined;
  zone: string;
  widest: number;
  sort: string;
  active: number | null;
  openRow: number | null;
  /** The filter that is shown: when it changes, the table starts at its top. */
  filter: string;
  summary: Summary;
  /** Why rows can't be chosen; null while they can. */
  fixed: string | null;
  /** Threads of comments on a row that are open. */
  threadsOf: (row: DiscrepancyRow) => number;
  onToggle: (row: DiscrepancyRow) => void;
  onSort: (sort: string) => void;
  onOpen: (index: number) => void;
  onSeen: (from: number, to: number) => void;
};

/** The differences in a frame that scrolls by itself; only the rows in sight are in the page. */
export function DiscrepancyTable(props: TableProps) {
  const { frame, columns, total, rowAt, active, openRow, filter, onOpen, onSeen } = props;
  const heads = columns.measures.length > 1 ? 2 : 1;
  const virtual = useVirtualizer({
    count: total,
    getScrollElement: () => frame.current,
    estimateSize: () => ROW_PX,
    overscan: 12,
    scrollPaddingStart: heads * 34,
    scrollMargin: 0,
  });
  const items = virtual.getVirtualItems();
  const [from, to] = [items.at(0)?.index ?? 0, items.at(-1)?.index ?? 0];
  useEffect(() => onSeen(from, to), [from, to, onSeen]);
  // biome-ignore lint/correctness/useExhaustiveDependencies: a new filter starts at its first row
  useEffect(() => {
    frame.current?.scrollTo({ top: 0 });
  }, [filter]);
  useEffect(() => {
    if (active !== null) virtual.scrollToIndex(active, { align: 'auto' });
  }, [active, virtual]);
  const sides = columns.measures.reduce((sum, measure) => sum + sidesOf(measure), 0);
  const cells = 5 + (columns.bucket === null ? 0 : 1) + sides + (hasBar(columns) ? 1 : 0);
  const [above, below] = [items.at(0)?.start ?? 0, virtual.getTotalSize() - (items.at(-1)?.end ?? 0)];
  return (
    // biome-ignore lint/a11y/useSemanticElements: a scrolling frame needs a name and the focus, and is no section
    <div
      ref={frame}
      role="region"
      aria-label="Differences, scrollable"
      // biome-ignore lint/a11y/noNoninteractiveTabindex: whoever has no mouse scrolls it with the arrows
      tabIndex={0}
      className="relative max-h-[min(62vh,40rem)] min-h-40 overflow-auto -outline-offset-2"
      onKeyDown={(event) => {
        if (event.key !== 'Enter' || event.target !== event.currentTarget || active === null) return;
        event.preventDefault();
        onOpen(active);
      }}
    >
      <table aria-rowcount={total + heads} className="w-full border-separate border-spacing-0">
        <caption className="sr-only">Rows that differ, with their live and recalculated values</caption>
        <TableHead columns={columns} zone={props.zone} sort={props.sort} onSort={props.onSort} />
        <tbody>
          <Gap heightPx={above} columns={cells} />
          {items.map(({ index }) => {
            const row = rowAt(index);
            const rowIndex = index + heads + 1;
            return row === undefined ? (
              <PendingRow key={index} columns={cells} rowIndex={rowIndex} />
            ) : (
              <DiscrepancyTableRow
                key={index}
                row={row}
                written={isWritten(row, props.summary)}
                fixed={props.fixed}
                onToggle={props.onToggle}
                threads={props.threadsOf(row)}
                index={index}
                rowIndex={rowIndex}
                columns={columns}
                zone={props.zone}
                widest={props.widest}
                active={active === index}
                open={openRow === row.row}
                onOpen={onOpen}
              />
            );
          })}
          <Gap heightPx={below} columns={cells} />
        </tbody>
      </table>
    </div>
  );
}

/** Stands for the rows that are not in sight. */
function Gap({ heightPx, columns }: { heightPx: number; columns: number }) {
  return heightPx <= 0 ? null : (
    <tr>
      <td colSpan={columns} style={{ height: heightPx }} />
    </tr>
  );
}
