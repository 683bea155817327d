import type { Instant } from '#lib/base/instant';
import type { OracleEvent, OracleIncident, OracleValue } from '#lib/compare/oracle/incident';
import { compareText, nameOf } from '#lib/compare/oracle/values';
import type { Plan, Version } from '#lib/plan/plan';

/** A distinct event that counts for a cell's key, with its version and the number of its identical extra copies. */
export type Counted = {
  readonly event: OracleEvent & { readonly time: Instant };
  readonly version: number;
  readonly key: readonly OracleValue[];
  readonly copies: number;
  /** The instant by the window's clock. */
  readonly at: Instant;
};

export type Distinct = {
  readonly events: readonly Counted[];
  readonly records: number;
  readonly duplicates: number;
  readonly conflictingIds: number;
  readonly rejected: number;
};

type Usable = Counted['event'];
type Group = { readonly event: Usable; readonly copies: number };

/** Contract section 1, the order of evaluation: read, time and id, duplicates, where, keys. The window comes after. */
export function distinctEvents({ plan, calculation, events }: OracleIncident): Distinct {
  const usable = events.filter((e): e is Usable => isUsable(plan, e));
  const { groups, duplicates, conflictingIds } =
    plan.archive.fields.id === null
      ? { groups: usable.map((event) => ({ event, copies: 0 })), duplicates: 0, conflictingIds: 0 }
      : groupById(usable, plan.archive.conflicts);
  let rejected = events.length - usable.length;
  const counted: Counted[] = [];
  for (const { event, copies } of groups) {
    const at = clockOf(plan, event);
    const version = versionOf(plan, at);
    const where = calculation.where.get(version.version);
    if (where !== undefined && where(event.fields) !== true) continue;
    const key = (calculation.keys.get(version.version) ?? []).map((of) => of(event.fields));
    if (key.includes(null)) rejected += 1;
    else counted.push({ event, version: version.version, key, copies, at });
  }
  return {
    events: counted,
    records: events.length,
    duplicates,
    conflictingIds,
    rejected,
  };
}

/** A record needs a time, an id where one is mapped, an arrival where the clock asks for it, and values that fit. */
function isUsable({ archive, window }: Plan, event: OracleEvent): boolean {
  if (event.time === null || event.misfit) return false;
  if (archive.fields.id !== null && (event.id === null || event.id === '')) return false;
  return window.clock === 'time' || event.arrived !== null;
}

/** Same id and content: one event, the copy that arrived first. Same id, other content: by arrival, sequence, time. */
function groupById(
  events: readonly Usable[],
  conflicts: Plan['archive']['conflicts'],
): { groups: Group[]; duplicates: number; conflictingIds: number } {
  const byId = Map.groupBy(events, (e) => e.id);
  const groups: Group[] = [];
  let [conflictingIds, duplicates] = [0, 0];
  for (const sameId of byId.values()) {
    const byContent = [...Map.groupBy(sameId, contentOf).values()];
    const firsts = byContent
      .map((copies) => copies.toSorted(byArrival))
      .map(([event, ...rest]) => ({ event, copies: rest.length }));
    const ordered = firsts
      .filter((g): g is Group => g.event !== undefined)
      .sort((a, b) => byArrival(a.event, b.event));
    if (ordered.length > 1) conflictingIds += 1;
    const chosen = conflicts === 'last' ? ordered.at(-1) : ordered[0];
    // what was not chosen is no event; its identical copies are copies all the same
    duplicates += ordered.reduce((sum, group) => sum + group.copies, 0);
    if (chosen !== undefined) groups.push(chosen);
  }
  return { groups, duplicates, conflictingIds };
}

/** Every field but arrival and sequence, as typed values. */
const contentOf = (event: Usable): string =>
  nameOf([
    { instant: event.time },
    ...Object.entries(event.fields)
      .sort(([a], [b]) => compareText(a, b))
      .flat(),
  ]);

function byArrival(a: Usable, b: Usable): number {
  return compareBig(a.arrived, b.arrived) || compareBig(a.sequence, b.sequence) || compareBig(a.time, b.time);
}

/** The order of `first`, `last` and of a newest event: time, then sequence, then id (without one, content). */
export function byTime(a: Usable, b: Usable): number {
  return (
    compareBig(a.time, b.time) ||
    compareBig(a.sequence, b.sequence) ||
    compareText(a.id ?? contentOf(a), b.id ?? contentOf(b))
  );
}

function compareBig(a: bigint | null, b: bigint | null): number {
  if (a === null || b === null) return a === b ? 0 : a === null ? 1 : -1;
  return a === b ? 0 : a < b ? -1 : 1;
}

export function clockOf(plan: Plan, event: Usable): Instant {
  return plan.window.clock === 'time' ? event.time : (event.arrived ?? event.time);
}

/** `deployed`: the last version whose `since` the event has passed; else the one that the plan names. */
function versionOf(plan: Plan, at: Instant): Version {
  const { versions, replayWith } = plan.calculation;
  const passed = versions.filter((v) =>
    replayWith === 'deployed' ? v.since === null || v.since <= at : v.version === replayWith,
  );
  const version = passed.at(-1);
  if (version === undefined) throw new RangeError('the plan has no version for this event');
  return version;
}
