'use client';

import { type RefObject, useCallback, useEffect, useState } from 'react';
import type { ChangeTable } from '#components/compare/use-table-url.ts';
import { useShortcuts } from '#components/ui/use-shortcuts.ts';
import type { DiscrepancyRow } from '#lib/compare/discrepancy';

type Rows = {
  readonly total: number;
  readonly rowAt: (index: number) => DiscrepancyRow | undefined;
  /** Where the open row is in the list, as far as it is among the first; null when it is not known. */
  readonly opened: number | null;
  /** The open row, by its place in discrepancies.csv. */
  readonly key: number | null;
  /** The filter: when it changes, other rows are at the places. */
  readonly filter: string;
};

type RowSteps = {
  readonly active: number | null;
  readonly open: (index: number) => void;
  readonly step: (by: number) => void;
  readonly close: () => void;
};

/** Going through the rows: J and K move the active one, and the panel with it where it is open; Escape closes it. */
export function useRowSteps(
  rows: Rows,
  frame: RefObject<HTMLElement | null>,
  onChange: ChangeTable,
): RowSteps {
  const { total, rowAt, opened, key, filter } = rows;
  const [active, setActive] = useState<number | null>(null);
  // biome-ignore lint/correctness/useExhaustiveDependencies: another filter has other rows
  useEffect(() => setActive(null), [filter]);
  const open = useCallback(
    (index: number) => {
      const row = rowAt(index);
      setActive(index);
      if (row !== undefined) onChange({ key: row.row }, key === null ? 'push' : 'replace');
    },
    [rowAt, onChange, key],
  );
  const step = (by: number) => {
    if (total === 0) return;
    const now = active ?? opened ?? (by > 0 ? -1 : total);
    const index = Math.min(total - 1, Math.max(0, now + by));
    setActive(index);
    frame.current?.focus({ preventScroll: true });
    const row = rowAt(index);
    if (key !== null && row !== undefined) onChange({ key: row.row });
  };
  const close = () => onChange({ key: null });
  useShortcuts({ j: () => step(1), k: () => step(-1), ...(key === null ? {} : { Escape: close }) });
  return { active, open, step, close };
}
