import { formatDuration } from '#components/ui/time.ts';
import { parseInstant } from '#lib/base/instant';
import type { CellEvent } from '#lib/compare/discrepancy';

/** Arrivals later than this are said; what is usual for a bus is not. */
const LATE_MS = 60_000;

const ROLES: Readonly<Record<CellEvent['role'], string>> = {
  counted: 'Counted',
  duplicate: 'Duplicate, not counted',
  conflict: 'Same id, other content',
  outside: 'Not counted',
  pending: 'After the cut, pending',
  before_baseline: 'In the baseline already',
};

/** What became of an event in the calculation, and what is notable about it. */
export function roleWords(event: Pick<CellEvent, 'role' | 'inWindow' | 'time' | 'arrived'>): string {
  const late = latenessMs(event);
  return [
    ROLES[event.role],
    ...(event.inWindow ? [] : ['outside the window']),
    ...(late !== null && late > LATE_MS ? [`${formatDuration(late)} late`] : []),
  ].join(', ');
}

function latenessMs({ time, arrived }: Pick<CellEvent, 'time' | 'arrived'>): number | null {
  const [happened, came] = [parseInstant(time), parseInstant(arrived ?? '')];
  return happened === null || came === null ? null : Number((came - happened) / 1000n);
}

/** Whether all events are of one day in a zone: then the clock alone names their times. */
export function onOneDay(
  events: readonly Pick<CellEvent, 'time'>[],
  dayOf: (iso: string) => string,
): boolean {
  return new Set(events.map((event) => dayOf(event.time))).size <= 1;
}
