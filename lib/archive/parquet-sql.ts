import { valueOfParquet } from '#lib/archive/convert-sql';
import { isAlias, type Roles, shownValue, type Target } from '#lib/archive/part-sql';
import { instantProblem } from '#lib/archive/time-sql';
import { INSTANT } from '#lib/archive/types';
import { Failure } from '#lib/base/failure';
import { ident, literal } from '#lib/base/sql';

/** Parquet files that have the same columns in the same order. */
export type ParquetGroup = {
  readonly columns: readonly { readonly name: string; readonly type: string }[];
  readonly targets: ReadonlyMap<string, Target>;
  readonly roles: Roles;
  /** A file to name in messages. */
  readonly example: string;
};

const typeIn = (group: ParquetGroup, name: string): string | null =>
  group.columns.find((c) => c.name === name)?.type ?? null;

/** SQL: a used column as its target type; failure archive.schema where there is no way to it. */
export function parquetValue(group: ParquetGroup, name: string): string {
  const [own, target] = [typeIn(group, name), group.targets.get(name)];
  if (own === null) return `CAST(NULL AS ${target?.type.sql ?? 'VARCHAR'})`;
  const c = ident(name);
  if (target === undefined) return own === 'VARCHAR' ? c : `CAST(${c} AS VARCHAR)`;
  if (isOwn(group, own, target)) return c;
  const value = valueOfParquet(c, own, target.type, group.roles.timezone);
  if (value !== null) return value;
  throw new Failure(
    'archive.schema',
    `${group.example}: the column ${name} is ${own}, which cannot be read as ${target.typeName}.`,
    { at: { file: group.example } },
  );
}

/** Whether a column stays as Parquet has it: nothing else is declared, or the same (a local time without its zone). */
function isOwn(group: ParquetGroup, own: string, target: Target): boolean {
  if (!target.declared) return own === target.stored;
  return own === target.type.sql && (target.type.kind !== 'instant' || group.roles.timezone === null);
}

/** SQL: `@time` or `@arrived`. Failures: plan.archive.timezone, archive.schema. */
export function parquetInstant(group: ParquetGroup, name: string | null): string {
  const own = name === null ? null : typeIn(group, name);
  if (name === null || own === null) return 'CAST(NULL AS TIMESTAMP)';
  if (/^TIMESTAMP(?:_|$)/.test(own) && group.roles.timezone === null)
    throw new Failure(
      'plan.archive.timezone',
      `${group.example}: the times in ${name} have no zone (${own}), and the plan names none.`,
      { at: { path: 'archive.timezone', file: group.example } },
    );
  const value = valueOfParquet(ident(name), own, INSTANT, group.roles.timezone);
  if (value !== null) return value;
  throw new Failure('archive.schema', `${group.example}: the column ${name} is ${own}; it holds no times.`, {
    fix: 'Map a column of type timestamp, or of ISO 8601 text.',
    at: { path: 'archive.fields', file: group.example },
  });
}

/** Whether rows can be rejected for more than a missing or endless time, a missing id or arrival. */
export function mayMisfit(group: ParquetGroup): boolean {
  const { roles, targets, columns } = group;
  const plain = (name: string | null): boolean =>
    name === null ||
    parquetInstant(group, name) === ident(name) ||
    typeIn(group, name) === 'TIMESTAMP WITH TIME ZONE';
  if (!plain(roles.time) || !plain(roles.ingested)) return true;
  return columns.some(({ name, type }) => {
    const target = targets.get(name);
    return (
      target !== undefined &&
      target.type.kind !== 'text' &&
      !isOwn(group, type, target) &&
      isAlias(targets, roles, name) === null
    );
  });
}

const RANGE = `TIMESTAMP '0001-01-01' AND TIMESTAMP '9999-12-31 23:59:59.999999'`;

/** SQL: NULL for a usable row, else why it is rejected. */
export function parquetReason(group: ParquetGroup): string {
  const { roles } = group;
  const cases = [`WHEN ${ident(roles.time)} IS NULL THEN ${literal(`${roles.time}: no time`)}`];
  cases.push(...instantCases(group, roles.time));
  if (roles.id !== null) {
    const id = ident(roles.id);
    const empty = typeIn(group, roles.id) === 'VARCHAR' ? ` OR ${id} = ''` : '';
    cases.push(`WHEN ${id} IS NULL${empty} THEN ${literal(`${roles.id}: no id`)}`);
  }
  if (roles.ingested !== null && typeIn(group, roles.ingested) !== null) {
    if (roles.requireArrival)
      cases.push(
        `WHEN ${ident(roles.ingested)} IS NULL THEN ${literal(`${roles.ingested}: no arrival time`)}`,
      );
    cases.push(...instantCases(group, roles.ingested));
  }
  for (const { name, type } of group.columns) {
    const target = group.targets.get(name);
    if (target === undefined || target.type.kind === 'text' || isOwn(group, type, target)) continue;
    const c = ident(name);
    cases.push(
      `WHEN ${c} IS NOT NULL AND (${parquetValue(group, name)}) IS NULL THEN ${literal(`${name}: `)} || ${shownValue(`CAST(${c} AS VARCHAR)`)} || ${literal(` does not fit ${target.typeName}`)}`,
    );
  }
  return `CASE ${cases.join('\n')} END`;
}

function instantCases(group: ParquetGroup, name: string): string[] {
  const [c, own, value] = [ident(name), typeIn(group, name), parquetInstant(group, name)];
  const text = `CAST(${c} AS VARCHAR)`;
  const problem =
    own === 'VARCHAR'
      ? instantProblem(c, group.roles.timezone)
      : own === 'TIMESTAMP_NS'
        ? `'is finer than a microsecond, or is no time of its zone'`
        : `'is out of range, or its zone skips or repeats it'`;
  return [
    `WHEN ${c} IS NOT NULL AND coalesce((${value}) NOT BETWEEN ${RANGE}, true) THEN ${literal(`${name}: `)} || ${shownValue(text)} || ' ' || ${problem}`,
  ];
}
