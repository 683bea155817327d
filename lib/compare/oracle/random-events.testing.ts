import fc from 'fast-check';
import { type Instant, MICROS } from '#lib/base/instant';
import type { OracleEvent } from '#lib/compare/oracle/incident';
import type { Placed } from '#lib/compare/oracle/random-archive.testing';

export const USERS = ['a', 'a', 'a', 'b', 'b', 'A', '', 'ü', 'x,"y"', ' a', '007', '🙂', '\uffee', 'l\nm'];
const LATE_MINUTES = [0, 0, 0, 1, 29, 30, 61, 125];
const BIG = 12_345_678_901_234_567_890_123_456_789_012_345n;
const HUGE = 10n ** 36n + 7n;

/** Half of the events lie around the window's edges, where off-by-ones live; the rest around it, ties included. */
const offsetMicros = fc.oneof(
  fc.constantFrom(0n, -1n, 1n).map((micros) => ({ edge: 'from' as const, micros })),
  fc.constantFrom(0n, -1n, 1n).map((micros) => ({ edge: 'to' as const, micros })),
  fc
    .integer({ min: -130, max: 190 })
    .map((m) => ({ edge: 'from' as const, micros: BigInt(m) * MICROS.minute })),
  fc
    .integer({ min: -1810, max: -1660 })
    .map((m) => ({ edge: 'from' as const, micros: BigInt(m) * MICROS.minute })),
);
const rarely = fc.integer({ min: 0, max: 19 }).map((n) => n === 7);
const seldom = fc.integer({ min: 0, max: 79 }).map((n) => n === 7);
export const RAW_EVENT = fc.record({
  user: fc.oneof(
    { weight: 30, arbitrary: fc.constantFrom(...USERS) },
    { weight: 1, arbitrary: fc.constant(null) },
  ),
  region: fc.constantFrom(1n, 1n, 2n, -10n, 9007199254740993n),
  offset: offsetMicros,
  lateMinutes: fc.constantFrom(...LATE_MINUTES),
  sequence: fc.integer({ min: 0, max: 3 }),
  kind: fc.constantFrom('x', 'x', 'put', 'test', 'delete', null),
  cents: fc.oneof(
    fc.integer({ min: -500, max: 500 }),
    fc.constantFrom(0, 1, 10, 20, 30, -30, null, 999_999_999_999),
  ),
  qty: fc.constantFrom(0n, 1n, -1n, 7n, null, 4_611_686_018_427_387_904n, -9_007_199_254_740_993n),
  n: fc.constantFrom(0n, 1n, 2n, 3n, -5n, null),
  note: fc.constantFrom(null, '', 'n', 'é', 'two\nlines', 'e\u0301'),
  score: fc.constantFrom(
    0,
    0.5,
    0.1,
    0.2,
    -0.3,
    null,
    -0,
    0.001,
    123456789.125,
    123456789012345.5,
    Number.NaN,
  ),
  big: fc.constantFrom(0n, 1n, -1n, BIG, -BIG, BIG + 1n, null),
  huge: fc.constantFrom(0n, HUGE, -HUGE, HUGE + 1n, null),
  flag: fc.constantFrom(true, false, null),
  copies: fc.constantFrom(0, 0, 0, 0, 1, 2),
  copyMinutes: fc.integer({ min: -20, max: 200 }),
  /** How the other content under an id differs, if there is one: what decides is arrival, sequence, time, in turn. */
  conflict: fc
    .integer({ min: 0, max: 39 })
    .map((n) => ({ 7: 'arrival', 8: 'time', 9: 'missing' })[n] ?? null),
  badTime: rarely,
  badId: seldom,
  misfit: seldom,
  noArrival: rarely,
  /** Minutes by which the time that its partition is chosen by is off. */
  shift: fc.constantFrom(0, 0, 0, 0, 0, 60, -60, 130, -200),
});
export type RawEvent = typeof RAW_EVENT extends fc.Arbitrary<infer T> ? T : never;

type Ways = {
  readonly edges: { readonly from: Instant; readonly to: Instant };
  readonly sequenced: boolean;
  /** Whether a value that does not fit its type can be said: not in typed Parquet. */
  readonly misfits: boolean;
  /** Whether something uses the column that does not fit; what nothing uses is text and never rejects. */
  readonly readsValue: boolean;
};

/** An event, its identical copies, or the other content under its id, each with the time of its partition. */
export function eventsOf(ways: Ways, event: RawEvent, index: number): Placed[] {
  const time = ways.edges[event.offset.edge] + event.offset.micros;
  const arrived = time + BigInt(event.lateMinutes) * MICROS.minute;
  const near = (minutes: number): Instant => time + BigInt(event.shift + minutes) * MICROS.minute;
  const misfit = event.misfit && ways.misfits;
  const first: OracleEvent = {
    id: event.badId ? (index % 2 ? null : '') : `e${index}`,
    time: event.badTime ? null : time,
    arrived: event.noArrival ? null : arrived,
    sequence: ways.sequenced ? BigInt(event.sequence) : null,
    fields: fieldsOf(event),
    ...(misfit ? { misfit: ways.readsValue } : {}),
  };
  const alone = { event: first, near: near(0) };
  // which record a reject, or an id with two contents, is a copy of is not said: those come singly
  if (event.badTime || event.badId || misfit || event.user === null || event.noArrival) return [alone];
  if (event.conflict !== null) {
    const later = arrived + BigInt(event.copyMinutes) * MICROS.minute + 1n;
    const other: OracleEvent = {
      ...first,
      ...(event.conflict === 'time' ? { time: time + MICROS.minute } : {}),
      arrived: event.conflict === 'missing' ? null : event.conflict === 'time' ? arrived : later,
      fields: { ...first.fields, n: 77n },
    };
    return [alone, { event: other, near: near(0) }];
  }
  const copies = Array.from({ length: event.copies }, (_, i) => ({
    event: {
      ...first,
      arrived: arrived + BigInt(event.copyMinutes * (i + 1)) * MICROS.minute,
      sequence: first.sequence === null ? null : first.sequence + BigInt(i),
    },
    near: near(event.copyMinutes * i),
  }));
  return [alone, ...copies];
}

const fieldsOf = (event: RawEvent): OracleEvent['fields'] => ({
  user_id: event.user,
  region: event.region,
  kind: event.kind,
  value: event.cents === null ? null : { unscaled: BigInt(event.cents), scale: 2 },
  qty: event.qty,
  n: event.n,
  note: event.note,
  score: event.score,
  big: event.big === null ? null : { unscaled: event.big, scale: 2 },
  huge: event.huge,
  flag: event.flag,
});
