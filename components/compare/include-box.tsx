'use client';

import { keyText } from '#components/compare/kinds.ts';
import { Checkbox } from '#components/ui/choice';
import type { DiscrepancyRow } from '#lib/compare/discrepancy';

type BoxProps = {
  row: DiscrepancyRow;
  written: boolean;
  /** A patch stands on these rows: the box only tells. */
  settled: boolean;
  onToggle: (row: DiscrepancyRow) => void;
};

/** Whether the patch writes a row. What it never writes has no box. */
export function IncludeBox({ row, written, settled, onToggle }: BoxProps) {
  if (!written) return <span className="sr-only">Not written by the patch</span>;
  return (
    <Checkbox
      label={`Include ${keyText(row)}${row.bucket === null ? '' : ` ${row.bucket}`} in the patch`}
      hideLabel
      disabled={settled}
      checked={row.leftOut === null}
      onCheckedChange={() => onToggle(row)}
    />
  );
}
