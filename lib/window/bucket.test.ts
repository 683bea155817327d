import fc from 'fast-check';
import { Temporal } from 'temporal-polyfill';
import { describe, expect, it } from 'vitest';
import { contains, formatInstant, parseInstant } from '#lib/base/instant';
import { bucketEnd, bucketOf, bucketStart, bucketsOverlapping } from '#lib/window/bucket';
import { type BucketSize, parseBucketSize } from '#lib/window/window';
import { localOf, segmentsOf } from '#lib/window/zone';

const at = (text: string): bigint => parseInstant(text) ?? -1n;
const short = (t: bigint): string => formatInstant(t).slice(0, 16);
const size = (text: string): BucketSize => parseBucketSize(text) ?? { count: 1, unit: 'd' };
const show = (t: string, s: string, zone: string, zoned = false): string => {
  const { from, to } = bucketOf(at(t), size(s), zone, zoned);
  return `${short(from)} ${short(to)}`;
};

describe('buckets in UTC', () => {
  it.each([
    ['2024-06-10T12:34:56Z', '15m', '2024-06-10T12:30 2024-06-10T12:45'],
    ['2024-06-10T12:00:00Z', '1h', '2024-06-10T12:00 2024-06-10T13:00'],
    ['2024-06-10T11:59:59.999999Z', '1h', '2024-06-10T11:00 2024-06-10T12:00'],
    ['2024-06-10T12:34:56Z', '6h', '2024-06-10T12:00 2024-06-10T18:00'],
    ['2024-06-10T12:34:56Z', '24h', '2024-06-10T00:00 2024-06-11T00:00'],
    ['2024-06-16T23:59:59Z', '1w', '2024-06-10T00:00 2024-06-17T00:00'],
    ['1969-12-31T23:59:59Z', '1w', '1969-12-29T00:00 1970-01-05T00:00'],
    ['2024-02-29T12:00:00Z', '1mo', '2024-02-01T00:00 2024-03-01T00:00'],
    ['1969-12-31T23:59:59Z', '1mo', '1969-12-01T00:00 1970-01-01T00:00'],
    ['1969-12-31T23:59:59.999999Z', '1h', '1969-12-31T23:00 1970-01-01T00:00'],
  ])('%s in %s', (t, s, expected) => {
    expect(show(t, s, 'UTC')).toBe(expected);
  });
});

describe('buckets where the clock changes', () => {
  it.each([
    // Berlin, 27 October 2024: 03:00 summer time is 02:00 winter time, at 01:00 UTC.
    ['2024-10-27T00:30:00Z', '1h', 'Europe/Berlin', true, '2024-10-27T00:00 2024-10-27T01:00'],
    ['2024-10-27T01:30:00Z', '1h', 'Europe/Berlin', true, '2024-10-27T01:00 2024-10-27T02:00'],
    ['2024-10-27T01:00:00Z', '1h', 'Europe/Berlin', true, '2024-10-27T01:00 2024-10-27T02:00'],
    ['2024-10-27T00:30:00Z', '1h', 'Europe/Berlin', false, '2024-10-27T00:00 2024-10-27T02:00'],
    ['2024-10-27T01:30:00Z', '1h', 'Europe/Berlin', false, '2024-10-27T00:00 2024-10-27T02:00'],
    ['2024-10-27T01:40:00Z', '30m', 'Europe/Berlin', true, '2024-10-27T01:30 2024-10-27T02:00'],
    ['2024-10-27T01:40:00Z', '30m', 'Europe/Berlin', false, '2024-10-27T00:30 2024-10-27T02:00'],
    ['2024-10-27T01:30:00Z', '2h', 'Europe/Berlin', true, '2024-10-27T00:00 2024-10-27T03:00'],
    ['2024-10-27T04:00:00Z', '6h', 'Europe/Berlin', true, '2024-10-26T22:00 2024-10-27T05:00'],
    ['2024-10-27T12:00:00Z', '1d', 'Europe/Berlin', true, '2024-10-26T22:00 2024-10-27T23:00'],
    ['2024-03-31T12:00:00Z', '1d', 'Europe/Berlin', false, '2024-03-30T23:00 2024-03-31T22:00'],
    ['2024-03-31T01:10:00Z', '1h', 'Europe/Berlin', false, '2024-03-31T01:00 2024-03-31T02:00'],
    ['2024-03-31T12:00:00Z', '1w', 'Europe/Berlin', false, '2024-03-24T23:00 2024-03-31T22:00'],
    ['2024-03-31T12:00:00Z', '1mo', 'Europe/Berlin', false, '2024-02-29T23:00 2024-03-31T22:00'],
    // Lord Howe puts its clock back by half an hour, from 02:00 to 01:30, at 15:00 UTC.
    ['2024-04-06T15:10:00Z', '1h', 'Australia/Lord_Howe', true, '2024-04-06T14:00 2024-04-06T15:30'],
    ['2024-04-06T15:10:00Z', '30m', 'Australia/Lord_Howe', true, '2024-04-06T15:00 2024-04-06T15:30'],
    ['2024-04-06T15:10:00Z', '30m', 'Australia/Lord_Howe', false, '2024-04-06T14:30 2024-04-06T15:30'],
    // São Paulo skipped midnight: the day began at 01:00, 03:00 UTC.
    ['2017-10-15T12:00:00Z', '1d', 'America/Sao_Paulo', false, '2017-10-15T03:00 2017-10-16T02:00'],
    ['2017-10-15T03:10:00Z', '6h', 'America/Sao_Paulo', false, '2017-10-15T03:00 2017-10-15T08:00'],
    // St. John's changed at 00:01: the hour from 01:00 began at 01:01.
    ['2010-03-14T04:00:00Z', '1h', 'America/St_Johns', false, '2010-03-14T03:31 2010-03-14T04:30'],
    // The Azores show midnight twice: a day, and a quarter of one, is one bucket all the same.
    ['2024-10-27T00:30:00Z', '1d', 'Atlantic/Azores', true, '2024-10-27T00:00 2024-10-28T01:00'],
    ['2024-10-27T02:30:00Z', '6h', 'Atlantic/Azores', true, '2024-10-27T00:00 2024-10-27T07:00'],
  ])('%s in %s of %s, zoned %s', (t, s, zone, zoned, expected) => {
    expect(show(t, s, zone, zoned)).toBe(expected);
  });
});

const ZONES = [
  'UTC',
  'Europe/Berlin',
  'Europe/Dublin',
  'America/New_York',
  'America/St_Johns',
  'America/Sao_Paulo',
  'America/Havana',
  'Atlantic/Azores',
  'Australia/Lord_Howe',
  'Asia/Kathmandu',
  'Asia/Gaza',
  'Africa/Casablanca',
  'Pacific/Apia',
  'Pacific/Chatham',
] as const;
const SIZES = [
  '1m',
  '15m',
  '20m',
  '30m',
  '45m',
  '1h',
  '2h',
  '3h',
  '6h',
  '8h',
  '12h',
  '24h',
  '1d',
  '1w',
  '1mo',
];

const zone = fc.constantFrom(...ZONES);
const bucketSize = fc.constantFrom(...SIZES).map(size);
/** Any instant, and more often one near a clock change. */
const instantIn = (name: string): fc.Arbitrary<bigint> => {
  const changes = segmentsOf(name)
    .slice(1)
    .map((s) => s.from);
  const any = fc.bigInt({ min: at('1901-01-01T00:00:00Z'), max: at('2099-12-31T00:00:00Z') });
  if (changes.length === 0) return any;
  const near = fc.tuple(fc.constantFrom(...changes), fc.integer({ min: -200, max: 200 }));
  return fc.oneof(
    any,
    near.map(([change, minutes]) => change + BigInt(minutes) * 60_000_000n),
  );
};
const zoneAndInstant = zone.chain((name) => fc.tuple(fc.constant(name), instantIn(name)));

describe('every bucket', () => {
  it('holds its own instant, and its start begins it', () => {
    fc.assert(
      fc.property(zoneAndInstant, bucketSize, fc.boolean(), ([name, t], s, zoned) => {
        const bucket = bucketOf(t, s, name, zoned);
        expect(contains(bucket, t)).toBe(true);
        expect(bucketStart(bucket.from, s, name, zoned)).toBe(bucket.from);
        expect(bucketEnd(bucket.from, s, name, zoned)).toBe(bucket.to);
      }),
      { numRuns: 2000 },
    );
  });

  it('begins at the label of the local clock, or where that clock jumps over it', () => {
    fc.assert(
      fc.property(zoneAndInstant, fc.constantFrom('15m', '1h', '6h').map(size), ([name, t], s) => {
        const start = bucketStart(t, s, name, false);
        const label = Temporal.Instant.fromEpochMilliseconds(Number(start / 1000n)).toZonedDateTimeISO(name);
        const minutes = s.unit === 'h' ? s.count * 60 : s.count;
        const aligned = (label.hour * 60 + label.minute) % minutes === 0 && label.second === 0;
        const jumped = segmentsOf(name).some((segment) => segment.from === start);
        expect(aligned || jumped).toBe(true);
      }),
    );
  });

  it('is found once among those that overlap', () => {
    fc.assert(
      fc.property(
        zoneAndInstant,
        fc.integer({ min: 1, max: 3000 }),
        fc.boolean(),
        ([name, t], minutes, zoned) => {
          const interval = { from: t, to: t + BigInt(minutes) * 60_000_000n };
          const found = bucketsOverlapping(interval, size('30m'), name, zoned);
          const starts = new Set<bigint>();
          for (let now = interval.from; now < interval.to; now += 60_000_000n) {
            starts.add(bucketStart(now, size('30m'), name, zoned));
          }
          starts.add(bucketStart(interval.to - 1n, size('30m'), name, zoned));
          expect(found.map((b) => b.from)).toEqual([...starts].sort((a, b) => (a < b ? -1 : 1)));
        },
      ),
      { numRuns: 100 },
    );
  });

  it('has no bucket in an empty interval', () => {
    expect(bucketsOverlapping({ from: 5n, to: 5n }, size('1h'), 'UTC', false)).toEqual([]);
  });
});

it('reads the local clock as Temporal does', () => {
  fc.assert(
    fc.property(zoneAndInstant, ([name, t]) => {
      const wanted = Temporal.Instant.fromEpochNanoseconds(t * 1000n).toZonedDateTimeISO(name);
      expect(localOf(name, t) - t).toBe(BigInt(wanted.offsetNanoseconds) / 1000n);
    }),
    { numRuns: 500 },
  );
});
