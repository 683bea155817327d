import { type ColumnType, decimalType, INSTANT, TEXT } from '#lib/archive/types';

/**
 * What the values of a column have in common. Shapes form a lattice: the shape of many values is the join of
 * theirs, whatever their order. `none` is a column of NULLs.
 */
export type Shape =
  | { readonly kind: 'none' | 'boolean' | 'float' | 'date' | 'text' }
  | { readonly kind: 'instant' }
  /** `whole`: digits before the point at most; `scale`: digits after it at most; `size`: what holds the integers. */
  | {
      readonly kind: 'integer' | 'decimal';
      readonly whole: number;
      readonly scale: number;
      readonly size: IntegerSize;
    };

/** 0: BIGINT, 1: HUGEINT, 2: neither. */
export type IntegerSize = 0 | 1 | 2;

/** Regular expressions (RE2 and JavaScript alike, to be anchored) of what inference takes for a type. */
export const PATTERN = {
  integer: '0|-?[1-9][0-9]*',
  decimal: '-?(?:0|[1-9][0-9]*)(?:\\.[0-9]+)?',
  float:
    '-?(?:0|[1-9][0-9]*)(?:\\.[0-9]+)?(?:[eE][+-]?[0-9]+)?|[nN][aA][nN]|[+-]?(?:[iI]nfinity|INFINITY|[iI]nf|INF)',
  boolean: 'true|false',
  date: '[0-9]{4}-[0-9]{2}-[0-9]{2}',
  instant:
    '(?:000[1-9]|00[1-9][0-9]|0[1-9][0-9]{2}|[1-9][0-9]{3})-(?:0[1-9]|1[0-2])-[0-3][0-9][Tt ](?:[01][0-9]|2[0-3]):[0-5][0-9](?::[0-5][0-9](?:\\.[0-9]+)?)? ?(?:[Zz]|[+-](?:0[0-9]|1[0-8])(?::?[0-5][0-9])?)?',
} as const;

const whole = (pattern: string): RegExp => new RegExp(`^(?:${pattern})$`);
const IS = {
  integer: whole(PATTERN.integer),
  decimal: whole(PATTERN.decimal),
  float: whole(PATTERN.float),
  boolean: whole(PATTERN.boolean),
  date: whole(PATTERN.date),
  instant: whole(PATTERN.instant),
};

function integerSize(digits: string): IntegerSize {
  if (digits.length <= 18) return 0;
  const value = digits.length > 40 ? null : BigInt(digits);
  if (value === null || value < -(2n ** 127n) || value >= 2n ** 127n) return 2;
  return value >= -(2n ** 63n) && value < 2n ** 63n ? 0 : 1;
}

/** The shape of one value. */
export function shapeOf(text: string | null): Shape {
  if (text === null) return { kind: 'none' };
  if (IS.decimal.test(text)) {
    const [digits, fraction] = text.replace('-', '').split('.') as [string, string | undefined];
    const kind = fraction === undefined && IS.integer.test(text) ? 'integer' : 'decimal';
    const size = kind === 'integer' ? integerSize(text) : 0;
    return { kind, whole: digits.length, scale: fraction?.length ?? 0, size };
  }
  if (IS.float.test(text)) return { kind: 'float' };
  if (IS.boolean.test(text)) return { kind: 'boolean' };
  if (IS.instant.test(text)) return { kind: 'instant' };
  if (IS.date.test(text)) return { kind: 'date' };
  return { kind: 'text' };
}

/** The shape of the values of both. Commutative, associative, idempotent: the order of values and files is nothing. */
export function joinShapes(a: Shape, b: Shape): Shape {
  if (a.kind === 'none') return b;
  if (b.kind === 'none') return a;
  if (isExact(a) && isExact(b)) {
    const kind = a.kind === 'integer' && b.kind === 'integer' ? 'integer' : 'decimal';
    const size = Math.max(a.size, b.size) as IntegerSize;
    return { kind, whole: Math.max(a.whole, b.whole), scale: Math.max(a.scale, b.scale), size };
  }
  if (isNumber(a) && isNumber(b)) return { kind: 'float' };
  return a.kind === b.kind ? a : { kind: 'text' };
}

const isExact = (s: Shape): s is Extract<Shape, { whole: number }> =>
  s.kind === 'integer' || s.kind === 'decimal';
const isNumber = (s: Shape): boolean => isExact(s) || s.kind === 'float';

/**
 * The type that a column of this shape gets. Integers: BIGINT, then HUGEINT, then text. Decimals: 18 digits,
 * else 38, else text; the scale is the largest one. A column of NULLs is text. An id is an integer or text,
 * never a float, a date or a truth value: ids are names, and `1e5` is another name than `100000`.
 */
export function typeOfShape(shape: Shape, role: 'id' | 'other'): ColumnType {
  if (role === 'id' && shape.kind !== 'integer') return TEXT;
  switch (shape.kind) {
    case 'integer':
      if (shape.size === 2) return TEXT;
      return { kind: 'integer', sql: shape.size === 0 ? 'BIGINT' : 'HUGEINT' };
    case 'decimal':
      return shape.whole + shape.scale <= 38
        ? decimalType(shape.whole + shape.scale <= 18 ? 18 : 38, shape.scale)
        : TEXT;
    case 'float':
      return { kind: 'float', sql: 'DOUBLE' };
    case 'boolean':
      return { kind: 'boolean', sql: 'BOOLEAN' };
    case 'instant':
      return INSTANT;
    case 'date':
      return { kind: 'date', sql: 'DATE' };
    default:
      return TEXT;
  }
}
