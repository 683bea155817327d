import { isDeepStrictEqual } from 'node:util';
import type { Verification } from '#lib/patch/patch';
import type { UndoOutlook } from '#lib/patch/rehearsal';
import type { Alarm } from '#lib/recovery/patches/alarm-record';

/** Rows that an alarm names. */
const NAMED = 20;

const shown = (value: string | null): string => (value === null ? 'NULL' : value === '' ? '""' : value);

/** A row that is wrong again: `ann: total was written as 1.50, is 0.25`. */
function rowWords({ key, column, what, wrote, now }: UndoOutlook['moved'][number]): string {
  const name = key.join(', ');
  if (what === 'gone') return `${name}: the row is gone`;
  if (what === 'there') return `${name}: the deleted row is there again`;
  return `${name}: ${column} was written as ${shown(wrote)}, is ${shown(now)}`;
}

/**
 * The alarm that a comparison leaves: none where every corrected row is right. The same rows with the same values as before
 * are the same alarm, also where somebody acknowledged it.
 */
export function alarmAfter(
  before: Alarm | null,
  found: Verification,
  moved: UndoOutlook['moved'],
  at: string,
): Alarm | null {
  if (found.differ === 0) return null;
  const one = found.differ === 1;
  const rows = moved.slice(0, NAMED).map(rowWords);
  const message = `${found.differ} of ${found.cells} corrected ${found.cells === 1 ? 'row' : 'rows'} ${one ? 'is' : 'are'} not as written any more: something changed ${one ? 'it' : 'them'} afterwards.`;
  if (before?.kind === 'differs' && before.message === message && isDeepStrictEqual(before.rows, rows))
    return before;
  return { kind: 'differs', message, at, rows, acknowledged: null };
}
