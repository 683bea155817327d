import type { Problem } from '#lib/base/failure';
import { below, columnsOf, holdsAggregate, mapAggregates, type Node } from '#lib/calculation/node';

/** An expression with its path in the plan. */
export type Placed = { readonly path: string; readonly node: Node };

const CONSTANT: Node = { kind: 'constant', sql: 'NULL', zero: false, number: false };

const aggregateProblem = (path: string, what: string, fix: string): Problem => ({
  code: 'plan.expression.aggregate',
  message: `\`${path}\` ${what}.`,
  fix,
  at: { path },
});

/** `where`, keys and `deleted` look at one event: no aggregate may stand in them. */
export function aggregateOfNone({ path, node }: Placed): readonly Problem[] {
  const found = firstAggregate(node);
  if (found === null) return [];
  const fix = 'Only measures aggregate; write a condition or value of one event here.';
  return [aggregateProblem(path, `has the aggregate ${found}() and looks at one event`, fix)];
}

/** A measure is arithmetic over aggregates: no aggregate inside another, and no column outside all of them. */
export function aggregatesOfMeasure({ path, node }: Placed): readonly Problem[] {
  const fix = 'Put the column into an aggregate, for example sum(value).';
  if (!holdsAggregate(node)) return [aggregateProblem(path, 'has no aggregate', fix)];
  const problems: Problem[] = [];
  const [bare] = columnsOf(mapAggregates(node, () => CONSTANT));
  if (bare !== undefined)
    problems.push(aggregateProblem(path, `has the column ${bare} outside an aggregate`, fix));
  if (nested(node)) {
    problems.push(
      aggregateProblem(path, 'has an aggregate within an aggregate', 'Aggregate over values of the event.'),
    );
  }
  return problems;
}

/** State `latest`: a measure is a field of the newest event, nothing else. */
export function lastOfMeasure({ path, node }: Placed): readonly Problem[] {
  if (node.kind === 'aggregate' && node.fn === 'last' && node.filter === null) return [];
  const what = 'is not exactly one `last(…)`, and the state is latest';
  return [
    aggregateProblem(path, what, 'Write last(value): the fields of the newest event, without a filter.'),
  ];
}

const MERGEABLE = ['sum', 'count', 'min', 'max', 'last'];

/** With a baseline, a measure is one aggregate that can go on from the value that a row had. */
export function mergeableMeasure({ path, node }: Placed): readonly Problem[] {
  if (node.kind === 'aggregate' && MERGEABLE.includes(node.fn) && !node.distinct) return [];
  return [
    {
      code: 'plan.live.baseline.not_mergeable',
      message: `\`${path}\` cannot go on from a baseline: only one sum, count, min, max or last can.`,
      fix: 'Use one of these without arithmetic around it, or `live.baseline: none` where the archive holds every event there ever was.',
      at: { path },
    },
  ];
}

function firstAggregate(node: Node): string | null {
  if (node.kind === 'aggregate') return node.fn;
  for (const inner of below(node)) {
    const found = firstAggregate(inner);
    if (found !== null) return found;
  }
  return null;
}

const nested = (node: Node): boolean =>
  node.kind === 'aggregate' ? below(node).some(holdsAggregate) : below(node).some(nested);
