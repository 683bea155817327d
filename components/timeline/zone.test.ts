import { describe, expect, it } from 'vitest';
import { formatTyped, isZone, offsetAt, offsetText, parseTyped, zonesOf } from '#components/timeline/zone.ts';
import { MICROS, parseInstant, shortInstant } from '#lib/base/instant';

const at = (iso: string) => parseInstant(iso)!;
const read = (text: string, zone = 'UTC', near = at('2026-11-21T12:00Z')) => {
  const typed = parseTyped(text, zone, near);
  return typed.ok ? shortInstant(typed.at) : typed.message;
};

describe('typed times', () => {
  it('reads what the inputs show, and ISO', () => {
    expect(read('2026-11-21 12:02')).toBe('2026-11-21T12:02Z');
    expect(read(' 2026-11-21T12:02:05.25Z ')).toBe('2026-11-21T12:02:05.250000Z');
    expect(read('2026-11-21 12:02 +05:30')).toBe('2026-11-21T06:32Z');
    expect(read('2026-11-21')).toBe('2026-11-21T00:00Z');
    expect(read('2026-11-21 24:00')).toBe('2026-11-22T00:00Z');
  });
  it('takes the day from the other time where only a clock is typed', () => {
    expect(read('9:05')).toBe('2026-11-21T09:05Z');
    expect(parseTyped('9:05', 'UTC', null)).toMatchObject({ ok: false });
  });
  it('reads and shows a zone', () => {
    expect(read('2026-07-01 14:00', 'Europe/Berlin')).toBe('2026-07-01T12:00Z');
    expect(formatTyped(at('2026-07-01T12:00Z'), 'Europe/Berlin')).toBe('2026-07-01 14:00');
    expect(formatTyped(at('2026-07-01T12:00:00.5Z'), 'UTC')).toBe('2026-07-01 12:00:00.5');
  });
  it('refuses what a clock skips, and takes the first of what it repeats', () => {
    expect(read('2026-03-29 02:30', 'Europe/Berlin')).toMatch(/Clocks in Europe\/Berlin skip/);
    expect(read('2026-10-25 02:30', 'Europe/Berlin')).toBe('2026-10-25T00:30Z');
    expect(read('2026-10-25 02:30 +01:00', 'Europe/Berlin')).toBe('2026-10-25T01:30Z');
  });
  it('shows the offset of a repeated time, so that it reads back', () => {
    for (const iso of ['2026-10-25T00:30Z', '2026-10-25T01:30Z']) {
      const shown = formatTyped(at(iso), 'Europe/Berlin');
      expect(shown).toMatch(/^2026-10-25 02:30 \+0[12]:00$/);
      expect(read(shown, 'Europe/Berlin')).toBe(iso);
    }
  });
  it('says what is wrong', () => {
    expect(read('soon')).toMatch(/Write it as/);
    expect(read('')).toMatch(/Write it as/);
    expect(read('2026-02-30 10:00')).toMatch(/no such time/);
    expect(read('2026-11-21 24:01')).toMatch(/no such time/);
  });
});

describe('zones', () => {
  it('knows offsets, also half hours and west of UTC', () => {
    expect(offsetAt(at('2026-01-01T00:00Z'), 'Asia/Kolkata')).toBe(330n * MICROS.minute);
    expect(offsetAt(at('2026-01-01T00:00Z'), 'America/New_York')).toBe(-300n * MICROS.minute);
    expect(offsetText(-300n * MICROS.minute)).toBe('-05:00');
    expect(offsetText(0n)).toBe('+00:00');
  });
  it('offers each once and none that the browser does not know', () => {
    expect(zonesOf([undefined, 'Europe/Berlin', 'Etc/UTC', 'Mars/Base'], 'Europe/Berlin')).toEqual([
      'UTC',
      'Europe/Berlin',
    ]);
    expect(isZone('Mars/Base')).toBe(false);
  });
});
