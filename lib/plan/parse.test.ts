import { describe, expect, it } from 'vitest';
import type { Problem } from '#lib/base/failure';
import { parseInstant } from '#lib/base/instant';
import { missingOfDraft, parseDraft, parsePlan, parsePlanValue } from '#lib/plan/parse';
import { PLAN_TEXT, planWith, STORE } from '#lib/plan/sample.testing';

const brief = (problems: readonly Problem[]): string[] =>
  problems.map((p) => `${p.code} ${p.at?.path ?? '-'} ${p.at?.line ?? '-'}:${p.at?.column ?? '-'}`);

const problemsOf = (...changes: (readonly [string, string])[]): string[] =>
  brief(parsePlan(planWith(...changes)).problems);

describe('a plan that is right', () => {
  it('is read with every default filled in', () => {
    const { plan, problems } = parsePlan(PLAN_TEXT);
    expect(problems).toEqual([]);
    expect(plan?.archive.slackMicros).toBe(7_200_000_000n);
    expect(plan?.archive.types.get('value')).toBe('DECIMAL(18,2)');
    expect(plan?.archive.fields.deleted).toBeNull();
    expect(plan?.window.from).toBe(parseInstant('2024-06-10T12:00:00Z'));
    expect(plan?.live.bucket).toEqual({ column: 'hour', size: { count: 1, unit: 'h' }, timezone: 'UTC' });
    expect(plan?.calculation.versions[0]?.where).toBe("type <> 'test'");
    expect(plan?.compare.tolerance.get('total')).toBe('0');
  });

  it('may leave out what has a default', () => {
    const { plan, problems } = parsePlan(`
recount: 1
archive: { at: events.csv, fields: { time: timestamp } }
window: { from: 2024-06-10T14:00:00+02:00, to: 2024-06-10T12:30Z }
calculation:
  name: totals
  versions:
    - version: 1
      keys: { user_id: user_id }
      measures: { value: sum(value) }
live: { store: live.csv, state: window, keys: [user_id] }
`);
    expect(problems).toEqual([]);
    expect(plan).toMatchObject({
      title: null,
      archive: {
        format: 'auto',
        layout: 'auto',
        timezone: null,
        rejects: { kind: 'count', count: 0n },
        conflicts: 'block',
      },
      window: { from: parseInstant('2024-06-10T12:00:00Z'), clock: 'time' },
      calculation: { replayWith: 'deployed' },
      live: { table: null, bucket: null, baseline: null, cut: null },
      patch: { onlyInLive: 'keep', archiveIsComplete: false, guard: 'delta' },
      control: null,
    });
  });

  it('is read from JSON, with tabs, as from YAML', () => {
    const { plan } = parsePlan(PLAN_TEXT);
    const value = {
      recount: 1,
      archive: { at: 'a.csv', fields: { time: 't' }, rejects: '0.50%' },
      window: { from: '2024-06-10T12:00:00Z', to: '2024-06-10T12:30:00Z' },
      calculation: { name: 'n', versions: [{ version: 1, keys: { k: 'k' }, measures: { m: 'avg(x)' } }] },
      live: { store: 'live.parquet', state: 'window', keys: ['k'] },
      compare: { tolerance: { m: 1e-9 } },
    };
    const fromText = parsePlan(JSON.stringify(value, null, '\t'));
    expect(fromText.problems).toEqual([]);
    expect(fromText.plan).toEqual(parsePlanValue(value).plan);
    expect(fromText.plan?.archive.rejects).toEqual({ kind: 'percent', percent: '0.5' });
    expect(fromText.plan?.compare.tolerance.get('m')).toBe('1e-9');
    expect(plan).not.toBeNull();
  });

  it('takes a bare number or boolean as an expression, as YAML cuts them', () => {
    const { plan } = parsePlan(planWith([`"type <> 'test'"`, 'true'], ['events: count(*)', 'events: 1']));
    expect(plan?.calculation.versions[0]?.where).toBe('true');
    expect(plan?.calculation.versions[0]?.measures[1]).toEqual({ name: 'events', expression: '1' });
  });

  it('keeps `no` and `on` as text', () => {
    const { plan } = parsePlan(planWith(['id: event_id', 'id: no'], ['sequence: offset', 'sequence: on']));
    expect(plan?.archive.fields).toMatchObject({ id: 'no', sequence: 'on' });
  });

  it('knows a cut by a column from a cut at an instant', () => {
    const { plan } = parsePlan(planWith(['cut: 2024-06-10T13:00:00Z', 'cut: updated_until']));
    expect(plan?.live.cut).toEqual({ kind: 'column', column: 'updated_until' });
  });

  it('puts keys and measures into one order', () => {
    const two = planWith(
      ['keys: [user_id]', 'keys: [user_id, shop]'],
      ['keys: { user_id: user_id }', 'keys: { shop: s, user_id: u }'],
      [
        '  replay_with',
        '    - version: 2\n      since: 2024-06-01T00:00:00Z\n      keys: { user_id: u, shop: s }\n      measures: { events: count(*), total: sum(value) }\n  replay_with',
      ],
    );
    const { plan, problems } = parsePlan(two);
    expect(problems).toEqual([]);
    for (const version of plan?.calculation.versions ?? []) {
      expect(version.keys.map((k) => k.name)).toEqual(['user_id', 'shop']);
      expect(version.measures.map((m) => m.name)).toEqual(['total', 'events']);
    }
  });
});

const ONE_PROBLEM: readonly (readonly [string, string, string])[] = [
  ['recount: 1', 'recount: 2', 'plan.field.invalid recount 1:10'],
  ['recount: 1\n', '', 'plan.field.missing recount 1:1'],
  ['  format: auto', '  fromat: auto', 'plan.field.unknown archive.fromat 5:3'],
  [
    '    time: timestamp',
    '    tiem: timestamp',
    'plan.field.missing archive.fields.time 9:5|plan.field.unknown archive.fields.tiem 10:5',
  ],
  ['  at: archive/**/*.parquet', '  at:', 'plan.field.missing archive.at 4:6'],
  ['  at: archive/**/*.parquet', '  at: [a, b]', 'plan.field.invalid archive.at 4:7'],
  ['at: archive/**/*.parquet', 'at: s3://key:geheim@bucket/a.csv', 'plan.secret archive.at 4:7'],
  ['slack: 2h', 'slack: two hours', 'plan.field.invalid archive.slack 7:10'],
  ['"decimal(18,2)"', 'money', 'plan.field.invalid archive.types.value 13:36'],
  ['"decimal(18,2)"', 'decimal', 'plan.field.invalid archive.types.value 13:36'],
  ['"decimal(18,2)"', '"decimal(39,2)"', 'plan.field.invalid archive.types.value 13:36'],
  ['  timezone: UTC', '  timezone: Europe/Berln', 'plan.field.invalid archive.timezone 14:13'],
  ['  timezone: UTC', '  timezone: "+02:00"', 'plan.field.invalid archive.timezone 14:13'],
  ['rejects: 0', 'rejects: 0.5', 'plan.field.invalid archive.rejects 15:12'],
  ['rejects: 0', 'rejects: "101%"', 'plan.field.invalid archive.rejects 15:12'],
  ['rejects: 0', 'rejects: -1', 'plan.field.invalid archive.rejects 15:12'],
  ['conflicts: block', 'conflicts: blok', 'plan.field.invalid archive.conflicts 16:14'],
  ['from: 2024-06-10T12:00:00Z', 'from: 2024-06-10T12:00:00', 'plan.field.invalid window.from 18:9'],
  ['from: 2024-06-10T12:00:00Z', 'from: 2024-06-10', 'plan.field.invalid window.from 18:9'],
  ['from: 2024-06-10T12:00:00Z', 'from: 2024-06-31T12:00:00Z', 'plan.field.invalid window.from 18:9'],
  ['from: 2024-06-10T12:00:00Z', 'from: 2024-06-10T12:00:00.0000001Z', 'plan.field.invalid window.from 18:9'],
  ['to: 2024-06-10T12:30:00Z', 'to: 2024-06-10T11:30:00Z', 'plan.window.reversed window.to 19:7'],
  ['to: 2024-06-10T12:30:00Z', 'to: 2024-06-10T12:00:00Z', 'plan.window.reversed window.to 19:7'],
  ['clock: time', 'clock: arrival', 'plan.field.invalid window.clock 20:10'],
  ['  name: user-totals\n', '', 'plan.field.missing calculation.name 22:3'],
  ['    - version: 1', '    - version: one', 'plan.field.invalid calculation.versions[0].version 24:16'],
  [
    '      keys: { user_id: user_id }',
    '      keys: { user_id: }',
    'plan.field.missing calculation.versions[0].keys.user_id 26:24',
  ],
  [
    '      keys: { user_id: user_id }',
    '      keys: { user: user_id }',
    'plan.live.keys_differ calculation.versions[0].keys 26:13',
  ],
  ['events: count(*)', 'total: count(*)', 'plan.field.duplicate calculation.versions[0].measures.total 29:9'],
  ['events: count(*)', 'Total: count(*)', 'plan.field.invalid calculation.versions[0].measures 28:9'],
  ['events: count(*)', '"@a0": count(*)', 'plan.field.invalid calculation.versions[0].measures.@a0 29:16'],
  ['events: count(*)', 'hour: count(*)', 'plan.field.invalid calculation.versions[0].measures 28:9'],
  ['replay_with: deployed', 'replay_with: 3', 'plan.calculation.version calculation.replay_with 30:16'],
  ['replay_with: deployed', 'replay_with: latest', 'plan.field.invalid calculation.replay_with 30:16'],
  [
    '    - version: 1',
    '    - version: 1\n      since: 2024-01-01T00:00:00Z',
    'plan.calculation.version calculation.versions[0].since 25:14',
  ],
  [STORE, 'postgres://app:hunter2@db/live', 'plan.secret live.store 32:10'],
  [STORE, '"postgres://app:p@ss/w@db/live"', 'plan.secret live.store 32:10'],
  [STORE, 'postgres://app@db/live?password=hunter2', 'plan.secret live.store 32:10'],
  [STORE, 'mysql://db/live', 'plan.field.invalid live.store 32:10'],
  [STORE, 'live.csv', 'plan.field.invalid live.table 33:10'],
  [
    `${STORE}\n  table: public.user_totals`,
    `postgres://app:\${PW}@db/live`,
    'plan.field.missing live.table 32:3',
  ],
  ['state: bucketed', 'state: bucket', 'plan.field.invalid live.state 34:10'],
  ['keys: [user_id]', 'keys: [user_id, user_id]', 'plan.field.duplicate live.keys[1] 35:19'],
  ['keys: [user_id]', 'keys: user_id', 'plan.field.invalid live.keys 35:9'],
  ['keys: [user_id]', 'keys: [user_id, hour]', 'plan.field.invalid live.bucket 36:11'],
  ['  bucket: { column: hour, size: 1h, timezone: UTC }\n', '', 'plan.field.missing live.bucket 32:3'],
  ['size: 1h', 'size: 7h', 'plan.field.invalid live.bucket.size 36:33'],
  ['size: 1h', 'size: 2d', 'plan.field.invalid live.bucket.size 36:33'],
  ['state: bucketed', 'state: window', 'plan.field.invalid live.bucket 36:11'],
  ['state: bucketed', 'state: latest', 'plan.field.invalid live.bucket 36:11'],
  ['cut: 2024-06-10T13:00:00Z', 'cut: 2024-06-10T13:00:00', 'plan.field.invalid live.cut 37:8'],
  ['cut: 2024-06-10T13:00:00Z', 'baseline: none', 'plan.field.invalid live.baseline 37:13'],
  ['tolerance: { total: 0 }', 'tolerance: { totl: 0 }', 'plan.field.unknown compare.tolerance.totl 39:22'],
  ['tolerance: { total: 0 }', 'tolerance: { total: -1 }', 'plan.field.invalid compare.tolerance.total 39:23'],
  [
    'tolerance: { total: 0 }',
    'tolerance: { total: .inf }',
    'plan.field.invalid compare.tolerance.total 39:23',
  ],
  [
    'tolerance: { total: 0 }',
    'tolerance: { total: 1e-999 }',
    'plan.field.invalid compare.tolerance.total 39:23',
  ],
  [
    'archive_is_complete: false',
    'archive_is_complete: no',
    'plan.field.invalid patch.archive_is_complete 42:24',
  ],
  ['guard: delta', 'guard: deltas', 'plan.field.invalid patch.guard 43:10'],
  ['to: 2024-06-10T11:00:00Z }', 'to: 2024-06-10T10:00:00Z }', 'plan.control.reversed control.to 44:44'],
  ['    sequence: offset', '    deleted: op = 1', 'plan.archive.deleted archive.fields.deleted 12:14'],
];

describe('a plan with one mistake', () => {
  it.each(ONE_PROBLEM)('%j written as %j', (from, to, expected) => {
    expect(problemsOf([from, to]).join('|')).toBe(expected);
  });

  it('names the nearest field and both places in words', () => {
    const { problems } = parsePlan(planWith(['  format: auto', '  fromat: auto']));
    expect(problems[0]).toMatchObject({
      message: '`archive.fromat` is not a field of a plan; the nearest name is `format` (line 5, column 3).',
      fix: 'Write `format`, or remove the field.',
    });
  });

  it('never repeats a password', () => {
    for (const store of [
      'postgres://app:hunter2@db/live',
      '"postgres://app:hunter2/x@y@db/live"',
      'foo://u:hunter2@h',
    ]) {
      const { problems } = parsePlan(planWith([STORE, store]));
      expect(problems.length).toBeGreaterThan(0);
      expect(JSON.stringify(problems)).not.toContain('hunter2');
    }
  });

  it('needs the arrival column for the arrival clock', () => {
    expect(problemsOf(['clock: time', 'clock: ingested'], ['    ingested: received_at\n', ''])).toEqual([
      'plan.archive.ingested_required window.clock 19:10',
    ]);
  });

  const running = (baseline: string): string[] =>
    problemsOf(
      ['bucketed\n', 'running\n'],
      ['  bucket: { column: hour, size: 1h, timezone: UTC }\n', baseline],
    );

  it('asks a running state for its baseline, from before the window and the cut', () => {
    expect(running('')).toEqual(['plan.live.baseline_required live.baseline 32:3']);
    expect(running('  baseline: none\n')).toEqual([]);
    expect(running('  baseline: nothing\n')).toEqual(['plan.field.invalid live.baseline 36:13']);
    expect(running('  baseline: { at: 2024-06-10T12:00:00Z, table: b }\n')).toEqual([]);
    expect(running('  baseline: { at: 2024-06-10T12:00:01Z, table: b }\n')).toEqual([
      'plan.live.baseline.after_window live.baseline.at 36:19',
    ]);
    expect(running('  baseline: { at: 2024-06-10T13:00:01Z, table: b }\n')).toEqual([
      'plan.live.baseline.after_window live.baseline.at 36:19',
      'plan.field.invalid live.cut 37:8',
    ]);
    expect(running('  baseline: { at: 2024-06-10T11:00:00Z }\n')).toEqual([
      'plan.field.missing live.baseline.table 36:13',
    ]);
  });

  it('refuses a control for the state window', () => {
    const found = problemsOf(
      ['bucketed\n', 'window\n'],
      ['  bucket: { column: hour, size: 1h, timezone: UTC }\n', ''],
    );
    expect(found).toEqual(['plan.control.window_state control 43:10']);
  });

  const second = (lines: string): string[] =>
    problemsOf([
      '  replay_with',
      `    - version: 2\n${lines}      keys: { user_id: user_id }\n      measures: { total: sum(value), events: count(*) }\n  replay_with`,
    ]);

  it('orders the versions', () => {
    expect(second('      since: 2024-06-01T00:00:00Z\n')).toEqual([]);
    expect(second('')).toEqual(['plan.calculation.version calculation.versions[1].since 30:7']);
    const third =
      '    - version: 2\n      since: 2024-06-01T00:00:00Z\n      keys: { user_id: u }\n      measures: { total: sum(v) }\n';
    expect(problemsOf(['  replay_with', `${third}${third}  replay_with`])).toEqual([
      'plan.calculation.not_mergeable calculation.versions[1] 30:7',
      'plan.calculation.version calculation.versions[2] 34:7',
      'plan.calculation.not_mergeable calculation.versions[2] 34:7',
      'plan.calculation.version calculation.versions[2].since 35:14',
    ]);
  });
});

describe('text that is no plan', () => {
  it.each([
    ['', 'the plan is empty'],
    ['# only a comment', 'the plan is empty'],
    ['a: [1,', 'line 1, column 7'],
    ['a: &x 1\nb: *x', 'an alias (*x)'],
    ['a: !!js/function x', 'the tag'],
    ['a: 1\n---\nb: 2', 'multiple documents'],
    ['a:\n\t- 1', 'a tab stands where YAML wants spaces'],
    ['where: @x', 'put the value into quotes'],
    ['['.repeat(50_000), 'nested too deeply'],
    [`${'{a: '.repeat(40)}1${'}'.repeat(40)}`, 'nested too deeply'],
    ['x'.repeat(1_000_001), 'at most 1,000,000'],
    ['? [a]\n: b', 'a field name must be plain text'],
  ])('%#', (text, words) => {
    const { plan, problems } = parsePlan(text);
    expect(plan).toBeNull();
    expect(problems[0]?.code).toBe('plan.unreadable');
    expect(problems[0]?.message).toContain(words);
  });

  it('says what a list or a word is instead of a plan', () => {
    expect(brief(parsePlan('- 1').problems)).toEqual(['plan.field.invalid  1:1']);
    expect(parsePlanValue('x').problems[0]?.code).toBe('plan.field.invalid');
    expect(parsePlanValue(() => 1).problems[0]?.code).toBe('plan.unreadable');
  });
});

describe('a draft of the page', () => {
  it('names each missing field by itself', () => {
    expect(missingOfDraft({ title: '', archive: { at: ' ' } }).map((p) => p.at?.path)).toEqual([
      'archive.at',
      'archive.fields.time',
      'window.from',
      'window.to',
      'calculation.name',
      'calculation.versions',
      'live.store',
      'live.state',
      'live.keys',
    ]);
  });

  it('is a plan when nothing is missing', () => {
    const { plan, problems } = parseDraft({
      archive: { at: 'a.csv', fields: { id: '', time: 't' }, rejects: 3 },
      window: { from: '2024-06-10T12:00:00Z', to: '2024-06-10T12:30:00Z' },
      calculation: {
        name: 'n',
        versions: [{ version: 1, where: '', keys: { k: 'k' }, measures: { m: 'sum(x)' } }],
      },
      live: { store: 'live.csv', state: 'window', keys: ['k'] },
    });
    expect(problems).toEqual([]);
    expect(plan?.archive.fields.id).toBeNull();
    expect(plan?.archive.rejects).toEqual({ kind: 'count', count: 3n });
  });
});
