import type { Interval } from '#lib/base/instant';
import type { ArchivePlan, LivePlan } from '#lib/plan/plan';
import type { WrittenCalculation } from '#lib/plan/read-calculation';
import type { Field, Fields, PlanReader } from '#lib/plan/reader';
import type { Window } from '#lib/window/window';

/** The parts that were readable; a check whose parts are not is left out, since they have problems of their own. */
export type Parts = {
  readonly archive: ArchivePlan | null;
  readonly window: Window | null;
  /** What is readable of the calculation, also where it has problems: keys and measures in one order in all versions. */
  readonly written: WrittenCalculation;
  readonly live: LivePlan | null;
  readonly tolerance: ReadonlyMap<string, string>;
  readonly control: Interval | null;
};

/** Follows a path of field names from the plan's own fields, as far as the plan goes. */
export type Locate = (...names: readonly string[]) => Field;

/** What no single section can tell: rules between the sections of a plan. */
export function checkAcross(reader: PlanReader, locate: Locate, parts: Parts): void {
  const { archive, window, written, live, control } = parts;
  if (archive !== null && window !== null) checkClock(reader, locate, archive, window);
  if (archive !== null && live !== null) checkDeleted(reader, locate, archive, live);
  if (window !== null && live !== null) checkBaseline(reader, locate, window, live);
  if (live !== null) checkNames(reader, locate, written, live);
  if (control !== null && live?.state === 'window') {
    const message = '`control` is given, and the state is window';
    reader.report(
      'plan.control.window_state',
      locate('control'),
      message,
      'Remove `control`, or use another state.',
    );
  }
}

function checkClock(reader: PlanReader, locate: Locate, archive: ArchivePlan, window: Window): void {
  if (window.clock !== 'ingested' || archive.fields.ingested !== null) return;
  const message = '`window.clock` is ingested, and no `archive.fields.ingested` is mapped';
  const fix = 'Map the column that says when the bus got the event, or use `clock: time`.';
  reader.report('plan.archive.ingested_required', locate('window', 'clock'), message, fix);
}

function checkDeleted(reader: PlanReader, locate: Locate, archive: ArchivePlan, live: LivePlan): void {
  if (archive.fields.deleted === null || live.state === 'latest') return;
  const message = `\`archive.fields.deleted\` is given, and the state is ${live.state}`;
  const fix = 'Use `fields.deleted` with state latest only.';
  reader.report('plan.archive.deleted', locate('archive', 'fields', 'deleted'), message, fix);
}

function checkBaseline(reader: PlanReader, locate: Locate, window: Window, live: LivePlan): void {
  if (live.baseline === null || live.baseline === 'none') return;
  if (live.baseline.at > window.from) {
    const message = '`live.baseline.at` is later than the start of the window';
    const fix = 'Use a baseline from before the window.';
    reader.report('plan.live.baseline.after_window', locate('live', 'baseline', 'at'), message, fix);
  }
  if (live.cut?.kind === 'instant' && live.cut.at < live.baseline.at) {
    reader.wrong(
      locate('live', 'cut'),
      'is earlier than `live.baseline.at`',
      'Use a cut after the baseline.',
    );
  }
}

function checkNames(reader: PlanReader, locate: Locate, written: WrittenCalculation, live: LivePlan): void {
  const versions = locate('calculation', 'versions');
  for (const [i, version] of written.versions.entries()) {
    if (!version.isNamed) continue;
    const names = version.keys.map((k) => k.name);
    const off = [
      ...live.keys.filter((k) => !names.includes(k)),
      ...names.filter((n) => !live.keys.includes(n)),
    ];
    if (off.length === 0) continue;
    const field = item(versions, i, 'keys');
    const message = `\`${field.path}\` has the columns ${list(names)}, and \`live.keys\` has ${list(live.keys)}`;
    const fix = 'Name the same keys in both; the bucket column belongs to neither.';
    reader.report('plan.live.keys_differ', field, message, fix);
  }
  const bucket = live.bucket === null ? [] : [live.bucket.column];
  const taken = new Map([...live.keys, ...bucket].map((name) => [name.toLowerCase(), name]));
  for (const { name } of written.versions[0]?.measures ?? []) {
    const other = taken.get(name.toLowerCase());
    taken.set(name.toLowerCase(), name);
    if (other === undefined) continue;
    const field = item(versions, 0, 'measures');
    const message = `writes the column ${name}, which is ${other === name ? 'another column already' : `no other than ${other}`}`;
    reader.wrong(
      field,
      message,
      'Give each key, bucket and measure a column of its own; case makes no difference.',
    );
  }
}

const list = (names: readonly string[]): string => (names.length === 0 ? 'none' : names.join(', '));

function item(versions: Field, index: number, name: string): Field {
  const version = versions.tree?.kind === 'list' ? versions.tree.items[index] : undefined;
  const entry = version?.kind === 'map' ? version.entries.find((e) => e.key === name) : undefined;
  const path = `${versions.path}[${index}].${name}`;
  return { path, at: entry?.value.at ?? version?.at ?? versions.at, tree: entry?.value ?? null };
}

/** A locator over the plan's own fields. */
export const locator =
  (top: Fields): Locate =>
  (...names) => {
    const [first = '', ...rest] = names;
    let field = top.get(first);
    for (const name of rest) {
      const entry = field.tree?.kind === 'map' ? field.tree.entries.find((e) => e.key === name) : undefined;
      field = {
        path: `${field.path}.${name}`,
        at: entry?.value.at ?? entry?.at ?? field.at,
        tree: entry?.value ?? null,
      };
    }
    return field;
  };
