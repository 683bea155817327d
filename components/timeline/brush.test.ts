import { describe, expect, it } from 'vitest';
import {
  applyKey,
  boundsOf,
  type Drag,
  dragTo,
  MINUTE_STEP,
  moveEdge,
  readKey,
  SECOND_STEP,
  sameWindow,
  shift,
  snap,
  wholeHours,
  widen,
} from '#components/timeline/brush.ts';
import { type Interval, parseInstant, shortInstant } from '#lib/base/instant';

const at = (clock: string) => parseInstant(`2026-11-21T${clock}Z`)!;
const span = (from: string, to: string): Interval => ({ from: at(from), to: at(to) });
const shown = (window: Interval | null) =>
  window === null ? null : [window.from, window.to].map((t) => shortInstant(t).slice(11, -1)).join(' - ');

const bounds = span('12:00', '14:00');
const minutes = { step: MINUTE_STEP, bounds };
const window = span('12:02', '12:34');

describe('snap', () => {
  it('goes to the nearest step, halves up, also before 1970', () => {
    expect(snap(at('12:02:29.999999'), MINUTE_STEP)).toBe(at('12:02'));
    expect(snap(at('12:02:30'), MINUTE_STEP)).toBe(at('12:03'));
    expect(snap(at('12:02:30.4'), SECOND_STEP)).toBe(at('12:02:30'));
    expect(snap(-31_000_000n, MINUTE_STEP)).toBe(-60_000_000n);
    expect(snap(-29_000_000n, MINUTE_STEP)).toBe(0n);
  });
});

describe('drag', () => {
  const from = (grip: Drag['grip'], clock: string, start: Interval | null = window): Drag => ({
    grip,
    at: at(clock),
    start,
  });

  it('makes a new window in either direction', () => {
    expect(shown(dragTo(from('new', '12:40:10'), at('12:50:10'), minutes))).toBe('12:40 - 12:50');
    expect(shown(dragTo(from('new', '12:50:10'), at('12:40:10'), minutes))).toBe('12:40 - 12:50');
  });
  it('makes none before it is a step long', () => {
    expect(dragTo(from('new', '12:40:10'), at('12:40:20'), minutes)).toBeNull();
    expect(shown(dragTo(from('new', '12:40:10'), at('12:40:20'), { step: SECOND_STEP, bounds }))).toBe(
      '12:40:10 - 12:40:20',
    );
  });
  it('makes one where there was none, whatever is held', () => {
    expect(shown(dragTo(from('band', '12:10', null), at('12:20'), minutes))).toBe('12:10 - 12:20');
  });
  it('keeps a new window inside the archive', () => {
    expect(shown(dragTo(from('new', '13:50'), at('15:00'), minutes))).toBe('13:50 - 14:00');
  });
  it('moves one edge and keeps its distance to the pointer', () => {
    // Picked up 20 s beside its line, moved by 5 minutes.
    expect(shown(dragTo(from('from', '12:02:20'), at('12:07:20'), minutes))).toBe('12:07 - 12:34');
    expect(shown(dragTo(from('to', '12:33:50'), at('12:40:00'), minutes))).toBe('12:02 - 12:40');
  });
  it('never lets an edge pass the other', () => {
    expect(shown(dragTo(from('from', '12:02'), at('13:30'), minutes))).toBe('12:33 - 12:34');
    expect(shown(dragTo(from('to', '12:34'), at('12:00'), minutes))).toBe('12:02 - 12:03');
  });
  it('moves the band by whole steps and keeps an uneven start', () => {
    const uneven = span('12:02:07', '12:34:07');
    expect(shown(dragTo(from('band', '12:10', uneven), at('12:15:20'), minutes))).toBe('12:07:07 - 12:39:07');
  });
  it('stops the band at the archive, its length kept', () => {
    expect(shown(dragTo(from('band', '12:10'), at('11:00'), minutes))).toBe('12:00 - 12:32');
    expect(shown(dragTo(from('band', '12:10'), at('20:00'), minutes))).toBe('13:28 - 14:00');
  });
});

describe('keys', () => {
  const press = (key: string, more: Partial<Parameters<typeof readKey>[0]> = {}) =>
    readKey({ key, shiftKey: false, altKey: false, ctrlKey: false, metaKey: false, ...more });

  it('reads arrows, with Shift and Alt, pages, edges and undo', () => {
    expect(press('ArrowLeft')).toEqual({ kind: 'by', micros: -MINUTE_STEP });
    expect(press('ArrowUp', { shiftKey: true })).toEqual({ kind: 'by', micros: 10n * MINUTE_STEP });
    expect(press('ArrowRight', { altKey: true })).toEqual({ kind: 'by', micros: SECOND_STEP });
    expect(press('PageDown')).toEqual({ kind: 'by', micros: -10n * MINUTE_STEP });
    expect(press('Home')).toEqual({ kind: 'edge', side: 'from' });
    expect(press('End')).toEqual({ kind: 'edge', side: 'to' });
    expect(press('Escape')).toEqual({ kind: 'undo' });
    expect(press('z', { ctrlKey: true })).toEqual({ kind: 'undo' });
  });
  it('leaves everything else to the browser', () => {
    expect(press('z')).toBeNull();
    expect(press('Tab')).toBeNull();
    expect(press('ArrowLeft', { metaKey: true })).toBeNull();
  });

  const view = span('11:50', '13:00');
  const apply = (grip: 'from' | 'to' | 'band', key: string, more = {}, start = window) => {
    const move = press(key, more);
    if (move === null || move.kind === 'undo') throw new Error('not a move');
    return shown(applyKey(start, grip, move, view, bounds));
  };

  it('moves an edge', () => {
    expect(apply('from', 'ArrowRight')).toBe('12:03 - 12:34');
    expect(apply('to', 'PageUp')).toBe('12:02 - 12:44');
    expect(apply('from', 'ArrowLeft', { altKey: true })).toBe('12:01:59 - 12:34');
  });
  it('stops an edge at the other and at the archive', () => {
    expect(apply('from', 'End')).toBe('12:33 - 12:34');
    expect(apply('to', 'Home')).toBe('12:02 - 12:03');
    expect(apply('from', 'ArrowLeft', { shiftKey: true })).toBe('12:00 - 12:34');
    expect(apply('from', 'Home')).toBe('12:00 - 12:34');
    expect(apply('to', 'End')).toBe('12:02 - 13:00');
  });
  it('never moves an edge away from where it was asked to go', () => {
    expect(apply('from', 'ArrowRight', {}, span('12:02', '12:02:30'))).toBe('12:02 - 12:02:30');
  });
  it('moves the band', () => {
    expect(apply('band', 'ArrowRight')).toBe('12:03 - 12:35');
    expect(apply('band', 'Home')).toBe('12:00 - 12:32');
    expect(apply('band', 'End')).toBe('12:28 - 13:00');
  });
});

describe('bounds and presets', () => {
  it('takes the archive in whole minutes and the window where it lies outside', () => {
    expect(shown(boundsOf(span('12:00:10', '13:59:10'), null))).toBe('12:00 - 14:00');
    expect(shown(boundsOf(span('12:00', '14:00'), span('11:00', '12:30')))).toBe('11:00 - 14:00');
  });
  it('widens, goes to whole hours, shifts, compares', () => {
    expect(shown(widen(window, 5n * MINUTE_STEP))).toBe('11:57 - 12:39');
    expect(shown(wholeHours(window, 0n))).toBe('12:00 - 13:00');
    expect(shown(wholeHours(span('12:00', '13:00'), 0n))).toBe('12:00 - 13:00');
    expect(shown(wholeHours(window, 330n * MINUTE_STEP))).toBe('11:30 - 13:30');
    expect(shown(shift(window, -60n * MINUTE_STEP, bounds))).toBe('12:00 - 12:32');
    expect(shown(moveEdge(window, 'to', at('15:00'), minutes))).toBe('12:02 - 14:00');
    expect(sameWindow(window, span('12:02', '12:34'))).toBe(true);
    expect(sameWindow(window, null)).toBe(false);
  });
});
