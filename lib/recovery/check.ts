import { bindCalculation } from '#lib/adapters/expressions/bind-calculation';
import { checkCalculation } from '#lib/adapters/expressions/check-calculation';
import { glance } from '#lib/adapters/staging/glance';
import type { ArchiveSource, Column } from '#lib/archive/archive';
import { Failure, failureOf, type Problem } from '#lib/base/failure';
import type { Calculation } from '#lib/calculation/calculation';
import { resolveColumns } from '#lib/compare/resolve-columns';
import type { LiveStore, LiveTable } from '#lib/patch/live-store';
import type { Plan } from '#lib/plan/plan';
import type { Session } from '#lib/replay/session';

/** What a check looked at, where nothing is wrong. */
export type Checked = {
  readonly archive: {
    readonly files: number;
    readonly formats: readonly string[];
    readonly columns: readonly Column[];
  };
  readonly live: { readonly name: string; readonly product: string; readonly rows: number | null };
};

/**
 * Checks a plan against the archive's and the live table's schema without reading either in full. Every problem at once:
 * expressions, columns, types, and sources that cannot be read. Gives the facts where there is none.
 */
export async function check(
  plan: Plan,
  places: { readonly session: Session; readonly source: ArchiveSource; readonly live: LiveStore },
): Promise<{ readonly checked: Checked | null; readonly problems: readonly Problem[] }> {
  const problems: Problem[] = [];
  const { calculation, problems: wrong } = await checkCalculation(places.session, plan);
  problems.push(...wrong);
  const archive = await attempt(problems, () =>
    glance(places.source, places.session, { format: plan.archive.format, timezone: plan.archive.timezone }),
  );
  const table = await attempt(problems, () => places.live.describe());
  if (archive !== null) problems.push(...missingFields(plan, archive.columns));
  if (archive !== null && calculation !== null)
    await bindAll(plan, calculation, archive.columns, table, places.session, problems);
  if (problems.length > 0 || archive === null || table === null)
    return { checked: null, problems: distinct(problems) };
  return {
    checked: {
      archive: {
        files: archive.filesTotal,
        formats: archive.formats,
        columns: archive.columns.map(({ name, type }) => ({ name, type })),
      },
      live: { name: table.name, product: table.product, rows: table.rows },
    },
    problems: [],
  };
}

/** The failure of a check: `plan.invalid` with every problem; a source that can't be read keeps its own code. */
export function checkFailure(problems: readonly Problem[]): Failure {
  const ofPlan = problems.some((p) => p.code.startsWith('plan.'));
  const [first] = problems;
  const listed = problems.map(({ code, message, fix, at }) => ({ code, message, fix, ...at }));
  if (!ofPlan)
    return new Failure(failureOf(problems.slice(0, 1)).code, first?.message ?? '', {
      ...(first ? { fix: first.fix } : {}),
      details: { problems: listed },
    });
  const many = problems.length === 1 ? 'one problem' : `${problems.length} problems`;
  return new Failure('plan.invalid', `The plan has ${many}: ${problems.map((p) => p.message).join(' ')}`, {
    details: { problems: listed },
  });
}

async function attempt<T>(problems: Problem[], work: () => Promise<T>): Promise<T | null> {
  try {
    return await work();
  } catch (error) {
    if (!(error instanceof Failure)) throw error;
    problems.push({
      code: error.code,
      message: error.message,
      fix: error.fix,
      ...(error.at ? { at: error.at } : {}),
    });
    return null;
  }
}

function missingFields(plan: Plan, columns: readonly Column[]): Problem[] {
  const names = columns.map((c) => c.name);
  const { id, time, ingested, sequence } = plan.archive.fields;
  return Object.entries({ id, time, ingested, sequence }).flatMap(([field, column]) =>
    column === null || names.includes(column)
      ? []
      : [
          {
            code: 'plan.column.unknown' as const,
            message: `archive.fields.${field}: the archive has no column "${column}".`,
            fix: `Its columns are ${names.join(', ')}.`,
            at: { path: `archive.fields.${field}` },
          },
        ],
  );
}

async function bindAll(
  plan: Plan,
  calculation: Calculation,
  columns: readonly Column[],
  table: LiveTable | null,
  session: Session,
  problems: Problem[],
): Promise<void> {
  const declared = columns.map(({ name, type }) => ({ name, type: plan.archive.types.get(name) ?? type }));
  const bound = await bindCalculation(session, calculation, declared);
  problems.push(...bound.problems);
  if (bound.calculation === null || table === null) return;
  problems.push(
    ...resolveColumns(plan, bound.calculation, table.columns, { scales: new Map(), zonedBucket: true })
      .problems,
  );
}

function distinct(problems: readonly Problem[]): Problem[] {
  return [...new Map(problems.map((p) => [`${p.code} ${p.at?.path ?? ''} ${p.message}`, p])).values()];
}
