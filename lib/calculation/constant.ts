import { formatDecimal } from '#lib/base/decimal';
import { literal } from '#lib/base/sql';
import type { Node } from '#lib/calculation/node';
import { fieldsOf, type Raw, textOf } from '#lib/calculation/raw';

type Constant = Node & { readonly kind: 'constant' };

const WHOLE = new Set(['TINYINT', 'SMALLINT', 'INTEGER', 'BIGINT', 'HUGEINT', 'UTINYINT', 'USMALLINT']);
const UNSIGNED = new Set(['UINTEGER', 'UBIGINT', 'UHUGEINT']);

/** A constant of DuckDB's parse tree as a literal of the same value and type. Null: not one that is read. */
export function constantOf(value: Raw): Constant | null {
  const type = textOf(fieldsOf(value.type).id);
  if (value.is_null === true) return { kind: 'constant', sql: 'NULL', zero: false, number: false };
  if (type === 'VARCHAR') return plain(literal(textOf(value.value)));
  if (type === 'BOOLEAN') return plain(value.value === true ? 'true' : 'false');
  if (WHOLE.has(type) || UNSIGNED.has(type)) {
    const whole = integerOf(value.value);
    return whole === null ? null : number(`${whole}`, whole === 0n);
  }
  if (type === 'DECIMAL') return decimalOf(value);
  if (type === 'DOUBLE') {
    const text = textOf(value.value);
    return number(/e/i.test(text) ? text : `${text}e0`, Number(text) === 0);
  }
  return null;
}

const plain = (sql: string): Constant => ({ kind: 'constant', sql, zero: false, number: false });
// A negative literal in brackets: `a - -1` would begin a comment if it were written closer.
const number = (text: string, zero: boolean): Constant => ({
  kind: 'constant',
  sql: text.startsWith('-') ? `(${text})` : text,
  zero,
  number: true,
});

/** 128 bits come in two halves. */
function integerOf(value: unknown): bigint | null {
  if (typeof value === 'string') return /^-?\d+$/.test(value) ? BigInt(value) : null;
  const { upper, lower } = fieldsOf(value);
  if (typeof upper !== 'string' || typeof lower !== 'string') return null;
  return BigInt(upper) * 2n ** 64n + BigInt(lower);
}

function decimalOf(value: Raw): Constant | null {
  const info = fieldsOf(fieldsOf(value.type).type_info);
  const [width, scale] = [Number(info.width), Number(info.scale)];
  const unscaled = integerOf(value.value);
  if (unscaled === null || !Number.isInteger(width) || !Number.isInteger(scale)) return null;
  const text = formatDecimal({ unscaled, scale });
  const digits = text.replace(/\D/g, '').length;
  // `.5` is DECIMAL(1,1) and `0.5` is DECIMAL(2,1): the type is said where the spelling would say another.
  if (scale === 0 || digits !== width) {
    return { ...number(`CAST('${text}' AS DECIMAL(${width},${scale}))`, unscaled === 0n) };
  }
  return number(text, unscaled === 0n);
}
