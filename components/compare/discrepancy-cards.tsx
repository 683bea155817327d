'use client';

import { ThreadTag } from '#components/comments/thread-tag';
import { bucketText } from '#components/compare/column-text.ts';
import { keyText, kindOf, whyEmpty } from '#components/compare/kinds.ts';
import { Button } from '#components/ui/button';
import { classes } from '#components/ui/classes.ts';
import { countOf, formatCount } from '#components/ui/format.ts';
import { Pill, Tag } from '#components/ui/pill';
import { Difference, Value } from '#components/ui/value';
import type { DiscrepancyColumns, DiscrepancyRow } from '#lib/compare/discrepancy';

type CardsProps = {
  columns: DiscrepancyColumns;
  total: number;
  rowAt: (index: number) => DiscrepancyRow | undefined;
  zone: string;
  /** How many are listed; more come with the button, so that the page itself scrolls. */
  shown: number;
  openRow: number | null;
  /** Threads of comments on a row that are open. */
  threadsOf: (row: DiscrepancyRow) => number;
  onMore: (shown: number) => void;
  onOpen: (index: number) => void;
};

const MORE = 50;

/** The differences on a phone: the first measure of each row, all of it in the row's sheet. */
export function DiscrepancyCards({
  columns,
  total,
  rowAt,
  zone,
  shown,
  openRow,
  threadsOf,
  onMore,
  onOpen,
}: CardsProps) {
  const listed = Math.min(shown, total);
  const rows = Array.from({ length: listed }, (_, index) => rowAt(index)).filter((row) => row !== undefined);
  const more = Math.min(MORE, total - listed);
  return (
    <>
      <ul aria-label="Rows that differ">
        {rows.map((row, index) => (
          <li key={row.row} className="border-line border-b last:border-b-0">
            <button
              type="button"
              aria-expanded={openRow === row.row}
              onClick={() => onOpen(index)}
              className={classes(
                'grid w-full grid-cols-[minmax(0,1fr)_auto] gap-x-3 gap-y-1 px-3.5 py-3 text-left -outline-offset-2',
                openRow === row.row && 'bg-selected',
                row.leftOut !== null && 'text-text-3',
              )}
            >
              <span className="truncate font-mono text-md">
                {keyText(row)}
                {columns.bucket === null || row.bucket === null ? null : (
                  <span className="text-text-3 text-xs"> {bucketText(row.bucket, zone)}</span>
                )}
              </span>
              <span
                className={classes('text-right font-medium text-md', row.leftOut !== null && 'line-through')}
              >
                <Difference value={row.delta[0] ?? null} because="Not a number" />
              </span>
              <span className="flex min-w-0 flex-wrap items-center gap-1.5 text-text-2">
                <Pill tone={kindOf(row).tone}>{kindOf(row).label}</Pill>
                <span className="truncate">
                  <Value value={row.live[0] ?? null} because={whyEmpty(row, 'live')} /> →{' '}
                  <Value value={row.recalculated[0] ?? null} because={whyEmpty(row, 'recalculated')} />
                </span>
              </span>
              <span className="flex justify-end gap-1 self-center">
                {row.leftOut === null ? null : <Tag>Left out</Tag>}
                {row.duplicates > 0 ? (
                  <Tag tone="violet">{countOf(row.duplicates, 'dup', 'dups')}</Tag>
                ) : null}
                <ThreadTag threads={threadsOf(row)} />
              </span>
            </button>
          </li>
        ))}
      </ul>
      {more > 0 ? (
        <div className="grid p-3">
          <Button onClick={() => onMore(listed + MORE)}>
            Show {formatCount(more)} more of {formatCount(total)}
          </Button>
        </div>
      ) : null}
    </>
  );
}
