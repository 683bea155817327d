import type { View } from '#components/timeline/view.ts';
import { isZone } from '#components/timeline/zone.ts';
import { fromMillis, type Interval, parseInstant, shortInstant, toMillis } from '#lib/base/instant';
import type { Clock } from '#lib/window/window';

/** The part of the address that says what the timeline shows. What is not there is null. */
export type TimelineUrl = {
  readonly window: Interval | null;
  readonly view: View | null;
  readonly zone: string | null;
  readonly clock: Clock | null;
};

type Params = Pick<URLSearchParams, 'get'>;

function intervalIn(from: string | null | undefined, to: string | null | undefined): Interval | null {
  const [a, b] = [parseInstant(from ?? ''), parseInstant(to ?? '')];
  return a !== null && b !== null && a < b ? { from: a, to: b } : null;
}

/** Reads the address. What is damaged counts as absent: a link cut by a mail program still opens. */
export function readTimelineUrl(params: Params): TimelineUrl {
  const [viewFrom, viewTo] = (params.get('view') ?? '').split(',');
  const view = intervalIn(viewFrom, viewTo);
  const clock = params.get('clock');
  const zone = params.get('tz');
  return {
    window: intervalIn(params.get('from'), params.get('to')),
    view: view === null ? null : { fromMs: toMillis(view.from), toMs: toMillis(view.to) },
    zone: zone !== null && isZone(zone) ? zone : null,
    clock: clock === 'time' || clock === 'ingested' ? clock : null,
  };
}

/** Names and values to set in the address; null removes one. Instants are UTC, whatever zone is shown. */
export function writeTimelineUrl(change: Partial<TimelineUrl>): Readonly<Record<string, string | null>> {
  const set: Record<string, string | null> = {};
  if (change.window !== undefined) {
    set.from = change.window === null ? null : shortInstant(change.window.from);
    set.to = change.window === null ? null : shortInstant(change.window.to);
  }
  if (change.view !== undefined) {
    const view = change.view;
    set.view =
      view === null ? null : [view.fromMs, view.toMs].map((ms) => shortInstant(fromMillis(ms))).join(',');
  }
  if (change.zone !== undefined) set.tz = change.zone === 'UTC' ? null : change.zone;
  if (change.clock !== undefined) set.clock = change.clock === 'time' ? null : change.clock;
  return set;
}

/** A search string with the changes made, commas and colons left readable. */
export function withParams(search: string, set: Readonly<Record<string, string | null>>): string {
  const params = new URLSearchParams(search);
  for (const [name, value] of Object.entries(set)) {
    if (value === null || value === '') params.delete(name);
    else params.set(name, value);
  }
  const text = params.toString().replaceAll('%3A', ':').replaceAll('%2C', ',');
  return text === '' ? '' : `?${text}`;
}
