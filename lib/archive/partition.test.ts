import { describe, expect, it } from 'vitest';
import { isHiveKey, meets, missingPartitions, partitionKeys, partitionOf } from '#lib/archive/partition';
import { Failure } from '#lib/base/failure';
import { formatInstant, MICROS, parseInstant } from '#lib/base/instant';

const span = (path: string): string | null => {
  const found = partitionOf(path, partitionKeys(path));
  return found === null
    ? null
    : `${formatInstant(found.from)} ${formatInstant(found.to)}`.replaceAll(':00.000000Z', '');
};

describe('partitionOf', () => {
  it.each([
    ['date=2024-06-10/hour=07/x', '2024-06-10T07:00 2024-06-10T08:00'],
    ['date=2024-06-10/hr=7/x', '2024-06-10T07:00 2024-06-10T08:00'],
    ['dt=2024-06-10/x', '2024-06-10T00:00 2024-06-11T00:00'],
    ['day=2024-02-29/x', '2024-02-29T00:00 2024-03-01T00:00'],
    ['year=2024/month=12/day=31/hour=23/x', '2024-12-31T23:00 2025-01-01T00:00'],
    ['year=2024/month=12/x', '2024-12-01T00:00 2025-01-01T00:00'],
    ['year=2024/month=6/x', '2024-06-01T00:00 2024-07-01T00:00'],
    ['year=2024/x', '2024-01-01T00:00 2025-01-01T00:00'],
    ['region=eu/date=2024-06-10/x', '2024-06-10T00:00 2024-06-11T00:00'],
    ['DATE=2024-06-10/x', '2024-06-10T00:00 2024-06-11T00:00'],
    ['region=eu/x', null],
    ['hour=7/x', null],
    ['month=6/day=10/x', null],
    ['year=2024/hour=7/x', '2024-01-01T00:00 2025-01-01T00:00'],
    ['year=2024/day=5/x', '2024-01-01T00:00 2025-01-01T00:00'],
    ['year=2024/month=6/hour=7/x', '2024-06-01T00:00 2024-07-01T00:00'],
    ['year=2024/month=6/day=10/x', '2024-06-10T00:00 2024-06-11T00:00'],
    ['x', null],
  ])('%s is %s', (path, expected) => expect(span(path)).toBe(expected));

  it.each([
    ['date=2024-06-31/x', 'date=2024-06-31'],
    ['date=20240610/x', 'date=20240610'],
    ['date=2024-06-10/hour=24/x', 'hour=24'],
    ['date=2024-06-10/hour=7h/x', 'hour=7h'],
    ['year=24/x', 'year=24'],
    ['date=x2024-06-10/x', 'date=x2024-06-10'],
    ['date=2024-06-10x/x', 'date=2024-06-10x'],
    ['date=2024-00-10/x', 'date=2024-00-10'],
    ['date=2024-06-10/hour=x7/x', 'hour=x7'],
    ['date=2024-06-10/hour=007/x', 'hour=007'],
    ['year=x2024/x', 'year=x2024'],
    ['year=20240/x', 'year=20240'],
    ['year=2024/month=0/x', 'month=0'],
    ['year=2024/month=x6/x', 'month=x6'],
    ['year=2024/month=6x/x', 'month=6x'],
    ['year=2024/month=6/day=x1/x', 'day=x1'],
    ['year=2024/month=6/day=1x/x', 'day=1x'],
    ['year=2024/month=6/day=0/x', 'day=0'],
    ['year=2024/month=6/day=010/x', 'day=010'],
    ['year=2024/month=6/day=+1/x', 'day=+1'],
    ['year=2024/month=4/day=31/x', 'day=31'],
    ['year=2024/month=13/x', 'month=13'],
    ['year=2024/month=2/day=30/x', 'day=30'],
  ])('refuses %s, naming the path', (path, words) => {
    expect(() => span(path)).toThrow(Failure);
    expect(() => span(path)).toThrow(`The path ${path} has ${words}`);
  });

  it('names the file with the code', () => {
    expect(() => span('year=24/x')).toThrow(
      expect.objectContaining({ code: 'archive.format', at: { file: 'year=24/x' } }),
    );
  });

  it('takes folders for keys, not the file, and none without a name', () => {
    expect(partitionKeys('a=1/=2/plain/b=3.csv')).toEqual([{ key: 'a', value: '1' }]);
  });

  it('decodes percent-encoded values and keeps those that are not', () => {
    expect(partitionKeys('region=a%2Fb/x=50%/f.csv')).toEqual([
      { key: 'region', value: 'a/b' },
      { key: 'x', value: '50%' },
    ]);
  });
});

describe('missing partitions [95]', () => {
  const hour = (h: number) => ({ from: BigInt(h) * MICROS.hour, to: BigInt(h + 1) * MICROS.hour });
  const found = (all: number[], opened: number[], from: number, to: number): string | null =>
    missingPartitions(all.map(hour), opened.map(hour), { from: hour(from).from, to: hour(to).from })
      ?.map((g) => `${g.from / MICROS.hour}-${g.to / MICROS.hour}`)
      .join(' ') ?? null;

  it.each([
    [[10, 11, 12], [10, 11, 12], 10, 13, ''],
    [[10, 12], [10, 12], 10, 13, '11-12'],
    [[9, 10, 11, 12], [9, 12], 12, 13, ''], // 10 and 11 are there, and not needed
    [[9, 11, 12], [9, 12], 12, 13, '10-11'],
    [[5, 10, 11, 13, 20], [10, 11], 10, 12, ''], // holes outside of what was opened
    [[11, 12], [11, 12], 10, 13, '10-11'],
    [[10, 11], [10, 11], 10, 13, '12-13'],
    [[5], [5], 10, 13, '10-13'],
    [[20], [20], 10, 13, '10-13'],
  ])('partitions %j, opened %j, range %i to %i: %j', (all, opened, from, to, gaps) => {
    expect(found(all, opened, from, to)).toBe(gaps);
  });

  it('whatever the order of the files, and where one partition lies in another', () => {
    expect(found([12, 10, 9], [12, 10, 9], 9, 13)).toBe('11-12');
    expect(found([10, 10, 11], [10, 10, 11], 10, 12)).toBe('');
    const day = { from: hour(0).from, to: hour(23).to };
    expect(missingPartitions([day, hour(3)], [day, hour(3)], day)).toEqual([]);
    expect(missingPartitions([hour(3), day], [hour(3), day], day)).toEqual([]);
  });

  it('cannot be told of nothing', () => {
    expect(missingPartitions([], [], hour(10))).toBeNull();
    expect(missingPartitions([hour(10)], [], hour(10))).toBeNull();
  });

  it('cannot be told of plain files', () => {
    expect(missingPartitions([null], [null], hour(10))).toBeNull();
    expect(missingPartitions([hour(10), null], [hour(10), null], hour(10))).toBeNull();
  });
});

describe('meets', () => {
  const at = (text: string): bigint => parseInstant(text) ?? 0n;
  const hour = { from: at('2024-06-10T12:00:00Z'), to: at('2024-06-10T13:00:00Z') };
  const need = (from: string, to: string) => [{ from: at(from), to: at(to) }];

  it('is half-open on both sides, slack included', () => {
    const two = 2n * MICROS.hour;
    expect(meets(hour, need('2024-06-10T15:00:00Z', '2024-06-10T16:00:00Z'), two)).toBe(false);
    expect(meets(hour, need('2024-06-10T14:59:59.999999Z', '2024-06-10T16:00:00Z'), two)).toBe(true);
    expect(meets(hour, need('2024-06-10T09:00:00Z', '2024-06-10T10:00:00Z'), two)).toBe(false);
    expect(meets(hour, need('2024-06-10T09:00:00Z', '2024-06-10T10:00:00.000001Z'), two)).toBe(true);
    expect(meets(hour, need('2024-06-10T13:00:00Z', '2024-06-10T14:00:00Z'), 0n)).toBe(false);
  });

  it('takes what any of the needed stretches meets', () => {
    const far = need('2024-06-11T12:00:00Z', '2024-06-11T13:00:00Z');
    expect(meets(hour, [...far, ...need('2024-06-10T12:10:00Z', '2024-06-10T12:20:00Z')], 0n)).toBe(true);
    expect(meets(hour, far, 0n)).toBe(false);
  });

  it('always takes a plain file', () => expect(meets(null, [], 0n)).toBe(true));
});

it('knows the keys that name a time, in any case', () => {
  expect(['date', 'DT', 'Day', 'hour', 'hr', 'year', 'Month'].every(isHiveKey)).toBe(true);
  expect(['region', 'dates', ''].some(isHiveKey)).toBe(false);
});
