import { type ParsedExpression, parseExpression } from '#lib/adapters/expressions/parse-expression';
import type { Problem } from '#lib/base/failure';
import type { Calculation } from '#lib/calculation/calculation';
import { compose, placementProblems, type ReadVersion } from '#lib/calculation/compose';
import type { Placed } from '#lib/calculation/placement';
import type { Parts } from '#lib/plan/cross-checks';
import type { Named, Plan, Version } from '#lib/plan/plan';
import type { Session } from '#lib/replay/session';

/**
 * Checks every expression of a plan before any data is read: parses it, refuses what the allow-list does not know,
 * with its name and place, and takes measures apart into aggregates. The columns are checked by `bindCalculation`,
 * once the archive's are known.
 */
export async function checkCalculation(
  session: Session,
  plan: Plan,
): Promise<{ readonly calculation: Calculation | null; readonly problems: readonly Problem[] }> {
  const reader = new CalculationReader(session);
  const { versions, deleted } = await reader.all(plan.calculation.versions, plan.archive.fields.deleted);
  if (reader.problems.length > 0) {
    const problems = [...reader.problems, ...placementProblems(plan, versions, deleted)];
    return { calculation: null, problems };
  }
  return compose(plan, versions, deleted);
}

/**
 * The problems of the expressions alone, for a plan that has others too: so that a check names all of them at once.
 * `parts`: what `parsePlan` could read.
 */
export async function checkExpressions(
  session: Session,
  parts: Pick<Parts, 'archive' | 'calculation'>,
): Promise<readonly Problem[]> {
  const reader = new CalculationReader(session);
  await reader.all(parts.calculation?.versions ?? [], parts.archive?.fields.deleted ?? null);
  return reader.problems;
}

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
