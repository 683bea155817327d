import type { Interval } from '#lib/base/instant';
import { nearest } from '#lib/base/nearest';
import { checkAcross, locator, type Parts } from '#lib/plan/cross-checks';
import type { LivePlan, PatchPlan, Plan, Version } from '#lib/plan/plan';
import { readArchive } from '#lib/plan/read-archive';
import { NOTHING_WRITTEN, readCalculation, type WrittenCalculation } from '#lib/plan/read-calculation';
import { readLive } from '#lib/plan/read-live';
import type { Field, PlanReader } from '#lib/plan/reader';
import type { Tree } from '#lib/plan/tree';
import type { Window } from '#lib/window/window';

export const PLAN_FIELDS = [
  'recount',
  'title',
  'archive',
  'window',
  'calculation',
  'live',
  'compare',
  'patch',
  'control',
] as const;

/** Of a plan that cannot be read at all. */
export const NO_PARTS: Parts = {
  archive: null,
  window: null,
  written: NOTHING_WRITTEN,
  live: null,
  tolerance: new Map(),
  control: null,
};

/** Reads a whole plan. Every problem is in `reader.problems`; a plan comes out only where there is none. */
export function readPlan(
  reader: PlanReader,
  tree: Tree,
): { readonly plan: Plan | null; readonly parts: Parts } {
  const top = reader.map({ path: '', at: tree.at, tree }, PLAN_FIELDS);
  if (top === null) return { plan: null, parts: NO_PARTS };
  readFormatVersion(reader, top.get('recount'));
  const title = reader.optionalText(top.get('title'), 'Write the title as text.');
  const archive = readArchive(reader, top.get('archive'));
  const window = readWindow(reader, top.get('window'));
  const { calculation, written } = readCalculation(reader, top.get('calculation'));
  const live = readLive(reader, top.get('live'));
  const tolerance = readTolerance(reader, top.get('compare'), written);
  const patch = readPatch(reader, top.get('patch'));
  const control = reader.has(top.get('control')) ? readControl(reader, top.get('control')) : null;
  const inOrder = { ...written, versions: aligned(written.versions, live) };
  const parts = { archive, window, written: inOrder, live, tolerance, control };
  checkAcross(reader, locator(top), { ...parts, written });
  if (reader.problems.length > 0) return { plan: null, parts };
  if (archive === null || window === null || calculation === null || live === null || patch === null) {
    return { plan: null, parts };
  }
  const plan: Plan = {
    title,
    archive,
    window,
    calculation: { ...calculation, versions: aligned(calculation.versions, live) },
    live,
    compare: { tolerance },
    patch,
    control,
  };
  return { plan, parts };
}

function readFormatVersion(reader: PlanReader, field: Field): void {
  const fix = 'Begin the plan with `recount: 1`.';
  if (!reader.has(field)) reader.missing(field, fix);
  else if (field.tree?.kind !== 'number' || field.tree.text !== '1') {
    reader.wrong(field, 'is no version of the plan format that this Recount reads', fix);
  }
}

function readWindow(reader: PlanReader, field: Field): Window | null {
  const map = reader.map(field, ['from', 'to', 'clock']);
  if (map === null) return null;
  const from = reader.instant(map.get('from'));
  const to = reader.instant(map.get('to'));
  const clock = reader.oneOf(map.get('clock'), ['time', 'ingested'], 'time');
  if (from === null || to === null) return null;
  if (to <= from) {
    const message = `\`${field.path}.to\` is not later than \`${field.path}.from\``;
    const fix = 'Make `to` later than `from`; `from` is in the window and `to` is not.';
    return reader.report('plan.window.reversed', map.get('to'), message, fix);
  }
  return clock === null ? null : { from, to, clock };
}

function readControl(reader: PlanReader, field: Field): Interval | null {
  const map = reader.map(field, ['from', 'to']);
  if (map === null) return null;
  const from = reader.instant(map.get('from'));
  const to = reader.instant(map.get('to'));
  if (from === null || to === null) return null;
  if (from < to) return { from, to };
  const message = '`control.to` is not later than `control.from`';
  const fix = 'Make `to` later than `from`; `from` is in the stretch and `to` is not.';
  return reader.report('plan.control.reversed', map.get('to'), message, fix);
}

function readTolerance(
  reader: PlanReader,
  field: Field,
  { versions: [first] }: WrittenCalculation,
): ReadonlyMap<string, string> {
  const tolerance = new Map<string, string>();
  if (!reader.has(field)) return tolerance;
  const map = reader.map(field, ['tolerance']);
  if (map === null || !reader.has(map.get('tolerance'))) return tolerance;
  const measures = first?.isNamed ? first.measures.map((m) => m.name) : null;
  for (const [name, inner] of reader.names(map.get('tolerance'), 'measures with their tolerance') ?? []) {
    if (measures !== null && !measures.includes(name)) {
      const near = nearest(name, measures);
      const fix = near === null ? `Use one of ${measures.join(', ')}.` : `Write \`${near}\`.`;
      reader.report('plan.field.unknown', inner, `\`${inner.path}\` is no measure of the calculation`, fix);
      continue;
    }
    const value = readAmount(reader, inner);
    if (value !== null) tolerance.set(name, value);
  }
  return tolerance;
}

/** A tolerance in the shortest form of its double: tolerances are for floats, and 1e-9 and 0.000000001 are one. */
function readAmount(reader: PlanReader, field: Field): string | null {
  const fix = 'Write a number that is zero or more, for example 1e-9.';
  const text = reader.expression(field, fix);
  if (text === null) return null;
  const amount = Number(text);
  const written = /^(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?$/.test(text);
  const vanished = amount === 0 && /[1-9]/.test(text.split(/[eE]/)[0] ?? '');
  if (written && Number.isFinite(amount) && !vanished) return String(amount);
  return reader.wrong(field, `is \`${text}\`, which is no tolerance`, fix);
}

function readPatch(reader: PlanReader, field: Field): PatchPlan | null {
  if (!reader.has(field)) return { onlyInLive: 'keep', archiveIsComplete: false, guard: 'delta' };
  const map = reader.map(field, ['only_in_live', 'archive_is_complete', 'guard']);
  if (map === null) return null;
  const onlyInLive = reader.oneOf(map.get('only_in_live'), ['keep', 'delete'], 'keep');
  const archiveIsComplete = reader.boolean(map.get('archive_is_complete'), false);
  const guard = reader.oneOf(map.get('guard'), ['delta', 'value'], 'delta');
  if (onlyInLive === null || archiveIsComplete === null || guard === null) return null;
  return { onlyInLive, archiveIsComplete, guard };
}

/** Keys in the order of `live.keys` and measures in that of the first version: the order in the file says nothing. */
function aligned<V extends Version>(versions: readonly V[], live: LivePlan | null): readonly V[] {
  const measures = versions[0]?.measures.map((m) => m.name) ?? [];
  const place = (names: readonly string[], a: { name: string }, b: { name: string }): number =>
    names.indexOf(a.name) - names.indexOf(b.name);
  return versions.map((version) => ({
    ...version,
    keys: live === null ? version.keys : version.keys.toSorted((a, b) => place(live.keys, a, b)),
    measures: version.measures.toSorted((a, b) => place(measures, a, b)),
  }));
}
