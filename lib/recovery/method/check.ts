import { bindCalculation } from '#lib/adapters/expressions/bind-calculation';
import { checkWritten, unknownUses } from '#lib/adapters/expressions/check-calculation';
import { type GlanceOptions, glance } from '#lib/adapters/staging/glance';
import type { ArchiveSource, Column, Warning } from '#lib/archive/archive';
import type { ArchiveGlance } from '#lib/archive/survey';
import { CODES } from '#lib/base/codes';
import { Failure, failureOf, type Problem } from '#lib/base/failure';
import type { Calculation } from '#lib/calculation/calculation';
import { resolveColumns, unknownLive } from '#lib/compare/resolve-columns';
import type { LiveStore, LiveTable } from '#lib/patch/live-store';
import type { Parts } from '#lib/plan/cross-checks';
import type { ArchivePlan } from '#lib/plan/plan';
import { type ReadColumns, readColumns } from '#lib/recovery/method/check-columns';
import type { PreviewPlaces } from '#lib/recovery/method/preview-places';
import type { Session } from '#lib/replay/session';

/** What a check looked at, where nothing is wrong. */
export type Checked = {
  readonly archive: {
    readonly files: number;
    readonly formats: readonly string[];
    /** With the types that they are read with; those that nothing uses and nothing declares, as they look. */
    readonly columns: readonly Column[];
    /** Whether the columns' types are those of all records, or of the beginnings of a few files. */
    readonly read: ReadColumns['read'];
  };
  readonly live: { readonly name: string; readonly product: string; readonly rows: number | null };
  /** What is odd about the archive's files, where they were read in full. */
  readonly warnings: readonly Warning[];
  /** What seemed wrong of the beginnings of a large archive, and only the preview can tell. */
  readonly doubts: readonly string[];
};

/** Null: what the plan says of it is not readable. */
type Sources = {
  readonly session: Session;
  readonly source: ArchiveSource | null;
  readonly live: (() => Promise<LiveStore>) | null;
};

/** What a check holds the columns of an archive against; the columns come last, and may come twice. */
type Bind = (columns: readonly Column[]) => Promise<readonly Problem[]>;

/**
 * Checks a plan, or what is readable of one, against the archive's and the live table's schema. Only all records can
 * tell the type of a text column: a small archive is read in full, a larger one where an expression does not seem to
 * fit; the answer says which. Every problem at once: expressions, columns, types, and sources that cannot be read; what
 * is wrong with the plan by itself is `parsePlan`'s. Gives the facts where there is none.
 */
export async function check(
  parts: Parts,
  places: Sources & {
    /** What `live.baseline` names; null where there is none. */
    readonly baseline: (() => Promise<LiveStore>) | null;
  } & Pick<PreviewPlaces, 'stageDir' | 'threads' | 'signal'>,
): Promise<{ readonly checked: Checked | null; readonly problems: readonly Problem[] }> {
  const { problems, archive, table, expressions, isReadable } = await look(parts, places);
  let read: ReadColumns | null = null;
  if (archive !== null && parts.archive !== null && places.source !== null) {
    const { rest, uses } = expressions;
    const used = rest?.columns ?? [...new Set(uses.flatMap((u) => u.columns))];
    const plan = { archive: parts.archive, window: parts.window ?? ({ clock: 'time' } as const) };
    const bind: Bind = async (columns) => [
      ...unknownUses(uses, namesOf(columns)),
      ...(await bindAll(parts, expressions.rest, columns, table, places.session)),
    ];
    read = await readColumns(plan, used, archive, { ...places, source: places.source, isReadable }, bind);
    problems.push(...read.problems);
  }
  if (table !== null) problems.push(...unknownLive(parts.live, parts.written.versions, table));
  const { baseline } = places;
  const copy =
    baseline === null ? null : await attempt(problems, 'live.baseline.table', () => describeOnce(baseline));
  if (copy !== null) problems.push(...missingInBaseline(parts, copy));
  if (problems.length > 0 || archive === null || table === null || read === null)
    return { checked: null, problems: distinct(problems) };
  const { filesTotal: files, formats } = archive;
  return {
    checked: {
      archive: { files, formats, columns: read.columns, read: read.read },
      live: { name: table.name, product: table.product, rows: table.rows },
      warnings: read.warnings,
      doubts: read.doubts,
    },
    problems: [],
  };
}

/**
 * What can be told of a plan by names and the beginnings of files: expressions, columns, and sources that cannot be
 * read. Types are the preview's matter.
 */
export async function checkParts(parts: Parts, places: Sources): Promise<readonly Problem[]> {
  const { problems, archive, table, expressions } = await look(parts, places);
  if (archive !== null) {
    const names = [...namesOf(archive.columns), ...archive.partitionKeys];
    problems.push(...unknownUses(expressions.uses, names));
  }
  if (table !== null) problems.push(...unknownLive(parts.live, parts.written.versions, table));
  return distinct(problems);
}

/** The expressions, the beginnings of the archive's files, and the live table. */
async function look(parts: Parts, { session, source, live }: Sources) {
  const expressions = await checkWritten(session, parts);
  const problems: Problem[] = [...expressions.problems];
  const { archive: plan } = parts;
  const archive =
    source === null || plan === null
      ? null
      : await attempt(problems, 'archive.at', () => glance(source, session, glanceOf(plan)));
  const table = live === null ? null : await attempt(problems, 'live.store', () => describeOnce(live));
  const unreadable =
    plan === null || archive === null
      ? []
      : [...missingFields(plan, archive.columns), ...missingZone(archive)];
  problems.push(...unreadable);
  return { expressions, problems, archive, table, isReadable: unreadable.length === 0 };
}

async function describeOnce(open: () => Promise<LiveStore>): Promise<LiveTable> {
  const live = await open();
  try {
    return await live.describe();
  } finally {
    await live.close();
  }
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

/** Runs a step; its failure is a problem, of the field `path` where it names no place itself. */
async function attempt<T>(problems: Problem[], path: string, work: () => Promise<T>): Promise<T | null> {
  try {
    return await work();
  } catch (error) {
    if (!(error instanceof Failure)) throw error;
    const { code, message, fix, at } = error;
    problems.push({ code, message, fix, at: at ?? { path } });
    return null;
  }
}

const namesOf = (columns: readonly Column[]): readonly string[] => columns.map((c) => c.name);

function missingFields(plan: ArchivePlan, columns: readonly Column[]): Problem[] {
  const names = namesOf(columns);
  const { id, time, ingested, sequence } = plan.fields;
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

/** A baseline has the keys and measures of the live rows. */
function missingInBaseline({ live, written }: Parts, { name, columns }: LiveTable): Problem[] {
  const names = columns.map((c) => c.name);
  const measures = written.versions[0]?.measures.map((m) => m.name) ?? [];
  const path = 'live.baseline.table';
  return [...(live?.keys ?? []), ...measures]
    .filter((wanted) => !names.includes(wanted))
    .map((wanted) => ({
      code: 'plan.live.column_unknown' as const,
      message: `${path}: ${name} has no column "${wanted}".`,
      fix: `Its columns are ${names.join(', ')}.`,
      at: { path },
    }));
}

const glanceOf = (archive: ArchivePlan): GlanceOptions => ({
  format: archive.format,
  layout: archive.layout,
  timezone: archive.timezone,
  times: [archive.fields.time, archive.fields.ingested],
});

const missingZone = ({ timesNeedZone }: ArchiveGlance): Problem[] =>
  timesNeedZone
    ? [
        {
          code: 'plan.archive.timezone',
          message: 'The archive has times without an offset, and the plan names no zone.',
          fix: CODES['plan.archive.timezone'].fix,
          at: { path: 'archive.timezone' },
        },
      ]
    : [];

async function bindAll(
  { archive, live, tolerance }: Parts,
  calculation: Calculation | null,
  columns: readonly Column[],
  table: LiveTable | null,
  session: Session,
): Promise<readonly Problem[]> {
  if (calculation === null) return [];
  const types = archive?.types ?? new Map();
  const declared = columns.map(({ name, type }) => ({ name, type: types.get(name) ?? type }));
  const bound = await bindCalculation(session, calculation, declared);
  const keys = calculation.versions[0]?.keys.map((k) => k.name) ?? [];
  // the types of keys are those of the live columns in their order: where one is missing there is none to compare
  const hasKeys = live?.keys.join('\0') === keys.join('\0');
  if (bound.calculation === null || table === null || live === null || !hasKeys) return bound.problems;
  const resolved = resolveColumns({ live, compare: { tolerance } }, bound.calculation, table.columns, {
    scales: new Map(),
    zonedBucket: true,
  });
  return [...bound.problems, ...resolved.problems];
}

function distinct(problems: readonly Problem[]): Problem[] {
  return [...new Map(problems.map((p) => [`${p.code} ${p.at?.path ?? ''} ${p.message}`, p])).values()];
}
