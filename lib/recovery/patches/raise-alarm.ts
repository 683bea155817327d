import { isDeepStrictEqual } from 'node:util';
import type { Verification } from '#lib/patch/patch';
import type { UndoOutlook, WrongRows } from '#lib/patch/rehearsal';
import { isWithin } from '#lib/patch/stretches';
import type { Alarm } from '#lib/recovery/patches/alarm-record';

/** Rows that an alarm names. */
export const NAMED = 20;
/** Wrong rows that lie more scattered than this are not kept one by one. */
const MOST_CHARACTERS = 200_000;

const shown = (value: string | null): string => (value === null ? 'NULL' : value === '' ? '""' : value);

/** A row that is wrong again: `ann: total was written as 1.50, is 0.25`. */
function rowWords({ key, column, what, wrote, now }: UndoOutlook['moved'][number]): string {
  const name = key.join(', ');
  if (what === 'gone') return `${name}: the row is gone`;
  if (what === 'there') return `${name}: the deleted row is there again`;
  return `${name}: ${column} was written as ${shown(wrote)}, is ${shown(now)}`;
}

/**
 * The alarm that a comparison leaves: none where every corrected row is right. One that somebody acknowledged stays so
 * while the wrong rows are among those that it was acknowledged for, whatever their values; a row that became right leaves
 * them, so that it raises the alarm when it is wrong again.
 */
export function alarmAfter(
  before: Alarm | null,
  found: Verification,
  wrong: WrongRows,
  at: string,
): Alarm | null {
  if (found.differ === 0) return null;
  const one = found.differ === 1;
  const rows = wrong.first.slice(0, NAMED).map(rowWords);
  const message = `${found.differ} of ${found.cells} corrected ${found.cells === 1 ? 'row' : 'rows'} ${one ? 'is' : 'are'} not as written any more: something changed ${one ? 'it' : 'them'} afterwards.`;
  const stretches = wrong.stretches.length > MOST_CHARACTERS ? null : wrong.stretches;
  const now: Alarm = { kind: 'differs', message, at, rows, stretches, acknowledged: null };
  if (before?.kind !== 'differs') return now;
  const isSame = before.message === message && isDeepStrictEqual(before.rows, rows);
  if (before.acknowledged === null) return isSame ? { ...now, at: before.at } : now;
  // where the rows themselves are not known, only the same words are the same alarm
  const isQuiet =
    before.stretches === null || stretches === null ? isSame : isWithin(stretches, before.stretches);
  return isQuiet ? { ...now, at: before.at, acknowledged: before.acknowledged } : now;
}
