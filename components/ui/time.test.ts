import { describe, expect, it } from 'vitest';
import {
  formatAgo,
  formatClock,
  formatDuration,
  formatInputTime,
  formatTime,
  formatWindow,
  minuteText,
  secondText,
} from '#components/ui/time.ts';

const now = Date.parse('2026-11-22T10:00:00Z');

describe('formatTime', () => {
  it('names the zone and keeps every microsecond', () => {
    expect(formatTime('2026-11-21T12:02:04.000000Z')).toBe('21 Nov 2026, 12:02:04 UTC');
    expect(formatTime('2026-11-21T12:02:00.000001Z')).toBe('21 Nov 2026, 12:02:00.000001 UTC');
    expect(formatTime('2026-11-21T12:02:00.000000Z', { seconds: 'auto' })).toBe('21 Nov 2026, 12:02 UTC');
    expect(formatTime('2026-07-01T23:30:00Z', { zone: 'Europe/Berlin', seconds: 'auto' })).toBe(
      '2 Jul 2026, 01:30 Europe/Berlin',
    );
  });

  it('cuts what was done here to the second or the minute', () => {
    expect(secondText('2026-11-21T12:02:04.123456Z')).toBe('21 Nov 2026, 12:02:04 UTC');
    expect(minuteText('2026-11-21T12:02:59.999999Z')).toBe('21 Nov 2026, 12:02 UTC');
  });

  it('gives the clock and the form of inputs', () => {
    expect(formatClock('2026-11-21T12:03:12.408000Z')).toBe('12:03:12.408');
    expect(formatInputTime('2026-11-21T00:02:00.000000Z')).toBe('2026-11-21 00:02');
  });
});

describe('formatWindow', () => {
  it.each([
    ['2026-11-21T12:02:00.000000Z', '2026-11-21T12:34:00.000000Z', '21 Nov, 12:02 – 12:34'],
    ['2026-11-19T00:00:00Z', '2026-11-20T00:00:00Z', '19 Nov, 00:00 – 24:00'],
    ['2026-11-20T23:00:00Z', '2026-11-21T01:00:00Z', '20 Nov, 23:00 – 21 Nov, 01:00'],
    ['2024-06-10T12:00:00Z', '2024-06-10T12:30:30.5Z', '10 Jun 2024, 12:00 – 12:30:30.5'],
    ['2026-11-19T00:00:00Z', '2026-11-22T00:00:00Z', '19 Nov, 00:00 – 22 Nov, 00:00'],
  ])('%s to %s', (from, to, shown) => expect(formatWindow({ from, to }, { now })).toBe(shown));
});

describe('formatAgo', () => {
  it.each([
    ['2026-11-22T09:59:30Z', 'just now'],
    ['2026-11-22T10:00:05Z', 'just now'],
    ['2026-11-22T09:56:00Z', '4 min ago'],
    ['2026-11-22T06:55:00Z', '3 h ago'],
    ['2026-11-21T23:30:00Z', '10 h ago'],
    ['2026-11-21T09:00:00Z', 'yesterday'],
    ['2026-11-15T09:00:00Z', '15 Nov'],
    ['2025-11-15T09:00:00Z', '15 Nov 2025'],
  ])('%s is %s', (iso, shown) => expect(formatAgo(iso, now)).toBe(shown));
});

it('gives durations', () => {
  expect(
    [0, 42, 1800, 9_949, 42_000, 185_000, 1_920_000, 78_300_000, 183_600_000].map(formatDuration),
  ).toEqual(['0 ms', '42 ms', '1.8 s', '9.9 s', '42 s', '3 min 5 s', '32 min', '21 h 45 min', '2 d 3 h']);
});
