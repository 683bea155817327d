'use client';

import { keyText } from '#components/compare/kinds.ts';
import { Checkbox } from '#components/ui/choice';
import type { DiscrepancyRow } from '#lib/compare/discrepancy';

type BoxProps = {
  row: DiscrepancyRow;
  written: boolean;
  /** Why the box only tells: the role, or a patch that stands on these rows. Null while it can be changed. */
  fixed: string | null;
  onToggle: (row: DiscrepancyRow) => void;
};

/** Whether the patch writes a row. What it never writes has no box. */
export function IncludeBox({ row, written, fixed, onToggle }: BoxProps) {
  if (!written) return <span className="sr-only">Not written by the patch</span>;
  return (
    <Checkbox
      label={`Include ${keyText(row)}${row.bucket === null ? '' : ` ${row.bucket}`} in the patch`}
      hideLabel
      disabled={fixed !== null}
      title={fixed ?? undefined}
      checked={row.leftOut === null}
      onCheckedChange={() => onToggle(row)}
    />
  );
}
