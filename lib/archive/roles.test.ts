import { describe, expect, it } from 'vitest';
import { guessRoles, type RoleColumn } from '#lib/archive/roles';

const times = ['2024-06-10T12:00:00Z', '2024-06-10 12:01', '2024-06-10T12:02:00Z'];
const column = (name: string, type: string, ...sample: (string | null)[]): RoleColumn => ({
  name,
  type,
  sample,
});
const time = (name: string): RoleColumn => column(name, 'TIMESTAMP', ...times);
const id = (name: string, ...sample: (string | null)[]): RoleColumn =>
  column(name, 'VARCHAR', ...(sample.length > 0 ? sample : ['a', 'b', 'c', 'd']));

it('takes a column of times as the time, also where one of them is broken', () => {
  const of = (type: string, sample: readonly (string | null)[]) =>
    guessRoles([{ name: 'timestamp', type, sample }]).time;
  expect(of('TIMESTAMP', times)).toBe('timestamp');
  expect(of('VARCHAR', [...times, 'yesterday at noon'])).toBe('timestamp');
  expect(of('VARCHAR', [...times, null, null])).toBe('timestamp');
  expect(of('VARCHAR', [...times, 'soon', 'later'])).toBeNull();
  expect(of('VARCHAR', times.slice(1))).toBeNull();
});

describe('guessRoles', () => {
  it('knows the usual names, however they are written', () => {
    const columns = [
      id('Event-ID'),
      time('event_time'),
      time('Received At'),
      column('kafka.offset', 'UBIGINT', '1', '2'),
      column('userId', 'VARCHAR', 'u', 'u'),
      column('Amount', 'DECIMAL(18,2)', '1.50'),
    ];
    expect(guessRoles(columns)).toEqual({
      id: 'Event-ID',
      time: 'event_time',
      ingested: 'Received At',
      sequence: 'kafka.offset',
      key: 'userId',
      value: 'Amount',
    });
  });

  it('guesses nothing of nothing', () => {
    const none = { id: null, time: null, ingested: null, sequence: null, key: null, value: null };
    expect(guessRoles([])).toEqual(none);
    expect(guessRoles([column('note', 'VARCHAR', 'x')])).toEqual(none);
  });

  it('takes the better of two names, and no column twice', () => {
    expect(guessRoles([time('created_at'), time('timestamp')]).time).toBe('timestamp');
    expect(guessRoles([time('received_at')])).toMatchObject({ ingested: 'received_at', time: null });
    expect(guessRoles([id('id'), id('event_id')]).id).toBe('event_id');
    const { value, sequence } = guessRoles([column('offset', 'BIGINT', '1'), column('total', 'BIGINT', '1')]);
    expect({ value, sequence }).toEqual({ value: 'total', sequence: 'offset' });
  });

  it('takes a time by its shape where no name says it', () => {
    expect(guessRoles([column('note', 'VARCHAR', 'x'), time('moment')]).time).toBe('moment');
    expect(guessRoles([column('moment', 'VARCHAR', ...times)]).time).toBe('moment');
    expect(guessRoles([column('timestamp', 'BIGINT', '1718020800')]).time).toBeNull();
  });

  it('takes an id that is mostly unique, with a value everywhere', () => {
    const of = (...sample: (string | null)[]) => guessRoles([id('event_id', ...sample)]).id;
    expect(of('a', 'b', 'c', 'd')).toBe('event_id');
    expect(of('a', 'b', 'c', 'c')).toBe('event_id');
    expect(of('a', 'b', 'b', 'b')).toBeNull();
    expect(of('a', 'b', 'c', null)).toBeNull();
    expect(guessRoles([column('event_id', 'VARCHAR')]).id).toBeNull();
    expect(guessRoles([time('id')]).id).toBeNull();
  });

  it('takes another unique column whose name ends in id', () => {
    expect(guessRoles([id('deliveryId')]).id).toBe('deliveryId');
    expect(guessRoles([id('delivery_id', 'a', 'a', 'b', 'c')]).id).toBeNull();
    expect(guessRoles([id('identity')]).id).toBeNull();
    expect(guessRoles([column('rowid', 'VARCHAR')]).id).toBeNull();
  });

  it('takes numbers for sequence and value, of any width', () => {
    for (const type of [
      'TINYINT',
      'SMALLINT',
      'INTEGER',
      'BIGINT',
      'HUGEINT',
      'UTINYINT',
      'UINTEGER',
      'DOUBLE',
    ])
      expect(guessRoles([column('seq', type, '1')]).sequence).toBe('seq');
    expect(guessRoles([column('seq', 'VARCHAR', '1')]).sequence).toBeNull();
    expect(guessRoles([column('amount', 'VARCHAR', '1')]).value).toBeNull();
    expect(guessRoles([column('weight', 'DECIMAL(9,3)', '1')]).value).toBe('weight');
    expect(guessRoles([column('weight', 'DOUBLE', '1')]).value).toBe('weight');
    expect(guessRoles([column('weight', 'BIGINT', '1')]).value).toBeNull();
  });

  it('takes a key by its ending where no name says it', () => {
    const repeated = (name: string) => column(name, 'VARCHAR', 'x', 'x', 'x', 'x');
    expect(['shop_id', 'shopId', 'shop_key'].map((name) => guessRoles([repeated(name)]).key)).toEqual([
      'shop_id',
      'shopId',
      'shop_key',
    ]);
    expect([repeated('shopid'), time('shop_id')].map((c) => guessRoles([c]).key)).toEqual([null, null]);
    expect(guessRoles([time('user')]).key).toBeNull();
  });
});
