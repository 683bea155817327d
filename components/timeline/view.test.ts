import { describe, expect, it } from 'vitest';
import { binsNear, countIn, nearestEvents } from '#components/timeline/bins.ts';
import {
  alignToBins,
  binWidthMs,
  fitView,
  keepInside,
  MAX_BINS,
  pan,
  perBin,
  scaleOf,
  ticksOf,
  viewAround,
  zoom,
} from '#components/timeline/view.ts';
import { readTimelineUrl, withParams, writeTimelineUrl } from '#components/timeline/window-url.ts';
import { lengthShort, lengthWords, selectionWords } from '#components/timeline/words.ts';
import { parseInstant } from '#lib/base/instant';

const MIN = 60_000;
const HOUR = 60 * MIN;
const day = Date.UTC(2026, 10, 21);
const archive = { fromMs: day, toMs: day + 24 * HOUR };
const window = { fromMs: day + 722 * MIN, toMs: day + 754 * MIN };

describe('view', () => {
  it('counts by the minute for two hours, coarser for longer, by seconds for minutes', () => {
    expect(binWidthMs(2 * HOUR, 1100)).toBe(MIN);
    expect(binWidthMs(24 * HOUR, 1100)).toBe(5 * MIN);
    expect(binWidthMs(10 * MIN, 1100)).toBe(5000);
    expect(binWidthMs(5 * 365 * 24 * HOUR, 1100)).toBe(7 * 24 * HOUR);
  });
  it('asks for whole bars and never too many', () => {
    const { view, bins } = alignToBins({ fromMs: day + 90_000, toMs: day + 2 * HOUR + 1 }, 1100);
    expect(view).toEqual({ fromMs: day + MIN, toMs: day + 2 * HOUR + MIN });
    expect(bins).toBe(120);
    expect(alignToBins({ fromMs: 0, toMs: 200 * 365 * 24 * HOUR }, 9999).bins).toBeLessThanOrEqual(MAX_BINS);
  });
  it('shows a window with room beside it', () => {
    expect(viewAround(window)).toEqual({ fromMs: day + 674 * MIN, toMs: day + 802 * MIN });
  });
  it('zooms around the window while it is seen, and stays over the archive', () => {
    const near = zoom({ fromMs: day + 10 * HOUR, toMs: day + 14 * HOUR }, 0.5, window, archive);
    expect((near.fromMs + near.toMs) / 2).toBe((window.fromMs + window.toMs) / 2);
    expect(near.toMs - near.fromMs).toBe(2 * HOUR);
    expect(zoom(near, 100, window, archive)).toEqual(fitView(archive));
    const tiny = zoom({ fromMs: day, toMs: day + 3 * MIN }, 0.1, null, archive);
    expect(tiny.toMs - tiny.fromMs).toBe(2 * MIN);
  });
  it('pans to the ends and no further', () => {
    const view = { fromMs: day + HOUR, toMs: day + 3 * HOUR };
    expect(pan(view, -5 * HOUR, archive)).toEqual({ fromMs: day, toMs: day + 2 * HOUR });
    expect(keepInside({ fromMs: day - HOUR, toMs: day + 48 * HOUR }, archive)).toEqual(fitView(archive));
  });
  it('puts ticks on round local times', () => {
    const { at, stepMs } = ticksOf({ fromMs: day + 5 * MIN, toMs: day + 125 * MIN }, 1100, 0);
    expect(stepMs).toBe(10 * MIN);
    expect(at[0]).toBe(day + 10 * MIN);
    const kolkata = ticksOf({ fromMs: day, toMs: day + 24 * HOUR }, 600, 330 * MIN);
    expect(((kolkata.at[0] ?? 0) + 330 * MIN) % kolkata.stepMs).toBe(0);
  });
  it('scales in round steps from zero to over the highest', () => {
    expect(scaleOf(776, 5)).toEqual([0, 200, 400, 600, 800]);
    expect(scaleOf(211, 5)).toEqual([0, 50, 100, 150, 200, 250]);
    expect(scaleOf(2, 5)).toEqual([0, 1, 2]);
    expect(scaleOf(0, 5)).toEqual([0, 1]);
  });
  it('says what a bar counts', () => {
    expect([1000, 15_000, MIN, 5 * MIN, HOUR, 6 * HOUR, 24 * HOUR].map(perBin)).toEqual([
      'per second',
      'per 15 s',
      'per minute',
      'per 5 min',
      'per hour',
      'per 6 h',
      'per day',
    ]);
  });
});

describe('counts', () => {
  const bins = [0, 1, 2, 3].map((i) => ({
    fromMs: day + i * MIN,
    events: 100 * (i + 1),
    duplicates: i,
    late: 0,
    rejected: 0,
  }));
  it('sums whole bars exactly, half-open', () => {
    expect(countIn(bins, MIN, { fromMs: day + MIN, toMs: day + 3 * MIN })).toEqual({
      events: 500,
      duplicates: 3,
      late: 0,
      rejected: 0,
      exact: true,
    });
  });
  it('says when it had to cut a bar', () => {
    expect(countIn(bins, MIN, { fromMs: day + 30_000, toMs: day + MIN })).toMatchObject({
      events: 50,
      exact: false,
    });
  });
  it('finds the nearest events of an empty stretch', () => {
    const timeline = { archive, overview: { binMs: HOUR, counts: [0, 5, 0, 0, 7] } };
    expect(nearestEvents(timeline, { fromMs: day + 3.2 * HOUR, toMs: day + 3.6 * HOUR })).toBe(
      day + 4.5 * HOUR,
    );
    expect(nearestEvents({ archive, overview: { binMs: HOUR, counts: [0] } }, archive)).toBeNull();
  });
  it('lists bars in and near the window', () => {
    const near = binsNear(bins, MIN, { fromMs: day + MIN, toMs: day + 2.5 * MIN }, 1);
    expect(near.map((b) => b.inWindow)).toEqual(['none', 'all', 'part', 'none']);
  });
});

describe('address', () => {
  it('reads back what it writes', () => {
    const from = parseInstant('2026-11-21T12:02Z')!;
    const to = parseInstant('2026-11-21T12:34:00.000001Z')!;
    const set = writeTimelineUrl({
      window: { from, to },
      view: archive,
      zone: 'Europe/Berlin',
      clock: 'ingested',
    });
    const search = withParams('?key=3', set);
    expect(search).toBe(
      '?key=3&from=2026-11-21T12:02Z&to=2026-11-21T12:34:00.000001Z&view=2026-11-21T00:00Z,2026-11-22T00:00Z&tz=Europe%2FBerlin&clock=ingested',
    );
    expect(readTimelineUrl(new URLSearchParams(search))).toEqual({
      window: { from, to },
      view: archive,
      zone: 'Europe/Berlin',
      clock: 'ingested',
    });
  });
  it('takes damage as absence and removes what is null', () => {
    expect(
      readTimelineUrl(new URLSearchParams('?from=x&to=2026-11-21T12:02Z&view=1,2&clock=sun&tz=Mars/Phobos')),
    ).toEqual({
      window: null,
      view: null,
      zone: null,
      clock: null,
    });
    expect(withParams('?from=a&tz=b', writeTimelineUrl({ window: null, zone: 'UTC' }))).toBe('');
  });
});

describe('words', () => {
  const span = { from: parseInstant('2026-11-21T12:02Z')!, to: parseInstant('2026-11-21T13:34:05Z')! };
  it('gives lengths short and long', () => {
    expect(lengthShort(span)).toBe('1 h 32 min 5 s');
    expect(lengthWords(span)).toBe('1 hour 32 minutes 5 seconds');
    expect(lengthShort({ from: 0n, to: 1n })).toBe('under 1 s');
  });
  it('says what is selected', () => {
    const counts = { events: 23076, duplicates: 0, late: 0, rejected: 0, exact: true };
    const short = { from: span.from, to: parseInstant('2026-11-21T12:34Z')! };
    expect(selectionWords(short, 'UTC', day, counts)).toBe(
      '21 Nov, 12:02 to 12:34, 32 minutes, 23,076 events',
    );
    expect(selectionWords(short, 'UTC', day, { ...counts, exact: false })).toMatch(/about 23,076 events$/);
    expect(selectionWords(short, 'UTC', day, null)).toMatch(/32 minutes$/);
  });
});
