import type { Problem } from '#lib/base/failure';
import { nearest } from '#lib/base/nearest';
import type { TypedCalculation } from '#lib/calculation/calculation';
import {
  type ComparedColumn,
  type ComparedColumns,
  isFloat,
  isInstant,
  isInteger,
  isNumeric,
  isUntyped,
  scaleOf,
} from '#lib/compare/columns';
import type { LiveColumn } from '#lib/compare/live-column';
import type { Plan } from '#lib/plan/plan';

type Resolution = { readonly columns: ComparedColumns | null; readonly problems: readonly Problem[] };

/**
 * Brings the plan's keys, bucket, measures and cut together with the live table's columns. An untyped live column (a
 * CSV file's) takes the type of the plan's expression; `scales` gives the digits after the point that the live values of
 * such decimal and integer columns need at least. `zonedBucket` is asked of an untyped bucket column's values.
 */
export function resolveColumns(
  plan: Pick<Plan, 'live' | 'compare'>,
  calculation: TypedCalculation,
  live: readonly LiveColumn[],
  options: { readonly scales: ReadonlyMap<string, number>; readonly zonedBucket: boolean },
): Resolution {
  const problems: Problem[] = [];
  const find = (name: string, path: string): LiveColumn | null => {
    const found = live.find((c) => c.name === name);
    if (found === undefined)
      problems.push(
        unknownColumn(
          name,
          path,
          live.map((c) => c.name),
        ),
      );
    return found ?? null;
  };
  const compared = (column: LiveColumn | null, name: string, from: string, path: string): ComparedColumn => {
    const tolerance = plan.compare.tolerance.get(name) ?? null;
    const type = comparedType(column, from, options.scales.get(name) ?? 0);
    if (column !== null && !fits(type, from)) problems.push(wrongType(name, column, from, path));
    if (tolerance !== null && Number(tolerance) !== 0 && !isFloat(type))
      problems.push(exactTolerance(name, type));
    return {
      name,
      sqlType: column?.sqlType ?? type,
      type,
      from,
      zoned: column?.type !== 'TIMESTAMP' && !/^date$/i.test(column?.sqlType ?? ''),
      tolerance,
      nullable: column?.nullable ?? true,
    };
  };
  const keys = plan.live.keys.map((name, i) =>
    compared(find(name, `live.keys[${i}]`), name, calculation.keyTypes[i] ?? 'VARCHAR', `live.keys[${i}]`),
  );
  const measures = calculation.measures.map(({ name }, i) => {
    const path = `calculation.versions[0].measures.${name}`;
    return compared(find(name, path), name, calculation.measureTypes[i] ?? 'VARCHAR', path);
  });
  const bucket =
    plan.live.bucket === null
      ? null
      : resolveBucket(plan.live.bucket.column, find, problems, options.zonedBucket);
  const cut = plan.live.cut?.kind === 'column' ? plan.live.cut.column : null;
  if (cut !== null) find(cut, 'live.cut');
  return { columns: problems.length > 0 ? null : { keys, bucket, measures, cut, warnings: [] }, problems };
}

/** The live columns that a plan names and the table does not have. For plans whose types can't be worked out. */
export function unknownLive(
  live: Plan['live'] | null,
  versions: Plan['calculation']['versions'],
  table: { readonly columns: readonly LiveColumn[] },
): readonly Problem[] {
  const names = table.columns.map((c) => c.name);
  const measures = versions[0]?.measures ?? [];
  const named = [
    ...(live?.keys ?? []).map((name, i) => ({ name, path: `live.keys[${i}]` })),
    ...(live?.bucket ? [{ name: live.bucket.column, path: 'live.bucket.column' }] : []),
    ...(live?.cut?.kind === 'column' ? [{ name: live.cut.column, path: 'live.cut' }] : []),
    ...measures.map(({ name }) => ({ name, path: `calculation.versions[0].measures.${name}` })),
  ];
  return named
    .filter(({ name }) => !names.includes(name))
    .map(({ name, path }) => unknownColumn(name, path, names));
}

function resolveBucket(
  name: string,
  find: (name: string, path: string) => LiveColumn | null,
  problems: Problem[],
  zonedText: boolean,
): ComparedColumn | null {
  const column = find(name, 'live.bucket.column');
  if (column === null) return null;
  const untyped = isUntyped(column);
  if (!untyped && !isInstant(column.type) && column.type !== 'DATE') {
    problems.push(wrongType(name, column, 'TIMESTAMP', 'live.bucket.column'));
  }
  const zoned = untyped ? zonedText : column.type === 'TIMESTAMP WITH TIME ZONE';
  return {
    name,
    sqlType: column.sqlType,
    type: 'TIMESTAMP',
    from: 'TIMESTAMP',
    zoned,
    tolerance: null,
    nullable: column.nullable,
  };
}

/** The type that both sides are compared in. `NUMERIC` without precision holds what both sides need. */
function comparedType(column: LiveColumn | null, from: string, scale: number): string {
  const own = column === null || isUntyped(column) ? from : column.type;
  const wider = (own.startsWith('DECIMAL') && scale > scaleOf(own)) || (isInteger(own) && scale > 0);
  if (own === 'NUMERIC' || (wider && own === from))
    return `DECIMAL(38,${Math.min(38, Math.max(scale, scaleOf(from)))})`;
  return own === 'TIMESTAMP WITH TIME ZONE' ? 'TIMESTAMP' : own;
}

function fits(type: string, from: string): boolean {
  if (type === from) return true;
  if (isNumeric(type)) return isNumeric(from);
  if (isInstant(type) || type === 'DATE') return isInstant(from) || from === 'DATE';
  if (type === 'VARCHAR') return !isFloat(from);
  return type === 'UUID' ? from === 'VARCHAR' : false;
}

const unknownColumn = (name: string, path: string, names: readonly string[]): Problem => {
  const near = nearest(name, names);
  return {
    code: 'plan.live.column_unknown',
    message: `${path}: the live table has no column "${name}".`,
    fix: `${near === null ? '' : `Did you mean "${near}"? `}Its columns are ${names.join(', ')}.`,
    at: { path },
  };
};

const wrongType = (name: string, column: LiveColumn, from: string, path: string): Problem => ({
  code: 'plan.live.type',
  message: `${path}: the live column "${name}" is ${column.sqlType}, the recalculated value is ${from}; the two cannot be compared exactly.`,
  fix: "Cast the expression to the live column's type, or choose another column.",
  at: { path },
});

const exactTolerance = (name: string, type: string): Problem => ({
  code: 'plan.compare.tolerance',
  message: `compare.tolerance.${name}: "${name}" is of the exact type ${type}; a tolerance would hide real differences.`,
  fix: 'Remove the tolerance, or set it to 0.',
  at: { path: `compare.tolerance.${name}` },
});
