import { describe, expect, it } from 'vitest';
import { parsePlan, parsePlanValue } from '#lib/plan/parse';
import { planWith, STORE } from '#lib/plan/sample.testing';

type Change = readonly [from: string, to: string];

const told = (...changes: Change[]): string[] =>
  parsePlan(planWith(...changes)).problems.map((p) => `${p.code} ${p.at?.path}`);

/** The sample as far as it goes to the end of the section that is cut off and written anew. */
const section = (name: string, next: string, text: string): string =>
  planWith().replace(new RegExp(`^${name}:[\\s\\S]*?^${next}:`, 'm'), () => `${name}: ${text}\n${next}:`);

const BUCKET: Change = ['  bucket: { column: hour, size: 1h, timezone: UTC }\n', ''];
const RUNNING: Change = ['state: bucketed', 'state: running'];
const baseline = (text: string): Change => [BUCKET[0], `  baseline: ${text}\n`];
const KEYS = '      keys: { user_id: user_id }';
const MEASURES = '      measures:\n        total: sum(value)\n        events: count(*)';
const SECOND: Change = [
  '  replay_with',
  '    - version: 2\n      since: 2024-06-01T00:00:00Z\n      keys: { user_id: u }\n      measures: { events: count(*), total: sum(v) }\n  replay_with',
];

describe('a value of the wrong kind is told once, and by its own name', () => {
  it.each<[string, Change]>([
    ['plan.field.invalid recount', ['recount: 1', 'recount: "1"']],
    ['plan.field.invalid title', ['title: Totals worker dropped events on 10 June', 'title: [a]']],
    ['plan.field.invalid archive.slack', ['slack: 2h', 'slack: [2h]']],
    ['plan.field.invalid archive.slack', ['slack: 2h', 'slack: 1']],
    ['plan.field.invalid archive.rejects', ['rejects: 0', 'rejects: [0]']],
    ['plan.field.invalid archive.rejects', ['rejects: 0', 'rejects: "x1%"']],
    ['plan.field.invalid archive.rejects', ['rejects: 0', 'rejects: "1%x"']],
    ['plan.field.invalid archive.rejects', ['rejects: 0', 'rejects: "1x%"']],
    ['plan.field.invalid archive.rejects', ['rejects: 0', 'rejects: "100.000000000001%"']],
    ['plan.field.invalid archive.rejects', ['rejects: 0', 'rejects: 1x']],
    ['plan.field.invalid archive.types.value', ['"decimal(18,2)"', '[decimal]']],
    ['plan.field.invalid archive.types', ['{ user_id: bigint, value: "decimal(18,2)" }', 'bigint']],
    ['plan.field.invalid window.from', ['from: 2024-06-10T12:00:00Z', 'from: [1]']],
    ['plan.field.invalid window.to', ['to: 2024-06-10T12:30:00Z', 'to: 12']],
    ['plan.field.invalid control.from', ['from: 2024-06-10T10:00:00Z', 'from: 12']],
    ['plan.field.invalid control.to', ['to: 2024-06-10T11:00:00Z', 'to: 12']],
    ['plan.field.invalid control', ['{ from: 2024-06-10T10:00:00Z, to: 2024-06-10T11:00:00Z }', 'none']],
    ['plan.field.missing calculation.versions[0].version', ['- version: 1', '- version:']],
    ['plan.field.invalid calculation.versions[0].version', ['- version: 1', '- version: x1']],
    ['plan.field.invalid calculation.versions[0].version', ['- version: 1', '- version: 1x']],
    ['plan.field.invalid calculation.versions[0].version', ['- version: 1', '- version: true']],
    ['plan.field.invalid calculation.versions[0].keys', [KEYS, '      keys: user_id']],
    ['plan.field.invalid calculation.versions[0].keys.user_id', [KEYS, '      keys: { user_id: [a] }']],
    ['plan.field.invalid calculation.versions[0].measures', [MEASURES, '      measures: total']],
    ['plan.field.invalid calculation.replay_with', ['replay_with: deployed', 'replay_with: x1']],
    ['plan.field.invalid calculation.replay_with', ['replay_with: deployed', 'replay_with: 1x']],
    ['plan.field.invalid calculation.replay_with', ['replay_with: deployed', 'replay_with: [1]']],
    ['plan.field.invalid live.store', [STORE, '[a]']],
    ['plan.field.invalid live.keys[0]', ['keys: [user_id]', 'keys: [[user_id]]']],
    ['plan.field.invalid live.bucket.column', ['column: hour', 'column: [hour]']],
    ['plan.field.invalid live.bucket.size', ['size: 1h', 'size: [1h]']],
    ['plan.field.invalid live.bucket.timezone', ['size: 1h, timezone: UTC', 'size: 1h, timezone: [UTC]']],
    ['plan.field.invalid live.bucket', ['{ column: hour, size: 1h, timezone: UTC }', 'hour']],
    ['plan.field.invalid live.cut', ['cut: 2024-06-10T13:00:00Z', 'cut: [a]']],
    ['plan.field.invalid compare', ['compare:\n  tolerance: { total: 0 }', 'compare: 1']],
    ['plan.field.invalid compare.tolerance', ['tolerance: { total: 0 }', 'tolerance: 1']],
    ['plan.field.invalid compare.tolerance.total', ['{ total: 0 }', '{ total: [0] }']],
    ['plan.field.invalid compare.tolerance.total', ['{ total: 0 }', '{ total: 1x }']],
    ['plan.field.invalid compare.tolerance.total', ['{ total: 0 }', '{ total: 1e }']],
    ['plan.field.invalid patch.only_in_live', ['only_in_live: keep', 'only_in_live: [keep]']],
  ])('%s', (problem, change) => {
    // where the keys cannot be read, that they differ from the live ones may be told too
    expect(told(change).filter((each) => !each.startsWith('plan.live.keys_differ'))).toEqual([problem]);
  });

  it('a version', () => {
    expect(told(['    - version: 1', '    - 1\n    - version: 1'])).toContain(
      'plan.field.invalid calculation.versions[0]',
    );
  });

  it.each([
    ['archive', 'window', '3'],
    ['window', 'calculation', '3'],
    ['calculation', 'live', '3'],
    ['live', 'compare', '3'],
    ['patch', 'control', '3'],
  ])('%s', (name, next, text) => {
    const { problems } = parsePlan(section(name, next, text));
    expect(problems.map((p) => p.at?.path)).toEqual([name]);
    expect(problems[0]?.message).toContain(`\`${name}\` is a number, not a map`);
  });

  it.each([
    [
      'archive.fields',
      '  fields:\n    id: event_id\n    time: timestamp\n',
      '  fields: 3\n  x:\n    y: 1\n    z: 2\n',
    ],
  ])('%s', (path, from, to) => {
    expect(told([from, to])).toContain(`plan.field.invalid ${path}`);
  });

  it('the baseline', () => {
    expect(told(RUNNING, baseline('3'))).toEqual(['plan.field.invalid live.baseline']);
    expect(told(RUNNING, baseline('{ at: 3, table: t }'))).toEqual(['plan.field.invalid live.baseline.at']);
    expect(told(RUNNING, baseline('{ at: 2024-06-10T11:00:00Z, table: [t] }'))).toEqual([
      'plan.field.invalid live.baseline.table',
    ]);
  });
});

describe('what is empty', () => {
  it('versions, measures and keys', () => {
    expect(parsePlan(section('calculation', 'live', '{ name: n, versions: [] }')).problems[0]).toMatchObject({
      code: 'plan.field.invalid',
      message: expect.stringContaining('`calculation.versions` is empty'),
    });
    expect(told([MEASURES, '      measures: {}'], ['tolerance: { total: 0 }', 'tolerance: {}'])).toEqual([
      'plan.field.invalid calculation.versions[0].measures',
    ]);
    expect(told(RUNNING, baseline('none'), ['keys: [user_id]', 'keys: []'])).toEqual([
      'plan.field.invalid live.keys',
    ]);
  });

  it('keys of buckets may be none: an hourly total has no key but its hour', () => {
    expect(told([KEYS, '      keys: {}'], ['keys: [user_id]', 'keys: []'])).toEqual([]);
  });

  it('names', () => {
    for (const name of ['""', '" "', '"@a"', '"\\0"', '"a\\0b"', '"\\ud800"']) {
      const { problems } = parsePlan(planWith(['events: count(*)', `${name}: count(*)`]));
      expect(problems.map((p) => p.code)).toEqual(['plan.field.invalid']);
      expect(problems[0]?.message).toContain('has a name that no live column can have here');
    }
  });
});

describe('the other forms of what is right', () => {
  const archiveOf = (...changes: Change[]) => parsePlan(planWith(...changes)).plan?.archive;

  it.each([
    ['0', { kind: 'count', count: 0n }],
    ['12', { kind: 'count', count: 12n }],
    ['999999999999999', { kind: 'count', count: 999_999_999_999_999n }],
    ['"100%"', { kind: 'percent', percent: '100' }],
    ['"10 %"', { kind: 'percent', percent: '10' }],
    ['"0.500%"', { kind: 'percent', percent: '0.5' }],
    ['"0.105%"', { kind: 'percent', percent: '0.105' }],
    ['"1.00%"', { kind: 'percent', percent: '1' }],
    ['"007%"', { kind: 'percent', percent: '7' }],
    ['"10.50%"', { kind: 'percent', percent: '10.5' }],
    ['"1.001%"', { kind: 'percent', percent: '1.001' }],
    ['"0.0005%"', { kind: 'percent', percent: '0.0005' }],
  ])('rejects: %s', (text, limit) => {
    expect(archiveOf(['rejects: 0', `rejects: ${text}`])?.rejects).toEqual(limit);
  });

  it.each([
    ['1e-9', '1e-9'],
    ['0.000000001', '1e-9'],
    ['12', '12'],
    ['12.', '12'],
    ['.25', '0.25'],
    ['1e3', '1000'],
    ['1E+12', '1000000000000'],
    ['0e5', '0'],
    ['"0.5"', '0.5'],
  ])('a tolerance of %s', (text, value) => {
    const { plan } = parsePlan(planWith(['{ total: 0 }', `{ total: ${text} }`]));
    expect(plan?.compare.tolerance.get('total')).toBe(value);
  });

  it('a slack of nothing, versions in quotes and of two digits', () => {
    expect(archiveOf(['slack: 2h', 'slack: 0'])?.slackMicros).toBe(0n);
    const { plan } = parsePlan(
      planWith(['- version: 1', '- version: "12"'], ['replay_with: deployed', 'replay_with: 12']),
    );
    expect(plan?.calculation).toMatchObject({ versions: [{ version: 12 }], replayWith: 12 });
  });

  it('a cut at the baseline, and one by column', () => {
    const at = baseline('{ at: 2024-06-10T12:00:00Z, table: t }');
    expect(told(RUNNING, at, ['cut: 2024-06-10T13:00:00Z', 'cut: 2024-06-10T12:00:00Z'])).toEqual([]);
    expect(told(RUNNING, at, ['cut: 2024-06-10T13:00:00Z', 'cut: up_to'])).toEqual([]);
    expect(told(RUNNING, at, ['  cut: 2024-06-10T13:00:00Z\n', ''])).toEqual([]);
    expect(told(RUNNING, at, ['cut: 2024-06-10T13:00:00Z', 'cut: 2024-06-10T11:59:59Z'])).toEqual([
      'plan.field.invalid live.cut',
    ]);
  });
});

describe('words', () => {
  const words = (...changes: Change[]): string => {
    const [problem] = parsePlan(planWith(...changes)).problems;
    return `${problem?.message} ${problem?.fix}`;
  };

  it.each<[string, Change]>(
    [
      ['a decimal without a usable width and scale', ['"decimal(18,2)"', '" Decimal (39)"']],
      ['a decimal without a usable width and scale', ['"decimal(18,2)"', 'numeric']],
      ['which is no type that can be declared', ['"decimal(18,2)"', 'money']],
      ['which is no type that can be declared', ['"decimal(18,2)"', 'big decimal']],
      ['is a time without an offset', ['x', 'x']],
    ].slice(0, 4) as [string, Change][],
  )('%s', (text, change) => {
    expect(words(change)).toContain(text);
  });

  it('of an expression that YAML cut off, and of one that is none', () => {
    expect(words([KEYS, '      keys: { user_id: }'])).toContain('one with a comma inside { } needs quotes');
    expect(words([KEYS, '      keys: { user_id: [a] }'])).toContain('Write an expression over the event');
  });

  it('of versions and measures that are not there', () => {
    expect(words(['replay_with: deployed', 'replay_with: 3'])).toContain(
      'names version 3, and the plan has 1 (',
    );
    expect(words(SECOND, ['replay_with: deployed', 'replay_with: 3'])).toContain('the plan has 1, 2 (');
    expect(words(['{ total: 0 }', '{ totl: 0 }'])).toContain('Write `total`.');
    expect(words(['{ total: 0 }', '{ zzz: 0 }'])).toContain('Use one of total, events.');
  });

  it('of keys that differ, both ways', () => {
    const more = words([KEYS, '      keys: { shop: s, area: a }']);
    expect(more).toContain('has the columns shop, area, and `live.keys` has user_id (line 26');
    const none = words([KEYS, '      keys: {}']);
    expect(none).toContain('has the columns none, and `live.keys` has user_id');
    expect(words(['keys: [user_id]', 'keys: [user_id, shop]'])).toContain(
      'and `live.keys` has user_id, shop',
    );
    expect(words(['keys: [user_id]', 'keys: []'])).toContain('and `live.keys` has none');
  });

  it('of a measure that is another column already', () => {
    expect(words(['events: count(*)', 'hour: count(*)'])).toContain('hour, which is another column already');
    expect(words(['events: count(*)', 'Total: count(*)'])).toContain('Total, which is no other than total');
  });

  it('of a store of no known kind', () => {
    expect(words([STORE, 'mysql://db/live'])).toContain('nor a .csv or .parquet file (line 32, column 10).');
  });

  it('of a version whose keys differ, at its own place', () => {
    const keys: Change = ['keys: { user_id: u }', 'keys: { user: u }'];
    const plan = planWith(SECOND).replace(...keys);
    expect(
      parsePlan(plan).problems.map((p) => `${p.code} ${p.at?.path} ${p.at?.line}:${p.at?.column}`),
    ).toEqual(['plan.live.keys_differ calculation.versions[1].keys 32:13']);
  });

  it('of a version that calculates more, or less', () => {
    for (const measures of ['{ total: sum(v) }', '{ total: sum(v), events: count(*), more: max(v) }'])
      expect(told([SECOND[0], SECOND[1].replace('{ events: count(*), total: sum(v) }', measures)])).toEqual([
        'plan.calculation.not_mergeable calculation.versions[1]',
      ]);
  });

  it('of versions that do not follow each other', () => {
    const third = SECOND[1].replace('  replay_with', '').replace('version: 2', 'version: 3');
    const same: Change = ['  replay_with', `${SECOND[1].replace('  replay_with', '')}${third}  replay_with`];
    expect(told(same)).toEqual(['plan.calculation.version calculation.versions[2].since']);
    const later: Change = [same[0], same[1].replace(/2024-06-01(?![\s\S]*2024-06-01)/, '2024-06-02')];
    expect(told(later)).toEqual([]);
    const without: Change = [same[0], same[1].replace(/ {6}since: 2024-06-01\S*\n(?![\s\S]*since)/, '')];
    expect(told(without)).toEqual(['plan.calculation.version calculation.versions[2].since']);
    const back: Change = [same[0], same[1].replace('2024-06-01', '2024-06-02')];
    expect(told(back)).toEqual(['plan.calculation.version calculation.versions[2].since']);
  });
});

describe('the order of problems', () => {
  it('is that of the text, also within a line', () => {
    const line = '  bucket: { size: 7h, timezone: Nowhere, column: [hour] }\n';
    expect(told([BUCKET[0], line])).toEqual([
      'plan.field.invalid live.bucket.size',
      'plan.field.invalid live.bucket.timezone',
      'plan.field.invalid live.bucket.column',
    ]);
  });

  it('is that of the fields where there is no text', () => {
    const { problems } = parsePlanValue({ recount: 2, live: 1, archive: 2, window: 3, calculation: 4 });
    expect(problems.map((p) => p.at)).toEqual(
      ['recount', 'archive', 'window', 'calculation', 'live'].map((path) => ({ path })),
    );
  });
});
