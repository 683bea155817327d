import { stringify } from 'yaml';
import { formatInstant, type Instant, type Interval, MICROS } from '#lib/base/instant';
import { formatDuration } from '#lib/plan/duration';
import type { ArchivePlan, LivePlan, Named, Plan, Version } from '#lib/plan/plan';

/** A plan in file form, as JSON holds it. */
export type PlanFile = { readonly [field: string]: FileValue };
export type FileValue = string | number | boolean | PlanFile | readonly FileValue[];

/** A plan in file form again: `parsePlanValue(planToFile(plan))` gives the same plan. Defaults are left out. */
export function planToFile(plan: Plan): PlanFile {
  const { calculation, window, patch } = plan;
  return present({
    recount: 1,
    title: plan.title,
    archive: archiveToFile(plan.archive),
    window: { ...intervalToFile(window), clock: window.clock },
    calculation: present({
      name: calculation.name,
      versions: calculation.versions.map(versionToFile),
      replay_with: calculation.replayWith,
    }),
    live: liveToFile(plan.live),
    compare:
      plan.compare.tolerance.size === 0 ? null : { tolerance: Object.fromEntries(plan.compare.tolerance) },
    patch: filled({
      only_in_live: unless(patch.onlyInLive, 'keep'),
      archive_is_complete: unless(patch.archiveIsComplete, false),
      guard: unless(patch.guard, 'delta'),
    }),
    control: plan.control === null ? null : intervalToFile(plan.control),
  });
}

/** `planToFile` as YAML text. */
export const planToYaml = (plan: Plan): string =>
  stringify(planToFile(plan), { version: '1.2', lineWidth: 0 });

function archiveToFile(archive: ArchivePlan): PlanFile {
  const { fields, rejects } = archive;
  return present({
    at: archive.at,
    format: unless(archive.format, 'auto'),
    layout: unless(archive.layout, 'auto'),
    slack: unless(formatDuration(archive.slackMicros), '2h'),
    fields: present({ ...fields }),
    types: filled(Object.fromEntries(archive.types)),
    timezone: archive.timezone,
    rejects: rejects.kind === 'percent' ? `${rejects.percent}%` : unless(Number(rejects.count), 0),
    conflicts: unless(archive.conflicts, 'block'),
  });
}

function liveToFile(live: LivePlan): PlanFile {
  const { bucket, baseline, cut } = live;
  return present({
    store: live.store,
    table: live.table,
    state: live.state,
    keys: [...live.keys],
    bucket: bucket && {
      column: bucket.column,
      size: `${bucket.size.count}${bucket.size.unit}`,
      timezone: bucket.timezone,
    },
    baseline:
      typeof baseline === 'string'
        ? baseline
        : baseline && { at: instant(baseline.at), table: baseline.table },
    cut: cut && (cut.kind === 'instant' ? instant(cut.at) : cut.column),
  });
}

function versionToFile(version: Version): PlanFile {
  return present({
    version: version.version,
    since: version.since === null ? null : instant(version.since),
    where: version.where,
    keys: namedToFile(version.keys),
    measures: namedToFile(version.measures),
  });
}

const namedToFile = (named: readonly Named[]): PlanFile =>
  Object.fromEntries(named.map(({ name, expression }) => [name, expression]));

const intervalToFile = (i: Interval): PlanFile => ({ from: instant(i.from), to: instant(i.to) });

/** Whole seconds without their six zeros: what people write and read. */
const instant = (at: Instant): string =>
  at % MICROS.second === 0n ? formatInstant(at).replace('.000000Z', 'Z') : formatInstant(at);

const unless = <T extends FileValue>(value: T, otherwise: T): T | null =>
  value === otherwise ? null : value;

const present = (fields: Readonly<Record<string, FileValue | null>>): PlanFile =>
  Object.fromEntries(
    Object.entries(fields).filter((entry): entry is [string, FileValue] => entry[1] !== null),
  );

function filled(fields: Readonly<Record<string, FileValue | null>>): PlanFile | null {
  const kept = present(fields);
  return Object.keys(kept).length === 0 ? null : kept;
}
