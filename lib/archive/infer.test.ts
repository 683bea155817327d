import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { joinShapes, type Shape, shapeOf, typeOfShape } from '#lib/archive/infer';

const typeOf = (values: (string | null)[], role: 'id' | 'other' = 'other'): string =>
  typeOfShape(values.map(shapeOf).reduce(joinShapes, { kind: 'none' }), role).sql;

describe('inferred types', () => {
  it.each([
    [['1', '-2', '0', null], 'BIGINT'],
    [['1', '007'], 'VARCHAR'],
    [['1', '+5'], 'VARCHAR'],
    [['9007199254740993', '9223372036854775807'], 'BIGINT'],
    [['9223372036854775808'], 'HUGEINT'],
    [['-170141183460469231731687303715884105728'], 'HUGEINT'],
    [['170141183460469231731687303715884105728'], 'VARCHAR'],
    [['0.10', '2'], 'DECIMAL(18,2)'],
    [['-9223372036854775808'], 'BIGINT'],
    [['-9223372036854775809'], 'HUGEINT'],
    [['-170141183460469231731687303715884105729'], 'VARCHAR'],
    [['9'.repeat(41)], 'VARCHAR'],
    [['9'.repeat(18)], 'BIGINT'],
    [['9'.repeat(19)], 'HUGEINT'],
    [['9'.repeat(38)], 'HUGEINT'],
    [['-0.5', '7'], 'DECIMAL(18,1)'],
    [['-0'], 'DECIMAL(18,0)'],
    [['0.12345678901234567'], 'DECIMAL(18,17)'],
    [['0.123456789012345678'], 'DECIMAL(38,18)'],
    [[`0.${'1'.repeat(37)}`], 'DECIMAL(38,37)'],
    [[`0.${'1'.repeat(38)}`], 'VARCHAR'],
    [['0.1', '123456789012345678'], 'DECIMAL(38,1)'],
    [['0.123456789012345678901234567890', '1'], 'DECIMAL(38,30)'],
    [['0.1234567890123456789012345678901234567890'], 'VARCHAR'],
    [['1.5', '1e3'], 'DOUBLE'],
    [['1', 'NaN'], 'DOUBLE'],
    [['1', '-Infinity'], 'DOUBLE'],
    [['1,5'], 'VARCHAR'],
    [['0x10', '1'], 'VARCHAR'],
    [['1_000'], 'VARCHAR'],
    [[' 12 '], 'VARCHAR'],
    [['.5'], 'VARCHAR'],
    [['١٢'], 'VARCHAR'],
    [['true', 'false'], 'BOOLEAN'],
    [['true', '1'], 'VARCHAR'],
    [['2024-06-10T12:00:00Z', '2024-06-10 12:00+05:30'], 'TIMESTAMP'],
    [['2024-06-10', '2024-06-11'], 'DATE'],
    [['2024-06-10', '2024-06-10T12:00:00Z'], 'VARCHAR'],
    [['03/04/2024'], 'VARCHAR'],
    [['2024-13-01T00:00:00Z'], 'VARCHAR'],
    [['', '1'], 'VARCHAR'],
    [[null, null], 'VARCHAR'],
  ])('%j is %s', (values, expected) => expect(typeOf(values as (string | null)[])).toBe(expected));

  it('never makes an id a float, a date or a truth value', () => {
    expect(typeOf(['1e5', '2E10'], 'id')).toBe('VARCHAR');
    expect(typeOf(['2024-01-02'], 'id')).toBe('VARCHAR');
    expect(typeOf(['true'], 'id')).toBe('VARCHAR');
    expect(typeOf(['1.10'], 'id')).toBe('VARCHAR');
    expect(typeOf(['12'], 'id')).toBe('BIGINT');
  });

  it('does not depend on the order of values or files', () => {
    const value = fc.constantFrom(
      '1',
      '007',
      '0.10',
      '12345678901234567890',
      '1e3',
      'NaN',
      'true',
      'x',
      '',
      '2024-06-10',
      '2024-06-10T12:00:00Z',
      null,
    );
    fc.assert(
      fc.property(fc.array(value), fc.nat(), (values, at) => {
        const cut = values.length === 0 ? 0 : at % values.length;
        const join = (vs: (string | null)[]): Shape => vs.map(shapeOf).reduce(joinShapes, { kind: 'none' });
        const whole = join(values);
        expect(join([...values].reverse())).toEqual(whole);
        expect(joinShapes(join(values.slice(cut)), join(values.slice(0, cut)))).toEqual(whole);
      }),
    );
  });
});
