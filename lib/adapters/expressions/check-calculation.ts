import { unknownColumn } from '#lib/adapters/expressions/bind-calculation';
import { type ParsedExpression, parseExpression } from '#lib/adapters/expressions/parse-expression';
import type { Problem } from '#lib/base/failure';
import type { Calculation } from '#lib/calculation/calculation';
import { type Composable, compose, placementProblems, type ReadVersion } from '#lib/calculation/compose';
import { columnsOf } from '#lib/calculation/node';
import type { Placed } from '#lib/calculation/placement';
import type { Parts } from '#lib/plan/cross-checks';
import type { Named, Version } from '#lib/plan/plan';
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
export async function checkCalculation(session: Session, plan: Composable): Promise<Checked> {
  const reader = new CalculationReader(session);
  const { versions, deleted } = await reader.all(plan.calculation.versions, plan.archive.fields.deleted);
  const wrong = [...reader.problems, ...placementProblems(plan, versions, deleted)];
  if (wrong.length === 0) {
    const whole = compose(plan, versions, deleted);
    if (whole.calculation !== null) return { ...whole, rest: null, uses: usesOf(versions, deleted) };
  }
  return checkedRest(plan, versions, deleted, wrong);
}

/**
 * The same of a plan that has other problems: all that can be told of the expressions that are readable. A version is
 * held against the others where it names the same keys and measures.
 */
export async function checkWritten(
  session: Session,
  parts: Pick<Parts, 'archive' | 'written' | 'live'>,
): Promise<Checked> {
  const reader = new CalculationReader(session);
  const { written } = parts;
  const fields = { deleted: parts.archive?.fields.deleted ?? null };
  const { versions, deleted } = await reader.all(written.versions, fields.deleted);
  const plan = { calculation: { ...written, name: '' }, archive: { fields }, live: parts.live ?? ANY_STATE };
  const wrong = [...reader.problems, ...placementProblems(plan, versions, deleted)];
  return checkedRest(plan, versions, deleted, wrong);
}

/** Asks of a measure only what every state asks. */
const ANY_STATE = { state: 'window', baseline: null } as const;

/** Composes what remains without the expressions that are wrong. */
function checkedRest(
  plan: Composable,
  versions: readonly ReadVersion[],
  deleted: Placed | null,
  wrong: readonly Problem[],
): Checked {
  const readable = without(beforeGap(versions), wrong);
  const marked = deleted !== null && isAmong(wrong)(deleted) ? null : deleted;
  const { problems } = compose(plan, readable, marked);
  const rest = compose(plan, without(readable, problems), marked).calculation;
  return {
    calculation: null,
    rest,
    problems: [...wrong, ...problems],
    uses: usesOf(versions, deleted),
  };
}

/** The versions up to one without keys or measures: those behind it would lose their place. */
function beforeGap(versions: readonly ReadVersion[]): readonly ReadVersion[] {
  const [first] = versions;
  const lacks = (v: ReadVersion, part: 'keys' | 'measures'): boolean =>
    v[part].length === 0 && (first?.[part].length ?? 0) > 0;
  const gap = versions.findIndex((v) => lacks(v, 'keys') || lacks(v, 'measures'));
  return gap < 0 ? versions : versions.slice(0, gap);
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

/** The columns that expressions use and the archive does not have, at each place. `names`: the archive's columns. */
export const unknownUses = (uses: Checked['uses'], names: readonly string[]): readonly Problem[] =>
  uses.flatMap(({ path, columns }) =>
    columns.filter((name) => !names.includes(name)).map((name) => unknownColumn(path, name, names)),
  );

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
