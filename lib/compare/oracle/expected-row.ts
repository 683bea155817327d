import type { AggregateFunction } from '#lib/calculation/calculation';
import { byTime, type Counted } from '#lib/compare/oracle/distinct-events';
import type {
  OracleAggregate,
  OracleIncident,
  OracleMeasure,
  OracleValue,
} from '#lib/compare/oracle/incident';
import { addValues, compareValues, nameOf } from '#lib/compare/oracle/values';

/** The measures over the events of one cell, in the order of time, sequence, id. */
export function measuresOf(measures: readonly OracleMeasure[], events: readonly Counted[]): OracleValue[] {
  const ordered = events.toSorted((a, b) => byTime(a.event, b.event));
  return measures.map((measure) => measure.combine(measure.aggregates.map((a) => aggregate(a, ordered))));
}

/** True when the newest of the events is a tombstone. */
export function endsDeleted({ calculation }: OracleIncident, events: readonly Counted[]): boolean {
  const newest = events.toSorted((a, b) => byTime(a.event, b.event)).at(-1);
  return newest !== undefined && calculation.deleted?.(newest.event.fields) === true;
}

function aggregate({ fn, distinct, inputs }: OracleAggregate, events: readonly Counted[]): OracleValue {
  const taken = events.flatMap(({ event, version }) => {
    const input = inputs.get(version);
    if (input === undefined || (input.filter !== null && input.filter(event.fields) !== true)) return [];
    return [input.argument === null ? true : input.argument(event.fields)];
  });
  if (fn === 'first') return taken[0] ?? null;
  if (fn === 'last') return taken.at(-1) ?? null;
  const values = taken.filter((value) => value !== null);
  const own = distinct ? [...new Map(values.map((value) => [nameOf([value]), value])).values()] : values;
  if (fn === 'count') return BigInt(own.length);
  const [first, ...rest] = own;
  if (first === undefined) return null;
  if (fn === 'min') return rest.reduce<OracleValue>((a, b) => (compareValues(a, b) <= 0 ? a : b), first);
  if (fn === 'max') return rest.reduce<OracleValue>((a, b) => (compareValues(a, b) >= 0 ? a : b), first);
  // floats are added in this one order, beginning with 0, so that no sum is -0
  const sum = rest.reduce<OracleValue>(addValues, typeof first === 'number' ? first + 0 : first);
  return fn === 'avg' ? Number(sum) / own.length : sum;
}

/** A baseline's value and the one of the events after it: sum and count add, min and max compare, last takes the newer. */
export function mergeBaseline(
  fn: AggregateFunction,
  before: OracleValue,
  after: OracleValue,
  hasEvents: boolean,
): OracleValue {
  if (fn === 'last') return hasEvents ? after : before;
  if (before === null || after === null) return before ?? after;
  if (fn === 'min') return compareValues(before, after) <= 0 ? before : after;
  if (fn === 'max') return compareValues(before, after) >= 0 ? before : after;
  return addValues(before, after);
}
