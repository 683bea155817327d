import type { Instant } from '#lib/base/instant';
import type { CalculationPlan, Named, Version } from '#lib/plan/plan';
import type { Field, PlanReader } from '#lib/plan/reader';

const KEYS = 'the key columns with their expressions, such as { user_id: user_id }';
const MEASURES = 'at least one measure, such as { total: sum(value) }';

/** A version with the fields that its parts came from: what is checked across versions names its place. */
type ReadVersion = { readonly version: Version; readonly field: Field; readonly since: Field };

/** A version as far as it is readable. `isNamed`: the names of its keys and measures are all known. */
export type WrittenVersion = Version & { readonly isNamed: boolean };

/** A calculation as far as it is readable, each version at its place: what can be told of its expressions besides. */
export type WrittenCalculation = {
  readonly versions: readonly WrittenVersion[];
  readonly replayWith: CalculationPlan['replayWith'];
};

type ReadCalculation = {
  /** Null where something in it is wrong. */
  readonly calculation: CalculationPlan | null;
  readonly written: WrittenCalculation;
};

export const NOTHING_WRITTEN: WrittenCalculation = { versions: [], replayWith: 'deployed' };

/** Reads `calculation`. */
export function readCalculation(reader: PlanReader, field: Field): ReadCalculation {
  const before = reader.problems.length;
  const map = reader.map(field, ['name', 'versions', 'replay_with']);
  if (map === null) return { calculation: null, written: NOTHING_WRITTEN };
  const name = reader.text(map.get('name'), 'Give the calculation a name, for example user-totals.');
  const { read, versions } = readVersions(reader, map.get('versions'));
  const replayWith = readReplayWith(reader, map.get('replay_with'), read);
  const written = { versions, replayWith: replayWith ?? ('deployed' as const) };
  if (name === null || replayWith === null || reader.problems.length > before)
    return { calculation: null, written };
  return { calculation: { name, versions: read.map((r) => r.version), replayWith }, written };
}

function readVersions(
  reader: PlanReader,
  field: Field,
): { readonly read: readonly ReadVersion[]; readonly versions: readonly WrittenVersion[] } {
  const fix = 'Give a list with at least one version, its keys and its measures.';
  const items = reader.list(field, fix);
  if (items?.length === 0) reader.wrong(field, 'is empty', fix);
  const [read, versions]: [ReadVersion[], WrittenVersion[]] = [[], []];
  for (const [i, item] of (items ?? []).entries()) {
    const { whole, written } = readVersion(reader, item, i);
    if (whole !== null) read.push(whole);
    versions.push(written);
  }
  checkOrder(reader, read);
  checkMeasures(reader, read);
  return { read, versions };
}

function readVersion(
  reader: PlanReader,
  field: Field,
  place: number,
): { readonly whole: ReadVersion | null; readonly written: WrittenVersion } {
  const none = { version: place + 1, since: null, where: null, keys: [], measures: [], isNamed: false };
  const map = reader.map(field, ['version', 'since', 'where', 'keys', 'measures']);
  if (map === null) return { whole: null, written: none };
  const number = readNumber(reader, map.get('version'));
  const since = readSince(reader, map.get('since'), place === 0);
  const where = map.get('where');
  const condition = reader.has(where)
    ? reader.expression(where, "Write a condition, for example type <> 'test'.")
    : null;
  const before = reader.problems.length;
  const keys = readNamed(reader, map.get('keys'), KEYS);
  const measuresField = map.get('measures');
  const measures = readNamed(reader, measuresField, MEASURES);
  if (measures?.length === 0) reader.wrong(measuresField, 'is empty', `Give ${MEASURES}.`);
  const read = { since, where: condition, keys: keys ?? [], measures: measures ?? [] };
  const isNamed = reader.problems.length === before;
  const written = { ...read, version: number ?? place + 1, isNamed };
  if (number === null || keys === null || measures === null) return { whole: null, written };
  return { whole: { version: { ...read, version: number }, field, since: map.get('since') }, written };
}

function readNumber(reader: PlanReader, field: Field): number | null {
  const fix = 'Number the versions 1, 2, 3 …';
  const { tree } = field;
  if (tree === null || tree.kind === 'nothing') return reader.missing(field, fix);
  const text = tree.kind === 'number' || tree.kind === 'text' ? tree.text : '';
  if (/^[1-9]\d{0,8}$/.test(text)) return Number(text);
  return reader.wrong(field, 'is no version number', fix);
}

function readSince(reader: PlanReader, field: Field, first: boolean): Instant | null {
  if (!reader.has(field)) {
    if (first) return null;
    const message = `\`${field.path}\` is missing: every version but the first says from when it was deployed`;
    return reader.report('plan.calculation.version', field, message, 'Add `since: 2024-06-01T00:00:00Z`.');
  }
  if (!first) return reader.instant(field);
  const message = `\`${field.path}\` is given, and the first version has no \`since\`: it holds from the beginning`;
  return reader.report('plan.calculation.version', field, message, 'Remove `since` from the first version.');
}

function readNamed(reader: PlanReader, field: Field, what: string): readonly Named[] | null {
  const entries = reader.names(field, what);
  if (entries === null) return null;
  const named: Named[] = [];
  for (const [name, inner] of entries) {
    const missing = inner.tree?.kind === 'nothing';
    const fix = missing
      ? 'Write an expression; one with a comma inside { } needs quotes.'
      : 'Write an expression over the event, for example user_id.';
    const expression = reader.expression(inner, fix);
    if (usableName(reader, inner, name) && expression !== null) named.push({ name, expression });
  }
  return named;
}

function usableName(reader: PlanReader, field: Field, name: string): boolean {
  if (name.trim() !== '' && !name.includes('\0') && !name.startsWith('@') && name.isWellFormed()) return true;
  reader.wrong(
    field,
    'has a name that no live column can have here',
    'Use a name that is not empty and does not begin with @.',
  );
  return false;
}

function checkOrder(reader: PlanReader, read: readonly ReadVersion[]): void {
  for (const [i, { version, field, since }] of read.entries()) {
    const earlier = read.slice(0, i);
    if (earlier.some((e) => e.version.version === version.version)) {
      const message = `\`${field.path}.version\` is ${version.version}, as in an earlier version`;
      reader.report('plan.calculation.version', field, message, 'Give every version its own number.');
    }
    const last = earlier.at(-1)?.version.since ?? null;
    if (last !== null && version.since !== null && version.since <= last) {
      const message = `\`${since.path}\` is not later than that of the version before`;
      reader.report('plan.calculation.version', since, message, 'List the versions in the order of `since`.');
    }
  }
}

/** Every version calculates the same live columns; only how may differ. Order follows the first version. */
function checkMeasures(reader: PlanReader, read: readonly ReadVersion[]): void {
  const [first, ...others] = read;
  if (first === undefined) return;
  const wanted = first.version.measures.map((m) => m.name);
  for (const { version, field } of others) {
    const given = version.measures.map((m) => m.name);
    const off = [...wanted.filter((n) => !given.includes(n)), ...given.filter((n) => !wanted.includes(n))];
    if (off.length === 0) continue;
    const message = `\`${field.path}.measures\` has other measures than the first version: ${off.join(', ')}`;
    reader.report('plan.calculation.not_mergeable', field, message, 'Give every version the same measures.');
  }
}

function readReplayWith(
  reader: PlanReader,
  field: Field,
  read: readonly ReadVersion[],
): CalculationPlan['replayWith'] | null {
  if (!reader.has(field)) return 'deployed';
  const fix = 'Write `deployed`, or the number of a version.';
  const text = reader.expression(field, fix);
  if (text === null || text === 'deployed') return text;
  if (!/^[1-9]\d{0,8}$/.test(text)) return reader.wrong(field, `is \`${text}\``, fix);
  if (read.some((r) => r.version.version === Number(text))) return Number(text);
  const numbers = read.map((r) => r.version.version).join(', ');
  const message = `\`${field.path}\` names version ${text}, and the plan has ${numbers || 'none'}`;
  return reader.report('plan.calculation.version', field, message, fix);
}
