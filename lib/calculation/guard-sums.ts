import { ident, literal } from '#lib/base/sql';
import type { Calculation, Measure } from '#lib/calculation/calculation';

/** Begins the message of an error for a sum that leaves its type; what follows is the measure's path. */
export const RANGE_MARKER = 'recount:out_of_range:';

/**
 * The measures with every sum of decimals held to its 38 digits. DuckDB adds decimals as 128-bit integers and
 * raises an error only where those overflow: it gives 39 digits, in a column of 38, for what lies between.
 */
export function guardSums(
  { aggregates, measures }: Calculation,
  argumentTypes: readonly (string | null)[],
): readonly Measure[] {
  const scales = new Map<string, number>();
  for (const [i, { id, fn }] of aggregates.entries()) {
    const scale = /^DECIMAL\(\d+,(\d+)\)$/.exec(argumentTypes[i] ?? '')?.[1];
    if (fn === 'sum' && scale !== undefined) scales.set(ident(id), Number(scale));
  }
  return measures.map((measure) => ({ ...measure, sql: guarded(measure, scales) }));
}

function guarded({ name, sql }: Measure, scales: ReadonlyMap<string, number>): string {
  const error = `error(${literal(`${RANGE_MARKER}calculation.versions[0].measures.${name}`)})`;
  // Texts are matched too, so that what looks like an aggregate's column inside of one stays as it is.
  return sql.replace(/'(?:[^']|'')*'|"@a\d+"/g, (found) => {
    const scale = scales.get(found);
    if (scale === undefined) return found;
    const most = `CAST('${'9'.repeat(38 - scale)}${scale > 0 ? `.${'9'.repeat(scale)}` : ''}' AS DECIMAL(38,${scale}))`;
    return `CASE WHEN ${found} > ${most} OR ${found} < -${most} THEN ${error} ELSE ${found} END`;
  });
}
