import { sha256 } from '#lib/base/canonical';
import type { Problem } from '#lib/base/failure';
import type { Instant } from '#lib/base/instant';
import type { Aggregate, Calculation, CheckedVersion, Measure } from '#lib/calculation/calculation';
import { columnsOf, mapAggregates, type Node } from '#lib/calculation/node';
import {
  aggregateOfNone,
  aggregatesOfMeasure,
  lastOfMeasure,
  mergeableMeasure,
  type Placed,
} from '#lib/calculation/placement';
import { mayFail, printCondition, printSql } from '#lib/calculation/print';
import { type CalculationParts, canonicalCalculation } from '#lib/plan/canonical-plan';
import type { Plan } from '#lib/plan/plan';

type PlacedName = Placed & { readonly name: string };

/** A version whose expressions were read. */
export type ReadVersion = {
  readonly version: number;
  readonly since: Instant | null;
  readonly where: Placed | null;
  readonly keys: readonly PlacedName[];
  readonly measures: readonly PlacedName[];
};

/** Of a plan: its calculation, and the state, which says what a measure may be. */
export type Composable = CalculationParts & { readonly live: Pick<Plan['live'], 'state' | 'baseline'> };

type AggregateNode = Node & { readonly kind: 'aggregate' };
type Composed = { readonly calculation: Calculation | null; readonly problems: readonly Problem[] };

/**
 * Makes a calculation of checked expressions: takes each measure apart into aggregates, which may have another
 * argument and filter in each version, and the arithmetic over them, which may not.
 */
export function compose(
  plan: Composable,
  versions: readonly ReadVersion[],
  deleted: Placed | null,
): Composed {
  const problems = placementProblems(plan, versions, deleted);
  if (problems.length > 0) return { calculation: null, problems };
  const parts = new Parts();
  const measures: Measure[] = [];
  for (const [i, measure] of (versions[0]?.measures ?? []).entries()) {
    const each = versions.map((v) => v.measures[i]?.node ?? measure.node);
    const made = parts.take(measure, each);
    if (made === null) problems.push(notMergeable(measure.name, versions));
    else measures.push(made);
  }
  if (problems.length > 0) return { calculation: null, problems };
  const all = [...versions.flatMap(nodesOf), ...(deleted === null ? [] : [deleted.node])];
  const columns = new Set(all.flatMap((node) => [...columnsOf(node)]));
  const calculation: Calculation = {
    name: plan.calculation.name,
    versions: versions.map(checkedVersion),
    replayWith: plan.calculation.replayWith,
    aggregates: parts.aggregates,
    measures,
    deleted: deleted === null ? null : printCondition(deleted.node, deleted),
    columns: [...columns].sort((a, b) => (a < b ? -1 : 1)),
    sha256: sha256(canonicalCalculation(plan)),
  };
  return { calculation, problems: [] };
}

const nodesOf = (v: ReadVersion): Node[] => [
  ...(v.where === null ? [] : [v.where.node]),
  ...v.keys.map((k) => k.node),
  ...v.measures.map((m) => m.node),
];

/** Aggregates that are missing, or stand where none may, in the expressions that could be read. */
export function placementProblems(
  plan: Pick<Composable, 'live'>,
  versions: readonly ReadVersion[],
  deleted: Placed | null,
): Problem[] {
  const { state, baseline } = plan.live;
  const continued = state === 'running' && baseline !== null && baseline !== 'none';
  const ofOneEvent = versions.flatMap((v) => [...(v.where === null ? [] : [v.where]), ...v.keys]);
  return [
    ...[...ofOneEvent, ...(deleted === null ? [] : [deleted])].flatMap(aggregateOfNone),
    ...versions
      .flatMap((v) => v.measures)
      .flatMap((measure) => {
        const problems = aggregatesOfMeasure(measure);
        if (problems.length > 0) return problems;
        if (state === 'latest') return lastOfMeasure(measure);
        return continued ? mergeableMeasure(measure) : [];
      }),
  ];
}

function notMergeable(measure: string, versions: readonly ReadVersion[]): Problem {
  const numbers = versions.map((v) => v.version).join(', ');
  const path = `calculation.versions[1].measures.${measure}`;
  return {
    code: 'plan.calculation.not_mergeable',
    message: `The measure ${measure} aggregates differently in the versions ${numbers}: one row can hold events of several.`,
    fix: 'Keep its aggregate functions and the arithmetic over them equal, or leave a version out of the plan.',
    at: { path },
  };
}

function checkedVersion(version: ReadVersion): CheckedVersion {
  const { where } = version;
  const condition = where === null ? null : printCondition(where.node, where);
  const keys = version.keys.map(({ name, path, node }) => {
    const sql = printSql(node, { path });
    // DuckDB may look at a key before it looks at `where`: one that can fail waits for it.
    const waits = condition !== null && mayFail(node);
    return { name, sql: waits ? `CASE WHEN ${condition} THEN ${sql} END` : sql };
  });
  return { version: version.version, since: version.since, where: condition, keys };
}

/** Collects aggregates; one that several measures use in the same way is calculated once. */
class Parts {
  readonly aggregates: Aggregate[] = [];
  readonly #ids = new Map<string, string>();

  /** A measure over the aggregates' columns; null where the versions do not agree. */
  take(measure: PlacedName, versions: readonly Node[]): Measure | null {
    const found = versions.map(aggregatesIn);
    const [first = []] = found;
    const shapes = versions.map((node) => shapeOf(node));
    if (shapes.some((shape) => shape !== shapes[0])) return null;
    const ids = first.map((_, i) => {
      const each = found.map((list) => list[i]).filter((a) => a !== undefined);
      return this.#id(measure.name, each);
    });
    let next = 0;
    const [node] = versions;
    if (node === undefined) return null;
    const over = mapAggregates(node, () => ({ kind: 'column', name: ids[next++] ?? '' }));
    const single = node.kind === 'aggregate' ? (ids[0] ?? null) : null;
    return { name: measure.name, sql: printSql(over, measure), single };
  }

  #id(measure: string, each: readonly AggregateNode[]): string {
    const key = JSON.stringify(each);
    const known = this.#ids.get(key);
    if (known !== undefined) return known;
    const [first] = each;
    const id = `@a${this.aggregates.length}`;
    this.#ids.set(key, id);
    const mixed = each.some((a) => a.argument === null) && each.some((a) => a.argument !== null);
    const inputs = each.map((a, i) => input(a, mixed, `calculation.versions[${i}].measures.${measure}`));
    this.aggregates.push({
      id,
      fn: first?.fn ?? 'count',
      distinct: first?.distinct ?? false,
      measure,
      inputs,
    });
    return id;
  }
}

/** `mixed`: some versions count rows and others values; then each counts a truth value of its own. */
function input(aggregate: AggregateNode, mixed: boolean, path: string): Aggregate['inputs'][number] {
  const { argument, filter } = aggregate;
  const condition = filter === null ? null : printCondition(filter, { path });
  if (argument === null) return { argument: mixed ? 'true' : null, filter: condition };
  const value = printSql(argument, { path });
  const sql = mixed ? `CASE WHEN ${value} IS NOT NULL THEN true END` : value;
  // DuckDB evaluates the argument also for events that the filter leaves out: one that can fail waits for it.
  const waits = condition !== null && mayFail(argument);
  return { argument: waits ? `CASE WHEN ${condition} THEN ${sql} END` : sql, filter: condition };
}

function aggregatesIn(node: Node): readonly AggregateNode[] {
  const found: AggregateNode[] = [];
  mapAggregates(node, (aggregate) => {
    found.push(aggregate);
    return aggregate;
  });
  return found;
}

/** What the versions must share: the functions and the arithmetic, without arguments and filters. */
const shapeOf = (node: Node): string =>
  JSON.stringify(mapAggregates(node, (a) => ({ kind: 'column', name: `${a.fn} ${a.distinct}` })));
