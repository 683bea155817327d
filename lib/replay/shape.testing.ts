import type { Aggregate } from '#lib/calculation/calculation';
import { parsePlan } from '#lib/plan/parse';
import type { LivePlan } from '#lib/plan/plan';
import { PLAN_TEXT } from '#lib/plan/sample.testing';
import type { Shape } from '#lib/replay/shape';

/** The shape of the sample plan with another live part, aggregates and their types: for tests of single queries. */
export function shapeWith(
  live: Partial<LivePlan>,
  aggregates: readonly Aggregate[] = [],
  argumentTypes: readonly string[] = [],
): Shape {
  const { plan } = parsePlan(PLAN_TEXT);
  if (plan === null) throw new Error('the sample plan is a plan');
  return {
    plan: { ...plan, live: { ...plan.live, cut: null, ...live } },
    calculation: {
      ...plan.calculation,
      versions: [],
      aggregates,
      measures: aggregates.map(({ id, measure }) => ({ name: measure, sql: `"${id}"`, single: id })),
      deleted: null,
      columns: [],
      sha256: '',
      keyTypes: ['VARCHAR'],
      argumentTypes,
      measureTypes: argumentTypes,
    },
    columns: [],
    notContent: [],
    bucketZoned: true,
  };
}

/** An aggregate of one version. */
export const aggregate = (
  fn: Aggregate['fn'],
  argument: string | null = 'x',
  more: { readonly filter?: string; readonly distinct?: boolean } = {},
): Aggregate => ({
  id: '@a0',
  fn,
  distinct: more.distinct ?? false,
  measure: 'm',
  inputs: [{ argument, filter: more.filter ?? null }],
});
