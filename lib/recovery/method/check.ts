import { bindCalculation, unknownColumn } from '#lib/adapters/expressions/bind-calculation';
import { checkCalculation, checkExpressions } from '#lib/adapters/expressions/check-calculation';
import { type GlanceOptions, glance } from '#lib/adapters/staging/glance';
import { openStage } from '#lib/adapters/staging/stage';
import type { ArchiveSource, Column } from '#lib/archive/archive';
import type { ArchiveGlance } from '#lib/archive/survey';
import { CODES } from '#lib/base/codes';
import { Failure, failureOf, type Problem } from '#lib/base/failure';
import type { Calculation } from '#lib/calculation/calculation';
import { resolveColumns, unknownLive } from '#lib/compare/resolve-columns';
import type { LiveStore, LiveTable } from '#lib/patch/live-store';
import type { Parts } from '#lib/plan/cross-checks';
import type { Plan } from '#lib/plan/plan';
import type { PreviewPlaces } from '#lib/recovery/method/preview-places';
import { stageSpec } from '#lib/recovery/method/stage-spec';
import type { Session } from '#lib/replay/session';

/** What a check looked at, where nothing is wrong. */
export type Checked = {
  readonly archive: {
    readonly files: number;
    readonly formats: readonly string[];
    readonly columns: readonly Column[];
    /** Whether the columns' types are those of all records, or of the beginnings of a few files. */
    readonly read: 'all' | 'beginnings';
  };
  readonly live: { readonly name: string; readonly product: string; readonly rows: number | null };
  /** What seemed wrong of the beginnings of a large archive, and only the preview can tell. */
  readonly doubts: readonly string[];
};

export type CheckPlaces = Pick<PreviewPlaces, 'stageDir' | 'threads' | 'signal'> & {
  readonly session: Session;
  readonly source: ArchiveSource;
  readonly live: LiveStore;
};

/** Archives up to here are read in full: one late record may make a column text. */
const SMALL_BYTES = 1n << 26n;
/** Up to here they are read in full before their beginnings are held against a plan. */
const MOST_BYTES = 1n << 30n;

/**
 * Checks a plan against the archive's and the live table's schema. Only all records can tell the type of a text column:
 * a small archive is read in full, a larger one where an expression does not seem to fit; the answer says which.
 * Every problem at once: expressions, columns, types, and sources that cannot be read. Gives the facts where there is
 * none.
 */
export async function check(
  plan: Plan,
  places: CheckPlaces,
): Promise<{ readonly checked: Checked | null; readonly problems: readonly Problem[] }> {
  const problems: Problem[] = [];
  const { calculation, rest, problems: wrong, uses } = await checkCalculation(places.session, plan);
  problems.push(...wrong);
  const archive = await attempt(problems, () => glance(places.source, places.session, glanceOf(plan)));
  const table = await attempt(problems, () => places.live.describe());
  let [read, doubts]: [Checked['archive']['read'], readonly string[]] = ['beginnings', []];
  const unreadable =
    archive === null ? [] : [...missingFields(plan, archive.columns), ...missingZone(archive)];
  problems.push(...unreadable);
  if (archive !== null && calculation === null) {
    const names = archive.columns.map((c) => c.name);
    const unknown = uses.flatMap((u) => u.columns.map((name) => ({ path: u.path, name })));
    problems.push(
      ...unknown.filter((u) => !names.includes(u.name)).map((u) => unknownColumn(u.path, u.name, names)),
    );
  }
  const readable = calculation ?? rest;
  if (archive !== null && readable !== null) {
    const live = calculation === null ? null : table;
    const found = await bindArchive(plan, readable, archive, live, places, problems, unreadable.length === 0);
    [read, doubts] = [found.read, found.doubts];
  }
  if (problems.length > 0 || archive === null || table === null) {
    // where the types are not known, the names of the live columns are
    if (table !== null) problems.push(...unknownLive(plan, table));
    return { checked: null, problems: distinct(problems) };
  }
  return {
    checked: {
      archive: {
        files: archive.filesTotal,
        formats: archive.formats,
        columns: archive.columns.map(({ name, type }) => ({ name, type })),
        read,
      },
      live: { name: table.name, product: table.product, rows: table.rows },
      doubts,
    },
    problems: [],
  };
}

type Bound = { readonly read: Checked['archive']['read']; readonly doubts: readonly string[] };

/** Holds the calculation against the archive's columns, and adds to `problems` what does not fit. */
async function bindArchive(
  plan: Plan,
  calculation: Calculation,
  archive: ArchiveGlance,
  table: LiveTable | null,
  places: CheckPlaces,
  problems: Problem[],
  isReadable: boolean,
): Promise<Bound> {
  const bind = (columns: readonly Column[]) => bindAll(plan, calculation, columns, table, places.session);
  const seen = await bind(archive.columns);
  if (isWhole(archive)) {
    problems.push(...seen);
    return { read: 'all', doubts: [] };
  }
  const bytes = BigInt(archive.bytes);
  const isDoubted = seen.some(isDoubtful);
  // what stops the reading is told already
  const inFull = isReadable && bytes <= (isDoubted ? MOST_BYTES : SMALL_BYTES);
  const names = archive.columns.map((c) => c.name);
  const columns = inFull
    ? await attempt(problems, () => exactColumns(plan, calculation, names, places))
    : null;
  if (columns !== null) {
    problems.push(...(await bind(columns)));
    return { read: 'all', doubts: [] };
  }
  if (inFull || !isDoubted) {
    problems.push(...seen);
    return { read: 'beginnings', doubts: [] };
  }
  problems.push(...seen.filter((p) => !isDoubtful(p)));
  return { read: 'beginnings', doubts: seen.filter(isDoubtful).map((p) => p.message) };
}

/**
 * What can still be told of a plan that cannot be taken as it is: of its expressions, and of the archive and the live
 * table where their sections are readable.
 */
export async function checkParts(
  parts: Parts,
  places: {
    readonly session: Session;
    readonly source: ArchiveSource | null;
    readonly live: (() => LiveStore) | null;
  },
): Promise<readonly Problem[]> {
  const problems: Problem[] = [];
  const { source, session } = places;
  const { archive } = parts;
  const found =
    source === null || archive === null
      ? null
      : await attempt(problems, () => glance(source, session, glanceOf({ archive })));
  const table = places.live === null ? null : await attempt(problems, () => describeOnce(places.live));
  if (archive !== null && found !== null)
    problems.push(...missingFields({ archive }, found.columns), ...missingZone(found));
  problems.push(...(await byName(parts, found?.columns ?? null, table, session)));
  return distinct(problems);
}

async function describeOnce(open: (() => LiveStore) | null): Promise<LiveTable | null> {
  const live = open?.() ?? null;
  try {
    return live === null ? null : await live.describe();
  } finally {
    await live?.close();
  }
}

/** Expressions each by itself, and the names of live columns, where types can't be worked out. */
async function byName(
  parts: Pick<Parts, 'archive' | 'calculation' | 'live'>,
  columns: readonly Column[] | null,
  table: LiveTable | null,
  session: Session,
): Promise<readonly Problem[]> {
  const names = columns?.map((c) => c.name) ?? null;
  const problems = await checkExpressions(session, parts, names);
  return table === null ? problems : [...problems, ...unknownLive(parts, table)];
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

function missingFields(plan: Pick<Plan, 'archive'>, columns: readonly Column[]): Problem[] {
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

const glanceOf = ({ archive }: Pick<Plan, 'archive'>): GlanceOptions => ({
  format: archive.format,
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

/** True for problems that the columns of a few files' beginnings can raise wrongly: types go by all records. */
const isDoubtful = ({ code }: Problem): boolean =>
  code === 'plan.types_needed' || code === 'plan.column.unknown' || code === 'plan.live.type';

/** One file of Parquet says its types itself. */
const isWhole = ({ filesTotal, formats }: ArchiveGlance): boolean =>
  filesTotal === 1 && formats.every((format) => format === 'parquet');

/** The columns of the whole archive; one that no file has does not keep the types of the others from being told. */
async function exactColumns(
  plan: Plan,
  calculation: Calculation,
  seen: readonly string[],
  places: CheckPlaces,
): Promise<readonly Column[]> {
  try {
    return await columnsOf(plan, calculation, places);
  } catch (error) {
    if (!(error instanceof Failure) || error.code !== 'plan.column.unknown') throw error;
    const known = calculation.columns.filter((name) => seen.includes(name));
    return columnsOf(plan, { ...calculation, columns: known }, places);
  }
}

async function columnsOf(
  plan: Plan,
  calculation: Calculation,
  places: CheckPlaces,
): Promise<readonly Column[]> {
  const stage = await openStage(places.session, places.source, stageSpec(plan, calculation, places));
  return (await stage.open(stage.files.map((f) => f.path))).columns;
}

async function bindAll(
  plan: Plan,
  calculation: Calculation,
  columns: readonly Column[],
  table: LiveTable | null,
  session: Session,
): Promise<readonly Problem[]> {
  const declared = columns.map(({ name, type }) => ({ name, type: plan.archive.types.get(name) ?? type }));
  const bound = await bindCalculation(session, calculation, declared);
  if (bound.calculation === null || table === null) return bound.problems;
  const resolved = resolveColumns(plan, bound.calculation, table.columns, {
    scales: new Map(),
    zonedBucket: true,
  });
  return [...bound.problems, ...resolved.problems];
}

function distinct(problems: readonly Problem[]): Problem[] {
  return [...new Map(problems.map((p) => [`${p.code} ${p.at?.path ?? ''} ${p.message}`, p])).values()];
}
