import { formatInstant, type Instant, type Interval } from '#lib/base/instant';
import { type CellClass, CLASSES } from '#lib/compare/discrepancy';
import type { OracleAnswer, OracleIncident, OracleType, OracleValue } from '#lib/compare/oracle/incident';
import { addValues, compareValues, deltaOf, formatValue } from '#lib/compare/oracle/values';

/** A compared cell, with its class. */
export type Compared = {
  readonly class: CellClass;
  readonly key: readonly OracleValue[];
  readonly bucket: Interval | null;
  readonly live: readonly OracleValue[] | null;
  readonly recalculated: readonly OracleValue[] | null;
  readonly events: number;
  readonly duplicates: number;
};
/** What one stretch gave: the error window, or the control. */
export type Found = {
  readonly affected: ReadonlySet<string>;
  /** The first instants of the affected cells' buckets. */
  readonly touched: ReadonlySet<Instant>;
  readonly compared: readonly Compared[];
  readonly pending: number;
  /** Events of the affected cells after the cut. */
  readonly pendingEvents: number;
};

/** The part of an answer that the compared cells of the error window give, as the files show it. */
export function shown(
  incident: OracleIncident,
  { affected, compared, pending }: Found,
): Pick<OracleAnswer, 'columns' | 'rows' | 'cells' | 'netDelta' | 'patch'> {
  const { plan, calculation } = incident;
  const { measures, keyTypes } = calculation;
  const written: readonly CellClass[] =
    plan.patch.onlyInLive === 'delete'
      ? ['changed', 'missing_in_live', 'deleted', 'only_in_live']
      : ['changed', 'missing_in_live', 'deleted'];
  const count = (of: CellClass): number => compared.filter((c) => c.class === of).length;
  const bucket = plan.live.bucket === null ? [] : [plan.live.bucket.column];
  const ordered = compared.filter((c) => c.class !== 'match').sort(byKey);
  return {
    columns: [
      ...['class', ...plan.live.keys, ...bucket],
      ...measures.flatMap(({ name }) => [`${name}_live`, `${name}_recalculated`, `${name}_delta`]),
      ...['events', 'duplicates'],
    ],
    rows: ordered.map((cell) =>
      rowOf(
        cell,
        keyTypes,
        measures.map((m) => m.type),
      ),
    ),
    cells: {
      affected: affected.size,
      pending,
      ...(Object.fromEntries(CLASSES.map((of) => [of, count(of)])) as Record<CellClass, number>),
    },
    netDelta: Object.fromEntries(
      measures.flatMap((measure, i) => {
        if (measure.type !== 'integer' && measure.type !== 'float' && typeof measure.type !== 'object')
          return [];
        // in the order of the rows: floats add up differently in another one
        const deltas = ordered
          .filter((c) => written.includes(c.class))
          .map((c) => deltaOf(c.recalculated?.[i] ?? null, c.live?.[i] ?? null, measure.type))
          .filter((delta) => delta !== null);
        const none: OracleValue = measure.type === 'float' ? 0 : 0n;
        return [[measure.name, formatValue(deltas.reduce(addValues, none), measure.type) ?? '0']];
      }),
    ),
    patch: {
      updates: count('changed'),
      inserts: count('missing_in_live'),
      deletes: count('deleted') + (plan.patch.onlyInLive === 'delete' ? count('only_in_live') : 0),
    },
  };
}

function byKey(a: Compared, b: Compared): number {
  for (let i = 0; i < a.key.length; i += 1) {
    const order = compareValues(a.key[i] ?? null, b.key[i] ?? null);
    if (order !== 0) return order;
  }
  return a.bucket === null || b.bucket === null ? 0 : Number(a.bucket.from - b.bucket.from);
}

function rowOf(
  cell: Compared,
  keyTypes: readonly OracleType[],
  types: readonly OracleType[],
): (string | null)[] {
  return [
    cell.class,
    ...cell.key.map((value, i) => formatValue(value, keyTypes[i] ?? 'text')),
    ...(cell.bucket === null ? [] : [formatInstant(cell.bucket.from)]),
    ...types.flatMap((type, i) => {
      const [live, recalculated] = [cell.live?.[i] ?? null, cell.recalculated?.[i] ?? null];
      const delta = deltaOf(recalculated, live, type);
      return [formatValue(live, type), formatValue(recalculated, type), formatValue(delta, type)];
    }),
    String(cell.events),
    String(cell.duplicates),
  ];
}
