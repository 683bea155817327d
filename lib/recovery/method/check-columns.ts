import { openStage } from '#lib/adapters/staging/stage';
import type { ArchiveSource, Column, StagedArchive, Warning } from '#lib/archive/archive';
import { usedNames } from '#lib/archive/resolve-types';
import type { ArchiveGlance } from '#lib/archive/survey';
import { Failure, type Problem } from '#lib/base/failure';
import type { Plan } from '#lib/plan/plan';
import type { PreviewPlaces } from '#lib/recovery/method/preview-places';
import { stageSpec } from '#lib/recovery/method/stage-spec';
import type { Session } from '#lib/replay/session';

/** The columns of an archive as a check knows them, and what did not fit them. */
export type ReadColumns = {
  /** Whether the types are those of all records, or of the beginnings of a few files. */
  readonly read: 'all' | 'beginnings';
  readonly columns: readonly Column[];
  readonly problems: readonly Problem[];
  readonly warnings: readonly Warning[];
  readonly doubts: readonly string[];
};

type Asked = { readonly archive: Plan['archive']; readonly window: Pick<Plan['window'], 'clock'> };
type Places = Pick<PreviewPlaces, 'stageDir' | 'threads' | 'signal'> & {
  readonly session: Session;
  readonly source: ArchiveSource;
  /** False where it is known already that the archive cannot be read as the plan says. */
  readonly isReadable: boolean;
};

/** Archives up to here are read in full: one late record may make a column text. */
const SMALL_BYTES = 1n << 26n;
/** Up to here they are read in full before their beginnings are held against a plan. */
const MOST_BYTES = 1n << 30n;

/**
 * Finds the columns that `bind` is to hold against: of all records where the archive is small, or where its beginnings
 * do not seem to fit. `used`: the columns of the expressions. Failures of the reading are problems.
 */
export async function readColumns(
  plan: Asked,
  used: readonly string[],
  archive: ArchiveGlance,
  places: Places,
  bind: (columns: readonly Column[]) => Promise<readonly Problem[]>,
): Promise<ReadColumns> {
  const folders = archive.partitionKeys.filter((key) => !archive.columns.some((c) => c.name === key));
  const seen = await bind([...archive.columns, ...folders.map((name) => ({ name, type: 'VARCHAR' }))]);
  const listed = (staged: readonly Column[] | null): readonly Column[] =>
    listedColumns(plan, used, archive.columns, staged);
  const beginnings = { read: 'beginnings', columns: listed(null), warnings: [], doubts: [] } as const;
  const bytes = BigInt(archive.bytes);
  const isDoubted = seen.some(isDoubtful) && !isWhole(archive);
  // what stops the reading is told already
  if (places.isReadable && bytes <= (isDoubted ? MOST_BYTES : SMALL_BYTES)) {
    const found = await stageAll(plan, used, archive, places);
    if ('problem' in found) return { ...beginnings, problems: [...seen, found.problem] };
    const { columns, warnings } = found.staged;
    return { read: 'all', columns: listed(columns), warnings, doubts: [], problems: await bind(columns) };
  }
  if (isWhole(archive)) return { ...beginnings, read: 'all', problems: seen };
  if (!places.isReadable) return { ...beginnings, problems: seen };
  const doubts = seen.filter(isDoubtful).map((p) => p.message);
  return { ...beginnings, problems: seen.filter((p) => !isDoubtful(p)), doubts };
}

/** True for problems that the columns of a few files' beginnings can raise wrongly: types go by all records. */
const isDoubtful = ({ code }: Problem): boolean =>
  code === 'plan.types_needed' || code === 'plan.column.unknown' || code === 'plan.live.type';

/** One file of Parquet says its types itself. */
const isWhole = ({ filesTotal, formats }: ArchiveGlance): boolean =>
  filesTotal === 1 && formats.every((format) => format === 'parquet');

/** The whole archive; a column that no file has does not keep the types of the others from being told. */
async function stageAll(
  plan: Asked,
  used: readonly string[],
  archive: ArchiveGlance,
  places: Places,
): Promise<{ readonly staged: StagedArchive } | { readonly problem: Problem }> {
  const stage = async (columns: readonly string[]): Promise<StagedArchive> => {
    const opened = await openStage(places.session, places.source, stageSpec(plan, { columns }, places));
    return opened.open(opened.files.map((f) => f.path));
  };
  try {
    return { staged: await stage(used) };
  } catch (error) {
    if (!(error instanceof Failure)) throw error;
    const seen = [...archive.columns.map((c) => c.name), ...archive.partitionKeys];
    const known = used.filter((name) => seen.includes(name));
    if (error.code !== 'plan.column.unknown' || known.length === used.length)
      return { problem: problemOf(error) };
    return stageAll(plan, known, archive, places);
  }
}

const problemOf = ({ code, message, fix, at }: Failure): Problem => ({
  code,
  message,
  fix,
  ...(at ? { at } : {}),
});

/**
 * The columns as they are read: used ones with their declared type, else that of all records, else as they look. One
 * that nothing uses is text where it is declared as something else.
 */
function listedColumns(
  { archive }: Asked,
  used: readonly string[],
  seen: readonly Column[],
  staged: readonly Column[] | null,
): readonly Column[] {
  const names = usedNames({ ...archive, usedColumns: used });
  const typeOf = ({ name, type }: Column): string => {
    const declared = archive.types.get(name);
    if (!names.includes(name)) return declared === undefined ? type : 'VARCHAR';
    return declared ?? staged?.find((c) => c.name === name)?.type ?? type;
  };
  const further = staged?.filter((c) => !seen.some((s) => s.name === c.name)) ?? [];
  return [...seen, ...further].map((column) => ({ name: column.name, type: typeOf(column) }));
}
