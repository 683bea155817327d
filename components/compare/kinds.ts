import type { Kind } from '#components/compare/table-url.ts';
import { signOf } from '#components/ui/format.ts';
import type { PillTone } from '#components/ui/pill';
import type { Direction, DiscrepancyRow } from '#lib/compare/discrepancy';

/** Which way a row's first measure with a difference in numbers has to go. */
export function directionOf(row: Pick<DiscrepancyRow, 'delta' | 'live' | 'recalculated'>): Direction {
  for (const [index, delta] of row.delta.entries()) {
    if (row.live[index] === row.recalculated[index]) continue;
    const sign = delta === null ? 'zero' : signOf(delta);
    if (sign === 'zero') continue;
    return sign === 'plus' ? 'low' : 'high';
  }
  return 'other';
}

export type KindWord = { readonly label: string; readonly tone: PillTone };

/** The filters' words, in their order. */
export const KIND_LABELS: Readonly<Record<Kind, string>> = {
  all: 'All',
  low: 'Too low',
  high: 'Too high',
  other: 'Differs',
  missing: 'Missing in live',
  only: 'Only in live',
  deleted: 'Deleted',
  superseded: 'Superseded',
  leftout: 'Left out',
};

/** A row's kind in a word. The tones only repeat it. */
export function kindOf(row: Pick<DiscrepancyRow, 'class' | 'delta' | 'live' | 'recalculated'>): KindWord {
  if (row.class === 'missing_in_live') return { label: KIND_LABELS.missing, tone: 'acc' };
  if (row.class === 'only_in_live') return { label: KIND_LABELS.only, tone: 'neutral' };
  if (row.class === 'deleted') return { label: KIND_LABELS.deleted, tone: 'danger' };
  if (row.class === 'superseded') return { label: KIND_LABELS.superseded, tone: 'neutral' };
  const direction = directionOf(row);
  if (direction === 'low') return { label: KIND_LABELS.low, tone: 'plus' };
  return direction === 'high'
    ? { label: KIND_LABELS.high, tone: 'minus' }
    : { label: KIND_LABELS.other, tone: 'warn' };
}

/** Why a cell has no value to show. */
export function whyEmpty(row: Pick<DiscrepancyRow, 'class'>, side: 'live' | 'recalculated'): string {
  if (side === 'live') return row.class === 'missing_in_live' ? 'No row in live' : 'NULL in live';
  if (row.class === 'only_in_live') return 'No events in the archive';
  return row.class === 'deleted' ? 'The newest event deletes the row' : 'NULL by the archive';
}

/** What the newest event makes of a row that holds it; null for every other kind of row. */
export function meaningOf({ class: name }: Pick<DiscrepancyRow, 'class'>): string | null {
  if (name === 'deleted') return 'The newest event removes this row, so the patch deletes it.';
  return name === 'superseded'
    ? 'The live row holds a newer event than those of the window. There is nothing to correct.'
    : null;
}

/** A row's key as it is read: its columns beside each other. */
export const keyText = (row: Pick<DiscrepancyRow, 'keys'>): string =>
  row.keys.map((part) => (part === null ? 'NULL' : part === '' ? '""' : part)).join(' · ');
