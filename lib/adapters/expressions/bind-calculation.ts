import { z } from 'zod';
import type { Column } from '#lib/archive/archive';
import { Failure, type Problem } from '#lib/base/failure';
import { nearest } from '#lib/base/nearest';
import { ident } from '#lib/base/sql';
import type { Aggregate, Calculation, TypedCalculation } from '#lib/calculation/calculation';
import { guardSums } from '#lib/calculation/guard-sums';
import type { Session } from '#lib/replay/session';

type Bound = { readonly calculation: TypedCalculation | null; readonly problems: readonly Problem[] };

/**
 * Works out the types of a calculation over an archive's columns, before any event is read: DuckDB binds each
 * expression to an empty relation of those columns. Unknown columns and expressions that do not fit their types
 * are problems; keys, arguments and measures come out with their DuckDB types.
 */
export async function bindCalculation(
  session: Session,
  calculation: Calculation,
  columns: readonly Column[],
): Promise<Bound> {
  const names = columns.map((c) => c.name);
  const absent = calculation.columns.filter((name) => !names.includes(name));
  // what does not depend on an unknown column is told too
  const binder = new Binder(session, calculation, columns, absent);
  await binder.conditions();
  const keyTypes = await binder.keys();
  const argumentTypes = await binder.arguments();
  const measureTypes = await binder.measures();
  const problems = [...unknownColumns(calculation, absent, names), ...binder.problems];
  if (problems.length > 0) return { calculation: null, problems };
  const measures = guardSums(calculation, argumentTypes);
  return { calculation: { ...calculation, measures, keyTypes, argumentTypes, measureTypes }, problems: [] };
}

type Written = { readonly path: string; readonly sql: string };

/** Every expression over the event's columns, with its path. */
function writtenOf(calculation: Calculation): readonly Written[] {
  const of = (path: string, sql: string | null): Written[] => (sql === null ? [] : [{ path, sql }]);
  return [
    ...calculation.versions.flatMap((v, i) => [
      ...of(`calculation.versions[${i}].where`, v.where),
      ...v.keys.flatMap((k) => of(`calculation.versions[${i}].keys.${k.name}`, k.sql)),
    ]),
    ...calculation.aggregates.flatMap((a) =>
      a.inputs.flatMap(({ argument, filter }, i) => [
        ...pathsOf(calculation, a, i).flatMap((path) => [...of(path, argument), ...of(path, filter)]),
      ]),
    ),
    ...of('archive.fields.deleted', calculation.deleted),
  ];
}

/** Every measure that an aggregate stands in: the same one is calculated once, and wrong in each of them. */
function pathsOf({ measures }: Calculation, { id, measure }: Aggregate, version: number): readonly string[] {
  const names = measures.filter(({ sql }) => sql.includes(ident(id))).map(({ name }) => name);
  return (names.length === 0 ? [measure] : names).map(
    (name) => `calculation.versions[${version}].measures.${name}`,
  );
}

function unknownColumns(
  calculation: Calculation,
  absent: readonly string[],
  names: readonly string[],
): readonly Problem[] {
  const written = writtenOf(calculation);
  return absent.flatMap((name) => {
    const paths = new Set(written.filter((w) => w.sql.includes(ident(name))).map((w) => w.path));
    const all = paths.size === 0 ? ['calculation'] : [...paths];
    return all.map((path) => unknownColumn(path, name, names));
  });
}

/** The problem of an expression that uses a column which the archive does not have. */
export function unknownColumn(path: string, name: string, names: readonly string[]): Problem {
  const near = nearest(name, names);
  const hint = near === null ? '' : `; the nearest is \`${near}\``;
  return {
    code: 'plan.column.unknown',
    message: `\`${path}\` uses the column \`${name}\`, which the archive does not have${hint}.`,
    fix: `${near === null ? '' : `Write ${near}. `}The columns are ${names.join(', ')}.`,
    at: { path },
  };
}

const TYPES = z.object({ column_type: z.string() });

class Binder {
  readonly problems: Problem[] = [];
  readonly #session: Session;
  readonly #calculation: Calculation;
  readonly #events: string;
  /** Columns that the archive does not have; what uses one has no type, and that is no problem of its own. */
  readonly #absent: readonly string[];
  /** Aggregates without a type: their problem is told, and what is made of them has none of its own. */
  readonly #untyped = new Set<string>();
  /** Places of the versions that are replayed. */
  readonly #used: readonly number[];

  constructor(
    session: Session,
    calculation: Calculation,
    columns: readonly Column[],
    absent: readonly string[],
  ) {
    this.#session = session;
    this.#absent = absent;
    this.#calculation = calculation;
    const { versions, replayWith } = calculation;
    const chosen = versions.findIndex((v) => v.version === replayWith);
    this.#used = chosen >= 0 ? [chosen] : versions.map((_, i) => i);
    const nulls = columns.map((c) => `NULL::${c.type} AS ${ident(c.name)}`);
    this.#events = `(SELECT ${[...nulls, 'NULL::INTEGER AS "@version"'].join(', ')})`;
  }

  /** Every `where`, filter and `deleted` must be a truth value. */
  async conditions(): Promise<void> {
    const { versions, aggregates, deleted } = this.#calculation;
    for (const [i, version] of versions.entries()) {
      await this.#condition([`calculation.versions[${i}].where`], version.where);
    }
    for (const aggregate of aggregates) {
      for (const [i, { filter }] of aggregate.inputs.entries())
        if (!(await this.#condition(this.#pathsOf(aggregate, i), filter))) this.#untyped.add(aggregate.id);
    }
    await this.#condition(['archive.fields.deleted'], deleted);
  }

  /** Whether it is a condition, or none is there. */
  async #condition(paths: readonly string[], sql: string | null): Promise<boolean> {
    if (sql === null) return true;
    const type = await this.#type(paths, sql, this.#events);
    if (type === null || type === 'BOOLEAN') return type !== null;
    const fix = "Write a comparison, for example type = 'purchase'.";
    this.#report(paths, `is ${type} and no condition`, fix);
    return false;
  }

  async keys(): Promise<readonly string[]> {
    const { versions } = this.#calculation;
    const types: string[] = [];
    for (const [k, key] of (versions[0]?.keys ?? []).entries()) {
      const each = versions.map((v) => v.keys[k]?.sql ?? 'NULL');
      types.push((await this.#together(each, (i) => [`calculation.versions[${i}].keys.${key.name}`])) ?? '');
    }
    return types;
  }

  async arguments(): Promise<readonly (string | null)[]> {
    const types: (string | null)[] = [];
    for (const aggregate of this.#calculation.aggregates) {
      const each = aggregate.inputs.map((input) => input.argument);
      if (each.every((a) => a === null)) types.push(null);
      else {
        const sql = each.map((a) => a ?? 'NULL');
        const type = await this.#together(sql, (i) => this.#pathsOf(aggregate, i));
        if (type === null) this.#untyped.add(aggregate.id);
        types.push(type);
      }
    }
    return types;
  }

  /** The type of an expression that each version has in its own way. Both must fit one column. */
  async #together(
    each: readonly string[],
    paths: (version: number) => readonly string[],
  ): Promise<string | null> {
    const types: (string | null)[] = [];
    for (const i of this.#used) types.push(await this.#type(paths(i), each[i] ?? 'NULL', this.#events));
    const [first, ...later] = this.#used;
    if (types.includes(null)) return null;
    if (first === undefined || later.length === 0) return types.at(-1) ?? null;
    const arms = later.map((i) => `WHEN "@version" = ${i} THEN ${each[i]}`).join(' ');
    return this.#type(paths(first), `CASE ${arms} ELSE ${each[first]} END`, this.#events);
  }

  async measures(): Promise<readonly string[]> {
    const { aggregates, measures } = this.#calculation;
    const aggregated: string[] = [];
    for (const aggregate of aggregates) {
      if (this.#untyped.has(aggregate.id)) continue;
      const paths = this.#pathsOf(aggregate, this.#used[0] ?? 0);
      const type = await this.#type(paths, this.#aggregateSql(aggregate), this.#events);
      if (type === null) this.#untyped.add(aggregate.id);
      else aggregated.push(`NULL::${type} AS ${ident(aggregate.id)}`);
    }
    const untyped = [...this.#untyped].map(ident);
    const types: string[] = [];
    for (const { name, sql } of measures) {
      if (untyped.some((id) => sql.includes(id))) continue;
      const path = `calculation.versions[0].measures.${name}`;
      types.push((await this.#type([path], sql, `(SELECT ${aggregated.join(', ') || 'NULL'})`)) ?? '');
    }
    return types;
  }

  #aggregateSql({ fn, distinct, inputs }: Aggregate): string {
    const [first, ...later] = this.#used;
    const input = (i: number | undefined): string => inputs[i ?? 0]?.argument ?? 'NULL';
    if (inputs.every((i) => i.argument === null)) return 'count(*)';
    const arms = later.map((i) => `WHEN "@version" = ${i} THEN ${input(i)}`).join(' ');
    const argument = later.length === 0 ? input(first) : `CASE ${arms} ELSE ${input(first)} END`;
    return `${fn}(${distinct ? 'DISTINCT ' : ''}${argument})`;
  }

  #pathsOf(aggregate: Aggregate, version: number): readonly string[] {
    return pathsOf(this.#calculation, aggregate, version);
  }

  /** The type of an expression over a relation; null where DuckDB cannot bind it, a problem at each of `paths` then. */
  async #type(paths: readonly string[], sql: string, from: string): Promise<string | null> {
    if (this.#absent.some((name) => sql.includes(ident(name)))) return null;
    try {
      const { column_type: type } = await this.#session.one(
        `SELECT column_type FROM (DESCRIBE SELECT ${sql} FROM ${from})`,
        TYPES,
      );
      return type;
    } catch (error) {
      if (error instanceof Failure || !(error instanceof Error)) throw error;
      const fix = 'Declare the type of the column under `archive.types`, or cast it in the expression.';
      this.#report(paths, `does not fit the types of its columns: ${inWords(error.message)}`, fix);
      return null;
    }
  }

  #report(paths: readonly string[], what: string, fix: string): void {
    for (const path of paths)
      this.problems.push({ code: 'plan.types_needed', message: `\`${path}\` ${what}.`, fix, at: { path } });
  }
}

/** The first line of what DuckDB says, without its advice to SQL authors. */
function inWords(message: string): string {
  const line = (message.split('\n', 1)[0] ?? '').replace(/^\w+ Error: /, '');
  const call = /No function matches the given name and argument types '([^']*)'/.exec(line);
  if (call !== null) return `there is no ${call[1]}`;
  return line.replace(/[.!\s]+$/, '');
}
