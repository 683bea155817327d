import { unknownColumn } from '#lib/adapters/expressions/bind-calculation';
import { type ParsedExpression, parseExpression } from '#lib/adapters/expressions/parse-expression';
import type { Problem } from '#lib/base/failure';
import type { Calculation } from '#lib/calculation/calculation';
import { compose, placementProblems, type ReadVersion } from '#lib/calculation/compose';
import { columnsOf } from '#lib/calculation/node';
import type { Placed } from '#lib/calculation/placement';
import type { Parts } from '#lib/plan/cross-checks';
import type { Named, Plan, Version } from '#lib/plan/plan';
import type { Session } from '#lib/replay/session';

type Checked = {
  readonly calculation: Calculation | null;
  /** What remains without the expressions that are wrong, so that its types can be checked too; null where all is well. */
  readonly rest: Calculation | null;
  readonly problems: readonly Problem[];
  /** The columns of each expression that could be read, also where another one could not. */
  readonly uses: readonly { readonly path: string; readonly columns: readonly string[] }[];
};

/**
 * Checks every expression of a plan before any data is read: parses it, refuses what the allow-list does not know,
 * with its name and place, and takes measures apart into aggregates. The columns are checked by `bindCalculation`,
 * once the archive's are known.
 */
export async function checkCalculation(session: Session, plan: Plan): Promise<Checked> {
  const reader = new CalculationReader(session);
  const { versions, deleted } = await reader.all(plan.calculation.versions, plan.archive.fields.deleted);
  const uses = usesOf(versions, deleted);
  const wrong = [...reader.problems, ...placementProblems(plan, versions, deleted)];
  if (wrong.length === 0) {
    const whole = compose(plan, versions, deleted);
    if (whole.calculation !== null) return { ...whole, rest: null, uses };
  }
  const readable = without(versions, wrong);
  const marked = deleted !== null && isAmong(wrong)(deleted) ? null : deleted;
  const { problems } = compose(plan, readable, marked);
  const rest = compose(plan, without(readable, problems), marked).calculation;
  return { calculation: null, rest, problems: [...wrong, ...problems], uses };
}

const isAmong = (problems: readonly Problem[]): ((placed: Placed) => boolean) => {
  const paths = new Set(problems.map((p) => p.at?.path));
  return ({ path }) => paths.has(path);
};

/** The versions without the expressions that have problems; a key or measure that one of them lacks is left out of all. */
function without(versions: readonly ReadVersion[], problems: readonly Problem[]): readonly ReadVersion[] {
  const isWrong = isAmong(problems);
  const left = (part: 'keys' | 'measures', version: ReadVersion): ReadVersion['keys'] =>
    version[part].filter(({ name }) =>
      versions.every((v) => v[part].some((placed) => placed.name === name && !isWrong(placed))),
    );
  return versions.map((version) => ({
    ...version,
    where: version.where === null || isWrong(version.where) ? null : version.where,
    keys: left('keys', version),
    measures: left('measures', version),
  }));
}

function usesOf(versions: readonly ReadVersion[], deleted: Placed | null): Checked['uses'] {
  const placed = versions.flatMap((v) => [...(v.where === null ? [] : [v.where]), ...v.keys, ...v.measures]);
  return [...placed, ...(deleted === null ? [] : [deleted])].map(({ path, node }) => ({
    path,
    columns: [...new Set(columnsOf(node))],
  }));
}

/**
 * The problems of the expressions that can be told each by itself, for a plan that has others too, so that a check names
 * all of them at once. `parts`: what could be read of the plan; `columns`: the archive's, null where they are not known.
 */
export async function checkExpressions(
  session: Session,
  parts: Pick<Parts, 'archive' | 'calculation' | 'live'>,
  columns: readonly string[] | null,
): Promise<readonly Problem[]> {
  const reader = new CalculationReader(session);
  const written = parts.calculation?.versions ?? [];
  const { versions, deleted } = await reader.all(written, parts.archive?.fields.deleted ?? null);
  const live = parts.live ?? ANY_STATE;
  const unknown = usesOf(versions, deleted).flatMap((used) =>
    columns === null
      ? []
      : used.columns
          .filter((name) => !columns.includes(name))
          .map((name) => unknownColumn(used.path, name, columns)),
  );
  return [...reader.problems, ...placementProblems({ live }, versions, deleted), ...unknown];
}

/** Asks of a measure only what every state asks. */
const ANY_STATE = { state: 'window', baseline: null } as const;

class CalculationReader {
  readonly problems: Problem[] = [];
  readonly #session: Session;

  constructor(session: Session) {
    this.#session = session;
  }

  async all(
    written: readonly Version[],
    deleted: string | null,
  ): Promise<{ readonly versions: readonly ReadVersion[]; readonly deleted: Placed | null }> {
    const versions: ReadVersion[] = [];
    for (const [i, version] of written.entries()) versions.push(await this.#version(version, i));
    const placed = deleted === null ? null : await this.#expression('archive.fields.deleted', deleted);
    return { versions, deleted: placed };
  }

  async #version(version: Version, index: number): Promise<ReadVersion> {
    const path = `calculation.versions[${index}]`;
    const where = version.where === null ? null : await this.#expression(`${path}.where`, version.where);
    return {
      version: version.version,
      since: version.since,
      where,
      keys: await this.#named(`${path}.keys`, version.keys),
      measures: await this.#named(`${path}.measures`, version.measures),
    };
  }

  async #named(path: string, named: readonly Named[]): Promise<ReadVersion['keys']> {
    const read = [];
    for (const { name, expression } of named) {
      const placed = await this.#expression(`${path}.${name}`, expression);
      if (placed !== null) read.push({ ...placed, name });
    }
    return read;
  }

  async #expression(path: string, text: string): Promise<Placed | null> {
    const { placed, problems }: ParsedExpression = await parseExpression(this.#session, path, text);
    this.problems.push(...problems);
    return placed;
  }
}
