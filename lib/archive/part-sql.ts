import { valueOfInferred, valueOfText, widensShape } from '#lib/archive/convert-sql';
import type { Shape } from '#lib/archive/infer';
import { instantOfText, instantProblem, isNaive } from '#lib/archive/time-sql';
import type { ColumnType } from '#lib/archive/types';
import { Bug } from '#lib/base/failure';
import { ident, literal } from '#lib/base/sql';

/** A column that an expression or a field mapping uses, and what it is to become. */
export type Target = {
  readonly name: string;
  readonly type: ColumnType;
  /** The type's name in messages, as it was declared. */
  readonly typeName: string;
  /** DuckDB type of the column in `archive_events`: Parquet's own where nothing else is declared. */
  readonly stored: string;
  readonly declared: boolean;
  /** Set where the type was inferred: the shape that all values must have, or the type is wrong. */
  readonly shape: Shape | null;
};

export type Roles = {
  readonly id: string | null;
  readonly time: string;
  readonly ingested: string | null;
  readonly requireArrival: boolean;
  readonly timezone: string | null;
};

/** Reasons that are no rejects but stop the staging of a file. */
export const WIDEN = '\u0001widen';
export const NEEDS_ZONE = '\u0001zone';

export const EVENT_COLUMNS = ['@time', '@arrived', '@file', '@line', '@reason'] as const;

export type TextPart = {
  /** Header names in the order of the file; the relation's columns are c0, c1 … */
  readonly columns: readonly string[];
  readonly targets: ReadonlyMap<string, Target>;
  readonly roles: Roles;
  /** Whether the relation has a column `line`. */
  readonly hasLine: boolean;
  /** CSV: a record equal to the header is rejected. */
  readonly hasHeader: boolean;
};

/**
 * SQL: the columns of a text relation (`relation`, all VARCHAR) as typed values, `@time`, `@arrived`, and
 * `@reason`: NULL for a readable record, else why it is none. A column that holds exactly `@time` or `@arrived`
 * is not repeated.
 */
export function textPartSql(part: TextPart, relation: string): string {
  const { columns, roles } = part;
  const raw = (name: string): string => rawColumn(columns, name);
  const values = columns.flatMap((name, i) => {
    const target = part.targets.get(name);
    if (target === undefined || target.type.kind === 'text') return [];
    if (isAlias(part.targets, roles, name) !== null) return [];
    const { shape, type } = target;
    const value =
      shape === null
        ? valueOfText(`c${i}`, type, roles.timezone)
        : valueOfInferred(`c${i}`, shape, type, roles.timezone);
    return [`${value} AS v${i}`];
  });
  const time = instantOfText(raw(roles.time), roles.timezone);
  const arrived = roles.ingested === null ? null : instantOfText(raw(roles.ingested), roles.timezone);
  const inner = `SELECT *, ${[...values, `${time} AS "@time"`, `${arrived ?? 'CAST(NULL AS TIMESTAMP)'} AS "@arrived"`].join(',\n')}
    FROM ${relation}`;
  const shown = columns.flatMap((name, i) => {
    if (isAlias(part.targets, roles, name) !== null) return [];
    const target = part.targets.get(name);
    const typed = target === undefined || target.type.kind === 'text' ? `c${i}` : `v${i}`;
    const value = target !== undefined && isWide(target) ? `CAST(${typed} AS VARCHAR)` : typed;
    return [`${value} AS ${ident(name)}`];
  });
  const line = part.hasLine ? ['line AS "@line"'] : [];
  return `SELECT ${[...shown, '"@time"', '"@arrived"', ...line].join(', ')}, ${reason(part)} AS "@reason" FROM (${inner})`;
}

/** Parquet has no integers of 128 bits (DuckDB would write floats): parts keep them as text. */
export const isWide = (target: Target): boolean => /^U?HUGEINT$/.test(target.type.sql);

/** `@time` or `@arrived` where a column's typed value is exactly that; else null. */
export function isAlias(
  targets: ReadonlyMap<string, Target>,
  roles: Roles,
  name: string,
): '@time' | '@arrived' | null {
  if (targets.get(name)?.type.kind !== 'instant') return null;
  return name === roles.time ? '@time' : name === roles.ingested ? '@arrived' : null;
}

function rawColumn(columns: readonly string[], name: string): string {
  const at = columns.indexOf(name);
  if (at === -1) throw new Bug(`no column ${name}`);
  return `c${at}`;
}

/** SQL: the value of a record in a message, cut short. */
export const shownValue = (v: string): string =>
  `'"' || CASE WHEN length(${v}) > 80 THEN left(${v}, 80) || '…' ELSE ${v} END || '"'`;

function reason(part: TextPart): string {
  const { columns, roles, targets } = part;
  const raw = (name: string): string => rawColumn(columns, name);
  const cases = [allGiven(part)];
  // A repeated header has no time: nothing is compared with the header's names where there is one.
  if (part.hasHeader) {
    const same = columns.map((name, i) => `c${i} = ${literal(name)}`).join(' AND ');
    cases.push(`WHEN "@time" IS NULL AND ${same} THEN 'a repeated header line'`);
  }
  for (const name of inferred(part)) {
    const target = targets.get(name);
    if (!target?.shape) continue;
    const widens = widensShape(raw(name), raw(name).replace('c', 'v'), target.shape, target.type);
    cases.push(`WHEN ${widens} THEN ${literal(WIDEN)}`);
  }
  cases.push(
    `WHEN ${raw(roles.time)} IS NULL OR ${raw(roles.time)} = '' THEN ${literal(`${roles.time}: no time`)}`,
    ...timeCases(raw(roles.time), '"@time"', roles.time, roles.timezone),
  );
  if (roles.id !== null)
    cases.push(
      `WHEN ${raw(roles.id)} IS NULL OR ${raw(roles.id)} = '' THEN ${literal(`${roles.id}: no id`)}`,
    );
  if (roles.ingested !== null) {
    const r = raw(roles.ingested);
    if (roles.requireArrival)
      cases.push(`WHEN ${r} IS NULL OR ${r} = '' THEN ${literal(`${roles.ingested}: no arrival time`)}`);
    cases.push(...timeCases(r, '"@arrived"', roles.ingested, roles.timezone));
  }
  return `CASE ${[...cases, ...valueCases(part)].join('\n')} END`;
}

/** The first question, and for most records the last: a value for every typed column, and a time and an id. */
function allGiven(part: TextPart): string {
  const { columns, roles, targets } = part;
  const tests = ['"@time" IS NOT NULL'];
  if (roles.ingested !== null) tests.push('"@arrived" IS NOT NULL');
  if (roles.id !== null) tests.push(`${rawColumn(columns, roles.id)} <> ''`);
  columns.forEach((name, i) => {
    const target = targets.get(name);
    if (target === undefined || isAlias(targets, roles, name) !== null) return;
    if (target.type.kind !== 'text') tests.push(`v${i} IS NOT NULL`);
    else if (target.shape !== null)
      tests.push(`NOT coalesce(${widensShape(`c${i}`, `c${i}`, target.shape, target.type)}, false)`);
  });
  return `WHEN ${tests.join(' AND ')} THEN NULL`;
}

function timeCases(raw: string, value: string, name: string, zone: string | null): string[] {
  const missing = `${value} IS NULL AND ${raw} IS NOT NULL`;
  const naive = zone === null ? [`WHEN ${missing} AND ${isNaive(raw)} THEN ${literal(NEEDS_ZONE)}`] : [];
  return [
    ...naive,
    `WHEN ${missing} THEN ${literal(`${name}: `)} || ${shownValue(raw)} || ' ' || ${instantProblem(raw, zone)}`,
  ];
}

function valueCases(part: TextPart): string[] {
  const { columns, roles, targets } = part;
  return columns.flatMap((name, i) => {
    const target = targets.get(name);
    if (target === undefined || target.type.kind === 'text' || isAlias(targets, roles, name) !== null)
      return [];
    const misfit = `c${i} IS NOT NULL AND v${i} IS NULL`;
    if (target.type.kind === 'instant') return timeCases(`c${i}`, `v${i}`, name, roles.timezone);
    return [
      `WHEN ${misfit} THEN ${literal(`${name}: `)} || ${shownValue(`c${i}`)} || ${literal(` does not fit ${target.typeName}`)}`,
    ];
  });
}

/** Columns whose type was inferred and must hold for every record. */
export const inferred = (part: TextPart): string[] =>
  part.columns.filter((name) => {
    const shape = part.targets.get(name)?.shape;
    return shape !== undefined && shape !== null && shape.kind !== 'text';
  });

/** SQL: true for the records of a text relation that are no repeated header. */
export const notHeader = (part: TextPart): string =>
  part.hasHeader
    ? `NOT coalesce(${part.columns.map((name, i) => `c${i} = ${literal(name)}`).join(' AND ')}, false)`
    : 'true';
