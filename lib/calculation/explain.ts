import { Failure } from '#lib/base/failure';
import type { Calculation } from '#lib/calculation/calculation';
import { RANGE_MARKER } from '#lib/calculation/guard-sums';
import { ZERO_MARKER } from '#lib/calculation/print';

/**
 * What an error of DuckDB means that was raised while a calculation ran. Null for an error that is not the
 * calculation's, and for a Failure, which says what it means already.
 */
export function explainEngineError(error: unknown, calculation: Calculation): Failure | null {
  if (error instanceof Failure || !(error instanceof Error)) return null;
  const line = error.message.split('\n', 1)[0] ?? '';
  const zero = line.indexOf(ZERO_MARKER);
  if (zero >= 0) {
    const path = line.slice(zero + ZERO_MARKER.length);
    const message = `\`${path}\` divides by zero for an event or a row.`;
    return new Failure('calculation.division_by_zero', message, { at: { path }, cause: error });
  }
  const range = line.indexOf(RANGE_MARKER);
  if (range >= 0) {
    const path = line.slice(range + RANGE_MARKER.length);
    const message = `\`${path}\` has a sum of more than 38 digits.`;
    return new Failure('calculation.out_of_range', message, { at: { path }, cause: error });
  }
  const kind = /^(Out of Range|Conversion|Invalid Input) Error: (.*)$/.exec(line);
  if (kind === null) return null;
  const [, type, words] = kind;
  const name = `The calculation ${calculation.name}`;
  if (type === 'Out of Range') {
    return new Failure('calculation.out_of_range', `${name} has a value that does not fit: ${words}.`, {
      cause: error,
    });
  }
  return new Failure('calculation.failed', `${name} failed on an event: ${words}.`, { cause: error });
}
