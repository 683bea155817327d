'use client';

import { memo } from 'react';
import { ThreadTag } from '#components/comments/thread-tag';
import { bucketText } from '#components/compare/column-text.ts';
import { DifferenceBar } from '#components/compare/difference-bar';
import { IncludeBox } from '#components/compare/include-box';
import { keyText, kindOf, whyEmpty } from '#components/compare/kinds.ts';
import { hasBar } from '#components/compare/table-head';
import { classes } from '#components/ui/classes.ts';
import { countOf, formatCount } from '#components/ui/format.ts';
import { Pill, Tag } from '#components/ui/pill';
import { Td, Tr } from '#components/ui/table';
import { Difference, Value } from '#components/ui/value';
import type { DiscrepancyColumns, DiscrepancyRow } from '#lib/compare/discrepancy';

type RowProps = {
  row: DiscrepancyRow;
  /** The patch writes it, unless it is left out. */
  written: boolean;
  fixed: string | null;
  onToggle: (row: DiscrepancyRow) => void;
  /** Threads of comments on it that are open. */
  threads: number;
  index: number;
  rowIndex: number;
  columns: DiscrepancyColumns;
  zone: string;
  widest: number;
  /** The one that keys move from. */
  active: boolean;
  /** Its panel is open. */
  open: boolean;
  onOpen: (index: number) => void;
};

/** A difference: what is live, what it should be, and by how much. */
export const DiscrepancyTableRow = memo(function DiscrepancyTableRow(props: RowProps) {
  const { row, written, fixed, onToggle, index, rowIndex, columns, zone, widest, active, open, onOpen } =
    props;
  const kind = kindOf(row);
  const several = columns.measures.length > 1;
  return (
    <Tr
      selected={open}
      leftOut={row.leftOut !== null}
      aria-rowindex={rowIndex}
      className={classes('cursor-pointer', active && !open && 'bg-hover')}
      onClick={() => onOpen(index)}
    >
      <Td className="pr-0!" onClick={(event) => event.stopPropagation()}>
        <IncludeBox row={row} written={written} fixed={fixed} onToggle={onToggle} />
      </Td>
      <Td
        className={classes(
          'sticky left-0 max-w-64 truncate font-mono text-[0.77rem] group-hover/row:bg-hover',
          open ? 'bg-selected group-hover/row:bg-selected' : active ? 'bg-hover' : 'bg-surface',
        )}
      >
        <button
          type="button"
          aria-expanded={open}
          className="max-w-full truncate text-left -outline-offset-1"
          title={keyText(row)}
          onClick={(event) => {
            event.stopPropagation();
            onOpen(index);
          }}
        >
          {keyText(row)}
        </button>
      </Td>
      {columns.bucket === null ? null : (
        <Td className="font-mono text-[0.77rem]">
          {row.bucket === null ? 'NULL' : bucketText(row.bucket, zone)}
        </Td>
      )}
      <Td>
        <Pill tone={kind.tone}>{kind.label}</Pill>
      </Td>
      {columns.measures.map((measure, at) => (
        <Sides key={measure.name} row={row} at={at} numeric={measure.numeric} edge={several} />
      ))}
      {hasBar(columns) ? (
        <Td>
          <DifferenceBar value={row.delta[0] ?? null} widest={widest} />
        </Td>
      ) : null}
      <Td numeric className="text-text-2">
        {formatCount(row.events)}
      </Td>
      <Td>
        <span className="flex gap-1">
          {row.leftOut === null ? null : (
            <span title={row.leftOut}>
              <Tag>Left out</Tag>
            </span>
          )}
          {row.duplicates > 0 ? <Tag tone="violet">{countOf(row.duplicates, 'dup', 'dups')}</Tag> : null}
          <ThreadTag threads={props.threads} />
        </span>
      </Td>
    </Tr>
  );
});

type SidesProps = { row: DiscrepancyRow; at: number; numeric: boolean; edge: boolean };

/** Live and recalculated, and where they are numbers the difference. */
function Sides({ row, at, numeric, edge }: SidesProps) {
  const text = numeric ? '' : 'max-w-56 truncate';
  const [live, recalculated] = [row.live[at] ?? null, row.recalculated[at] ?? null];
  return (
    <>
      <Td
        numeric={numeric}
        className={classes(text, edge && 'border-l border-l-line')}
        title={numeric ? undefined : (live ?? undefined)}
      >
        <Value value={live} because={whyEmpty(row, 'live')} />
      </Td>
      <Td numeric={numeric} className={text} title={numeric ? undefined : (recalculated ?? undefined)}>
        <Value value={recalculated} because={whyEmpty(row, 'recalculated')} />
      </Td>
      {numeric ? (
        <Td numeric>
          <Difference value={row.delta[at] ?? null} because="No value on either side" />
        </Td>
      ) : null}
    </>
  );
}

/** Stands for a row that is still being read. */
export function PendingRow({ columns, rowIndex }: { columns: number; rowIndex: number }) {
  return (
    <tr aria-rowindex={rowIndex} aria-busy="true">
      <td colSpan={columns} className="h-row border-line border-b px-3.5">
        <span className="block h-2.5 w-1/3 animate-appear rounded-tag bg-line" />
      </td>
    </tr>
  );
}
