import { describe, expect, it } from 'vitest';
import { parsePlan } from '#lib/plan/parse';
import { planWith, STORE } from '#lib/plan/sample.testing';

type Change = readonly [from: string, to: string];

const KEYS = '      keys: { user_id: user_id }';
const MEASURES = '      measures:\n        total: sum(value)\n        events: count(*)';
const SECOND: Change = [
  '  replay_with',
  '    - version: 2\n      since: 2024-06-01T00:00:00Z\n      keys: { user_id: u }\n      measures: { events: count(*), total: sum(v) }\n  replay_with',
];

describe('a section with a problem is no part, the others are', () => {
  it.each<[string, Change]>([
    ['archive', ['  at: archive/**/*.parquet', '  at:']],
    ['archive', ['format: auto', 'format: xml']],
    ['archive', ['layout: auto', 'layout: tree']],
    ['archive', ['slack: 2h', 'slack: long']],
    ['archive', ['    time: timestamp\n', '']],
    ['archive', ['rejects: 0', 'rejects: some']],
    ['archive', ['conflicts: block', 'conflicts: all']],
    ['window', ['clock: time', 'clock: sun']],
    ['window', ['from: 2024-06-10T12:00:00Z', 'from: noon']],
    ['window', ['to: 2024-06-10T12:30:00Z', 'to: 2024-06-10T12:00:00Z']],
    ['live', ['state: bucketed', 'state: some']],
    ['live', ['keys: [user_id]', 'keys: user_id']],
    ['live', [STORE, 'postgres://u:geheim@h/d']],
    ['live', ['size: 1h', 'size: 7h']],
    ['live', ['column: hour, ', '']],
    ['live', ['size: 1h, timezone: UTC', 'size: 1h, timezone: Nowhere']],
    ['control', ['from: 2024-06-10T10:00:00Z', 'from: noon']],
    ['control', ['to: 2024-06-10T11:00:00Z', 'to: noon']],
  ])('%s: %j', (name, change) => {
    const { plan, parts } = parsePlan(planWith(change));
    expect(plan).toBeNull();
    const read = { archive: parts.archive, window: parts.window, live: parts.live, control: parts.control };
    const missing = Object.entries(read).flatMap(([part, value]) => (value === null ? [part] : []));
    expect(missing).toEqual([name]);
  });
});

describe('what can be read of a calculation that has problems', () => {
  const written = (...changes: Change[]) => parsePlan(planWith(...changes)).parts.written;
  const brief = (...changes: Change[]): string[] =>
    written(...changes).versions.map((v) => {
      const named = [v.keys, v.measures].map((all) => all.map((n) => n.name).join(','));
      return `${v.version} ${named.join(' ')} ${v.isNamed ? 'named' : 'not named'}`;
    });

  it('is every version at its place, with its number or that of its place', () => {
    expect(brief(SECOND)).toEqual(['1 user_id total,events named', '2 user_id total,events named']);
    expect(brief(['    - version: 1', '    - 1\n    - version: 7'])).toEqual([
      '1   not named',
      '7 user_id total,events named',
    ]);
    expect(brief(SECOND, ['- version: 2', '- version: x'])[1]).toBe('2 user_id total,events named');
  });

  it('is what is there of keys and measures; nothing is said of their names where some are not', () => {
    expect(brief([KEYS, '      keys: { user_id: [a], shop: s }'])).toEqual(['1 shop total,events not named']);
    expect(brief([`${KEYS}\n`, ''])).toEqual(['1  total,events not named']);
    expect(brief(['events: count(*)', '"@a": count(*)'])).toEqual(['1 user_id total not named']);
    expect(brief([MEASURES, '      measures: 1'])).toEqual(['1 user_id  not named']);
  });

  it('is what it is replayed with, where that can be told', () => {
    expect(written(['replay_with: deployed', 'replay_with: 1']).replayWith).toBe(1);
    expect(written(['replay_with: deployed', 'replay_with: 9']).replayWith).toBe('deployed');
  });
});
