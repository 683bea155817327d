import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Canonical, sha256 } from '#lib/base/canonical';
import { canonicalPlan } from '#lib/plan/canonical-plan';
import { formatDuration, parseDuration } from '#lib/plan/duration';
import { parsePlan, parsePlanValue } from '#lib/plan/parse';
import type { Plan } from '#lib/plan/plan';
import { PLAN_TEXT, planWith } from '#lib/plan/sample.testing';
import { planToFile, planToYaml } from '#lib/plan/to-file';

function planOf(text: string): Plan {
  const { plan, problems } = parsePlan(text);
  if (plan === null) throw new Error(JSON.stringify(problems));
  return plan;
}

const BUCKET = '  bucket: { column: hour, size: 1h, timezone: UTC }\n';
const EACH_STATE: readonly string[] = [
  PLAN_TEXT,
  planWith(
    ['rejects: 0', 'rejects: "0.1%"'],
    ['slack: 2h', 'slack: 1d12h'],
    ['timezone: UTC\n', 'timezone: Asia/Kolkata\n'],
  ),
  planWith(
    ['bucketed\n', 'running\n'],
    [BUCKET, '  baseline: { at: 2024-06-01T00:00:00.000001Z, table: b }\n'],
  ),
  planWith(
    ['bucketed\n', 'running\n'],
    [BUCKET, '  baseline: none\n'],
    ['cut: 2024-06-10T13:00:00Z', 'cut: "updated at"'],
  ),
  planWith(['bucketed\n', 'latest\n'], [BUCKET, ''], ['sequence: offset', 'deleted: "op = \'d\'"']),
  planWith(
    ['guard: delta', 'guard: value'],
    ['is_complete: false', 'is_complete: true'],
    ['only_in_live: keep', 'only_in_live: delete'],
  ),
  planWith(
    ['"type <> \'test\'"', '"a: b # c, \\"d\\"\\n\\te"'],
    ['clock: time', 'clock: ingested'],
    ['replay_with: deployed', 'replay_with: 1'],
  ),
];

describe('a plan in file form', () => {
  it.each(EACH_STATE)('is read back as the same plan (%#)', (text) => {
    const plan = planOf(text);
    expect(parsePlanValue(planToFile(plan))).toMatchObject({ plan, problems: [] });
    expect(parsePlan(planToYaml(plan))).toMatchObject({ plan, problems: [] });
    expect(parsePlan(JSON.stringify(planToFile(plan)))).toMatchObject({ plan, problems: [] });
  });

  it('keeps any expression and any name', () => {
    fc.assert(
      fc.property(
        fc.string({ minLength: 1, unit: 'grapheme' }),
        fc.string({ minLength: 1, unit: 'grapheme' }),
        (name, expression) => {
          fc.pre(name.trim() !== '' && expression.trim() !== '' && !`${name}${expression}`.includes('\0'));
          fc.pre(!name.startsWith('@') && !/^(user_id|hour|total)$/i.test(name));
          const plan = planOf(PLAN_TEXT);
          const [version] = plan.calculation.versions;
          const measures = [
            { name: 'total', expression: 'sum(value)' },
            { name, expression },
          ];
          const changed = {
            ...plan,
            calculation: { ...plan.calculation, versions: [{ ...version!, measures }] },
          };
          fc.pre(!/^\d+$/.test(name));
          expect(parsePlan(planToYaml(changed))).toMatchObject({ plan: changed, problems: [] });
        },
      ),
    );
  });

  it('leaves defaults out', () => {
    expect(planToFile(planOf(PLAN_TEXT))).not.toHaveProperty('patch');
    expect(planToFile(planOf(PLAN_TEXT)).archive).not.toHaveProperty('slack');
  });
});

describe('what is written', () => {
  const minimal = {
    recount: 1,
    archive: { at: 'a.csv', fields: { time: 't' } },
    window: { from: '2024-06-10T12:00:00Z', to: '2024-06-10T12:30:00.000001Z', clock: 'time' },
    calculation: {
      name: 'n',
      versions: [
        { version: 1, keys: { k: 'k' }, measures: { m: 'avg(x)' } },
        { version: 2, since: '2024-06-01T00:00:00Z', keys: { k: 'k' }, measures: { m: 'avg(y)' } },
      ],
      replay_with: 'deployed',
    },
    live: { store: 'live.csv', state: 'window', keys: ['k'] },
  };

  it('is no more than what was given, times in their shortest form', () => {
    const { plan } = parsePlanValue(minimal);
    expect(planToFile(plan!)).toEqual(minimal);
  });

  it('keeps a long expression on one line', () => {
    const long = `sum(value) + ${'1 + '.repeat(60)}1`;
    const { plan } = parsePlan(planWith(['sum(value)', long]));
    expect(planToYaml(plan!)).toContain(`total: ${long}\n`);
  });
});

describe('the canonical form', () => {
  it('has a baseline of none as that word, and others by their parts', () => {
    const live = (baseline: string): Canonical => {
      const plan = planOf(planWith(['bucketed\n', 'running\n'], [BUCKET, `  baseline: ${baseline}\n`]));
      return canonicalPlan(plan);
    };
    expect(live('none')).toMatchObject({ live: { baseline: 'none', bucket: null } });
    expect(live('{ at: 2024-06-01T00:00:00Z, table: b }')).toMatchObject({
      live: { baseline: { at: 1_717_200_000_000_000n, table: 'b' }, cut: { kind: 'instant' } },
    });
    expect(canonicalPlan(planOf(planWith(['  cut: 2024-06-10T13:00:00Z\n', ''])))).toMatchObject({
      live: { baseline: null, cut: null },
    });
  });

  const hash = (text: string): string => sha256(canonicalPlan(planOf(text)));

  it('is the same for plans that mean the same', () => {
    const wanted = hash(PLAN_TEXT);
    expect(hash(planWith(['title: Totals worker dropped events on 10 June', 'title: Another']))).toBe(wanted);
    expect(hash(planWith(['from: 2024-06-10T12:00:00Z', 'from: 2024-06-10T14:00:00+02:00']))).toBe(wanted);
    expect(hash(planWith(['slack: 2h', 'slack: 120m'], ['"decimal(18,2)"', '"NUMERIC( 18 , 2 )"']))).toBe(
      wanted,
    );
    expect(hash(planWith(['  format: auto\n', ''], ['control:', '\n# a comment\ncontrol:']))).toBe(wanted);
  });

  it.each([
    ['at: archive/**/*.parquet', 'at: archive/*.parquet'],
    ['id: event_id', 'id: event_ID'],
    ['value: "decimal(18,2)"', 'value: "decimal(18,3)"'],
    ['  timezone: UTC\n', ''],
    ['rejects: 0', 'rejects: 1'],
    ['conflicts: block', 'conflicts: last'],
    ['to: 2024-06-10T12:30:00Z', 'to: 2024-06-10T12:30:00.000001Z'],
    ['clock: time', 'clock: ingested'],
    ['name: user-totals', 'name: user-total'],
    ['sum(value)', 'sum(value )'],
    ['replay_with: deployed', 'replay_with: 1'],
    ['table: public.user_totals', 'table: public.user_total'],
    ['size: 1h', 'size: 2h'],
    ['  cut: 2024-06-10T13:00:00Z\n', ''],
    ['cut: 2024-06-10T13:00:00Z', 'cut: column'],
    ['tolerance: { total: 0 }', 'tolerance: { total: 1 }'],
    ['only_in_live: keep', 'only_in_live: delete'],
    ['is_complete: false', 'is_complete: true'],
    ['guard: delta', 'guard: value'],
    ['control: {', 'xcontrol: {'],
  ])('tells %j from %j', (from, to) => {
    const text = to.startsWith('xcontrol') ? PLAN_TEXT.replace(/control:.*\n/, '') : planWith([from, to]);
    expect(hash(text)).not.toBe(hash(PLAN_TEXT));
  });

  it('holds no number and no Map, which have no canonical form', () => {
    const walk = (value: Canonical): void => {
      expect(typeof value).not.toBe('number');
      expect(value).not.toBeInstanceOf(Map);
      if (value !== null && typeof value === 'object') for (const inner of Object.values(value)) walk(inner);
    };
    for (const text of EACH_STATE) walk(canonicalPlan(planOf(text)));
  });
});

describe('a length of time', () => {
  it('is read back as written', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 1_000_000_000 }), (seconds) => {
        const micros = BigInt(seconds) * 1_000_000n;
        expect(parseDuration(formatDuration(micros))).toBe(micros);
      }),
    );
  });

  it.each(['', 'h', '2', '2 h', '-2h', '1.5h', '2h1d', '99999999d', '1w'])('is not %j', (text) => {
    expect(parseDuration(text)).toBeNull();
  });
});
