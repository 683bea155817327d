import { negateDecimal } from '#lib/base/decimal';
import type { AggregateFunction } from '#lib/calculation/calculation';
import type {
  OracleAggregate,
  OracleEvent,
  OracleMeasure,
  OracleType,
  OracleValue,
} from '#lib/compare/oracle/incident';
import { addValues } from '#lib/compare/oracle/values';

type Fields = OracleEvent['fields'];
type Input = {
  readonly argument: ((f: Fields) => OracleValue) | null;
  readonly filter: ((f: Fields) => boolean | null) | null;
};

/** A measure that a random incident may have: its SQL by version, and the same as functions. */
export type MenuItem = {
  readonly sql: readonly [string, string];
  readonly measure: OracleMeasure;
  /** Can be added to a baseline. */
  readonly mergeable: boolean;
  /** Depends on the order of the events: `first`, `last`, and sums of floats. */
  readonly ordered: boolean;
  readonly columns: readonly string[];
};

const CENTS: OracleType = { scale: 2 };
const field =
  (name: string) =>
  (f: Fields): OracleValue =>
    f[name] ?? null;
const isX = (f: Fields): boolean | null => (f.kind === null || f.kind === undefined ? null : f.kind === 'x');
const negative = (value: OracleValue): OracleValue => {
  if (typeof value === 'bigint') return -value;
  return typeof value === 'object' && value !== null && 'unscaled' in value ? negateDecimal(value) : value;
};

const aggregate = (
  fn: AggregateFunction,
  first: Input,
  second: Input = first,
  distinct = false,
): OracleAggregate => ({
  fn,
  distinct,
  inputs: new Map([
    [1, first],
    [2, second],
  ]),
});
const of = (name: string): Input => ({ argument: field(name), filter: null });

function single(
  name: string,
  type: OracleType,
  sql: readonly [string, string],
  over: OracleAggregate,
  columns: readonly string[],
  mergeable = true,
): MenuItem {
  return {
    sql,
    measure: { name, type, aggregates: [over], combine: ([value]) => value ?? null },
    mergeable,
    ordered: over.fn === 'first' || over.fn === 'last' || (type === 'float' && over.fn === 'sum'),
    columns,
  };
}

/** What state `latest` may have: every measure is a `last`. */
export const LAST_MENU: readonly MenuItem[] = [
  single('value', CENTS, ['last(value)', 'last(value)'], aggregate('last', of('value')), ['value']),
  single(
    'qty',
    'integer',
    ['last(qty)', 'last(-qty)'],
    aggregate('last', of('qty'), { argument: (f) => negative(field('qty')(f)), filter: null }),
    ['qty'],
  ),
  single('note', 'text', ['last(note)', 'last(note)'], aggregate('last', of('note')), ['note']),
  single('score', 'float', ['last(score)', 'last(score)'], aggregate('last', of('score')), ['score']),
  single('big', CENTS, ['last(big)', 'last(big)'], aggregate('last', of('big')), ['big']),
  single('huge', 'integer', ['last(huge)', 'last(huge)'], aggregate('last', of('huge')), ['huge']),
  single('flag', 'boolean', ['last(flag)', 'last(flag)'], aggregate('last', of('flag')), ['flag']),
];

export const MENU: readonly MenuItem[] = [
  single(
    'total',
    CENTS,
    ['sum(value)', 'sum(-value)'],
    aggregate('sum', of('value'), { argument: (f) => negative(field('value')(f)), filter: null }),
    ['value'],
  ),
  single(
    'events',
    'integer',
    ['count(*)', "count(*) filter (where kind = 'x')"],
    aggregate('count', { argument: null, filter: null }, { argument: null, filter: isX }),
    ['kind'],
  ),
  single('units', 'integer', ['sum(qty)', 'sum(qty)'], aggregate('sum', of('qty')), ['qty']),
  single('low', CENTS, ['min(value)', 'min(value)'], aggregate('min', of('value')), ['value']),
  single(
    'high',
    'integer',
    ['max(qty)', 'max(-qty)'],
    aggregate('max', of('qty'), { argument: (f) => negative(field('qty')(f)), filter: null }),
    ['qty'],
  ),
  single('newest', 'text', ['last(note)', 'last(kind)'], aggregate('last', of('note'), of('kind')), [
    'note',
    'kind',
  ]),
  single(
    'oldest',
    CENTS,
    ['first(value)', 'first(value)'],
    aggregate('first', of('value')),
    ['value'],
    false,
  ),
  single(
    'kinds',
    'integer',
    ['count(distinct kind)', 'count(distinct note)'],
    aggregate('count', of('kind'), of('note'), true),
    ['kind', 'note'],
    false,
  ),
  single('score', 'float', ['sum(score)', 'sum(score)'], aggregate('sum', of('score')), ['score']),
  single(
    'big',
    CENTS,
    ['sum(big)', 'sum(-big)'],
    aggregate('sum', of('big'), { argument: (f) => negative(field('big')(f)), filter: null }),
    ['big'],
  ),
  single('huge', 'integer', ['max(huge)', 'max(huge)'], aggregate('max', of('huge')), ['huge']),
  single('flag', 'boolean', ['last(flag)', 'last(flag)'], aggregate('last', of('flag')), ['flag']),
  single('mean', 'float', ['avg(n)', 'avg(n)'], aggregate('avg', of('n')), ['n'], false),
  {
    sql: ["sum(value) - sum(value) filter (where kind = 'x')", 'sum(value) - sum(-value)'],
    mergeable: false,
    ordered: false,
    columns: ['value', 'kind'],
    measure: {
      name: 'rest',
      type: CENTS,
      aggregates: [
        aggregate('sum', of('value')),
        aggregate(
          'sum',
          { argument: field('value'), filter: isX },
          { argument: (f) => negative(field('value')(f)), filter: null },
        ),
      ],
      combine: ([a, b]) =>
        a === null || a === undefined || b === null || b === undefined ? null : addValues(a, negative(b)),
    },
  },
];
