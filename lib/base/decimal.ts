/** An exact decimal number: value = unscaled / 10^scale. */
export type Decimal = { readonly unscaled: bigint; readonly scale: number };

const PLAIN = /^([+-]?)(\d+)(?:\.(\d+))?$/;

/** Parses a plain decimal (`-12.50`). Null for anything else: exponents, blanks, digit groups, NaN. */
export function parseDecimal(text: string): Decimal | null {
  const m = PLAIN.exec(text);
  if (m === null) return null;
  const digits = BigInt(`${m[2]}${m[3] ?? ''}`);
  return { unscaled: m[1] === '-' ? -digits : digits, scale: m[3]?.length ?? 0 };
}

export function formatDecimal({ unscaled, scale }: Decimal): string {
  const digits = (unscaled < 0n ? -unscaled : unscaled).toString().padStart(scale + 1, '0');
  const whole = digits.slice(0, digits.length - scale);
  return `${unscaled < 0n ? '-' : ''}${whole}${scale > 0 ? `.${digits.slice(-scale)}` : ''}`;
}

const at = (d: Decimal, scale: number): bigint => d.unscaled * 10n ** BigInt(scale - d.scale);

export function addDecimal(a: Decimal, b: Decimal): Decimal {
  const scale = Math.max(a.scale, b.scale);
  return { unscaled: at(a, scale) + at(b, scale), scale };
}

export const negateDecimal = (d: Decimal): Decimal => ({ unscaled: -d.unscaled, scale: d.scale });
export const subtractDecimal = (a: Decimal, b: Decimal): Decimal => addDecimal(a, negateDecimal(b));

/** Numeric order, scale aside: 0.3 equals 0.30. Negative, zero or positive like a comparator. */
export function compareDecimal(a: Decimal, b: Decimal): -1 | 0 | 1 {
  const difference = subtractDecimal(a, b).unscaled;
  return difference === 0n ? 0 : difference < 0n ? -1 : 1;
}
