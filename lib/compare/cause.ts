import { addDecimal, compareDecimal, type Decimal, negateDecimal, parseDecimal } from '#lib/base/decimal';
import type { CellEvent, DiscrepancyRow } from '#lib/compare/discrepancy';

/**
 * What would explain a difference of one summed measure: exactly one simple story that fits, else null. It is a
 * hypothesis (no processed log says what the live worker did), so the words say "would be explained by".
 */
export function likelyCause(
  row: DiscrepancyRow,
  events: readonly CellEvent[],
  totalEvents: number,
  measure: number,
): string | null {
  const delta = parseDecimal(row.delta[measure] ?? '');
  if (delta === null || delta.unscaled === 0n || row.class !== 'changed' || events.length < totalEvents)
    return null;
  const counted = events.filter((e) => e.role === 'counted' && e.values[measure] != null);
  const values = counted.flatMap((e) => parseDecimal(e.values[measure] ?? '') ?? []);
  if (values.length !== counted.length || values.length === 0) return null;
  const fits = (of: (v: Decimal) => Decimal): number =>
    values.filter((v) => compareDecimal(of(v), delta) === 0).length;
  const twice = (v: Decimal): Decimal => addDecimal(v, v);
  const stories = [
    { hits: fits((v) => v), words: 'one event that was never counted' },
    { hits: fits((v) => negateDecimal(v)), words: 'one event that was counted twice' },
    { hits: fits(twice), words: 'one event that was counted with the wrong sign' },
    { hits: allOf(counted, delta, measure), words: 'all events in the window never having been counted' },
  ].filter((s) => s.hits > 0);
  const [only] = stories;
  return stories.length === 1 && only !== undefined && only.hits === 1
    ? `The difference would be explained by ${only.words}.`
    : null;
}

function allOf(events: readonly CellEvent[], delta: Decimal, measure: number): number {
  const inside = events.filter((e) => e.inWindow);
  if (inside.length < 2) return 0;
  const sum = inside.reduce<Decimal>(
    (a, e) => addDecimal(a, parseDecimal(e.values[measure] ?? '') ?? { unscaled: 0n, scale: 0 }),
    { unscaled: 0n, scale: 0 },
  );
  return compareDecimal(sum, delta) === 0 ? 1 : 0;
}
