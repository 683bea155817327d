import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openSession } from '#lib/adapters/duckdb/session';
import { checkCalculation, checkWritten } from '#lib/adapters/expressions/check-calculation';
import { REFUSED_CONDITIONS, REFUSED_MEASURES } from '#lib/adapters/expressions/hostile.testing';
import { parseInstant } from '#lib/base/instant';
import { locateProblems } from '#lib/plan/locate';
import { parsePlan } from '#lib/plan/parse';
import type { Plan, Version } from '#lib/plan/plan';
import { PLAN_TEXT, planWith } from '#lib/plan/sample.testing';
import type { Session } from '#lib/replay/session';

let folder: string;
let session: Session;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'recount-expressions-'));
  session = await openSession(folder, { folders: [], files: [], memoryLimit: '500MB', threads: 1 });
  await session.lock();
});
afterAll(async () => {
  await session.close();
  await rm(folder, { recursive: true, force: true });
});

type Change = { where?: string; keys?: Record<string, string>; measures: Record<string, string> };
const named = (of: Record<string, string>) =>
  Object.entries(of).map(([name, expression]) => ({ name, expression }));

function planOf(
  changes: readonly Change[],
  more: { state?: Plan['live']['state']; deleted?: string } = {},
): Plan {
  const { plan } = parsePlan(PLAN_TEXT);
  if (plan === null) throw new Error('the sample is no plan');
  const versions = changes.map(
    ({ where, keys, measures }, i): Version => ({
      version: i + 1,
      since: i === 0 ? null : (parseInstant('2024-06-01T00:00:00Z') ?? 0n) + BigInt(i),
      where: where ?? null,
      keys: named(keys ?? { user_id: 'user_id' }),
      measures: named(measures),
    }),
  );
  const fields = { ...plan.archive.fields, deleted: more.deleted ?? null };
  return {
    ...plan,
    archive: { ...plan.archive, fields },
    calculation: { ...plan.calculation, versions },
    live: { ...plan.live, state: more.state ?? plan.live.state },
  };
}

const check = (changes: readonly Change[], more?: Parameters<typeof planOf>[1]) =>
  checkCalculation(session, planOf(changes, more));

describe('what a calculation refuses', () => {
  it.each(REFUSED_MEASURES)('the measure %j', async (expression, code, words) => {
    const { calculation, problems } = await check([{ measures: { total: expression } }]);
    expect(calculation).toBeNull();
    const [problem] = problems;
    if (code === 'any') expect(problem?.code).toMatch(/^plan\.expression\./);
    else expect(problem?.code).toBe(`plan.expression.${code}`);
    expect(problem?.message).toContain(words);
    expect(problem?.message).toContain('`calculation.versions[0].measures.total`');
    expect(problem?.at).toEqual({ path: 'calculation.versions[0].measures.total' });
  });

  it.each(REFUSED_CONDITIONS)('the condition %j, wherever it stands', async (expression, code, words) => {
    const { problems } = await check(
      [
        {
          where: expression,
          keys: { user_id: expression },
          measures: { n: `count(*) FILTER (WHERE ${expression})` },
        },
      ],
      { state: 'latest', deleted: expression },
    );
    const of = (path: string) => problems.find((p) => p.at?.path === path);
    for (const path of [
      'calculation.versions[0].where',
      'calculation.versions[0].keys.user_id',
      'archive.fields.deleted',
    ]) {
      expect(of(path)?.code).toBe(`plan.expression.${code}`);
      expect(of(path)?.message).toContain(words);
    }
    expect(of('calculation.versions[0].measures.n')?.code).toBe(`plan.expression.${code}`);
  });

  it('every problem of every expression at once', async () => {
    const { problems } = await check([
      {
        where: 'random() > 0.5 AND now() > t',
        keys: { user_id: '(SELECT 1)' },
        measures: { a: 'sum(', b: 'median(x)' },
      },
    ]);
    expect(problems.map((p) => `${p.code} ${p.at?.path}`)).toEqual([
      'plan.expression.not_allowed calculation.versions[0].where',
      'plan.expression.not_allowed calculation.versions[0].where',
      'plan.expression.not_allowed calculation.versions[0].keys.user_id',
      'plan.expression.syntax calculation.versions[0].measures.a',
      'plan.expression.not_allowed calculation.versions[0].measures.b',
    ]);
  });

  it('beside the problems of the plan itself', async () => {
    const text = planWith(
      ['sum(value)', 'sum(random())'],
      ['to: 2024-06-10T12:30:00Z', 'to: 2024-06-10T11:30:00Z'],
    );
    const { plan, problems, parts } = parsePlan(text);
    expect(plan).toBeNull();
    const more = locateProblems(text, (await checkWritten(session, parts)).problems);
    expect([...problems, ...more].map((p) => `${p.code} ${p.at?.line}:${p.at?.column}`)).toEqual([
      'plan.window.reversed 19:7',
      'plan.expression.not_allowed 28:16',
    ]);
  });

  it('takes a quoted word and a plain `user` for columns', async () => {
    const { calculation, problems } = await check([
      { measures: { a: 'max("current_user")', b: 'max(user)' } },
    ]);
    expect(problems).toEqual([]);
    expect(calculation?.columns).toEqual(['current_user', 'user', 'user_id']);
  });

  it.each(['max(x)', 'last(x) + 1', 'last(x) FILTER (WHERE y)', 'first(x)', 'coalesce(last(x), 0)'])(
    'for state latest the measure %s',
    async (expression) => {
      const { problems } = await check([{ measures: { m: expression } }], { state: 'latest' });
      expect(problems.map((p) => p.code)).toEqual(['plan.expression.aggregate']);
      expect(problems[0]?.message).toContain('is not exactly one `last(…)`');
    },
  );

  it('not a last for state latest', async () => {
    const { problems } = await check([{ measures: { m: 'last(x * 2)' } }], {
      state: 'latest',
      deleted: "op = 'd'",
    });
    expect(problems).toEqual([]);
  });
});

describe('how a calculation is taken apart', () => {
  it('shares equal aggregates and names each column once', async () => {
    const { calculation } = await check([
      { measures: { total: 'sum(value)', mean: 'sum( value ) / nullif(count(*), 0)', events: 'count(*)' } },
    ]);
    expect(calculation?.aggregates.map((a) => [a.id, a.fn, a.inputs[0]?.argument])).toEqual([
      ['@a0', 'sum', '"value"'],
      ['@a1', 'count', null],
    ]);
    expect(calculation?.measures.map((m) => [m.name, m.single])).toEqual([
      ['total', '@a0'],
      ['mean', null],
      ['events', '@a1'],
    ]);
    expect(calculation?.measures[0]?.sql).toBe('"@a0"');
    expect(calculation?.columns).toEqual(['user_id', 'value']);
    expect(calculation?.sha256).toMatch(/^[0-9a-f]{64}$/);
  });

  it('tells aggregates with another filter, function or DISTINCT apart', async () => {
    const { calculation } = await check([
      {
        measures: {
          a: 'count(x)',
          b: 'count(DISTINCT x)',
          c: 'count(x) FILTER (WHERE y)',
          d: 'max(x)',
          e: 'count(x) FILTER (y)',
        },
      },
    ]);
    expect(calculation?.measures.map((m) => m.single)).toEqual(['@a0', '@a1', '@a2', '@a3', '@a2']);
  });

  it('lets versions differ in where, keys, arguments and filters', async () => {
    const { calculation, problems } = await check([
      { where: 'a', keys: { user_id: 'u' }, measures: { m: 'sum(x) / nullif(count(*), 0)' } },
      {
        where: 'b',
        keys: { user_id: 'v' },
        measures: { m: 'sum(y * 2) FILTER (WHERE z) / nullif(count(y), 0)' },
      },
    ]);
    expect(problems).toEqual([]);
    expect(calculation?.aggregates[0]?.inputs).toEqual([
      { argument: '"x"', filter: null },
      { argument: 'CASE WHEN "z" THEN ("y" * 2) END', filter: '"z"' },
    ]);
    // One counts rows and the other values: each then counts a truth value of its own.
    expect(calculation?.aggregates[1]?.inputs).toEqual([
      { argument: 'true', filter: null },
      { argument: 'CASE WHEN "y" IS NOT NULL THEN true END', filter: null },
    ]);
  });

  it.each([
    ['sum(x)', 'max(x)'],
    ['sum(x)', 'sum(x) + 1'],
    ['sum(x) * 2', 'sum(x) * 3'],
    ['count(x)', 'count(DISTINCT x)'],
    ['sum(x) + max(y)', 'max(y) + sum(x)'],
  ])('does not merge %s with %s', async (one, other) => {
    const { problems } = await check([{ measures: { m: one } }, { measures: { m: other } }]);
    expect(problems.map((p) => p.code)).toEqual(['plan.calculation.not_mergeable']);
    expect(problems[0]?.message).toContain('m aggregates differently in the versions 1, 2');
  });

  it('hashes the calculation as written', async () => {
    const hash = async (m: string) => (await check([{ measures: { m } }])).calculation?.sha256;
    expect(await hash('sum(x)')).toBe(await hash('sum(x)'));
    expect(await hash('sum(x)')).not.toBe(await hash('sum(y)'));
  });
});
