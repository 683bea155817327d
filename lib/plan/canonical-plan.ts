import type { Canonical } from '#lib/base/canonical';
import type { Interval } from '#lib/base/instant';
import type { ArchivePlan, LivePlan, Named, Plan, Version } from '#lib/plan/plan';

/**
 * The plan as it goes into the seal: parsed, every default filled in, without `title`. Two plans that mean the
 * same and differ in order, spacing or offsets give the same form; `${NAME}` stays as written.
 */
export function canonicalPlan(plan: Plan): Canonical {
  return {
    archive: canonicalArchive(plan.archive),
    window: { ...canonicalInterval(plan.window), clock: plan.window.clock },
    calculation: canonicalCalculation(plan),
    live: canonicalLive(plan.live),
    compare: { tolerance: Object.fromEntries(plan.compare.tolerance) },
    patch: { ...plan.patch },
    control: plan.control === null ? null : canonicalInterval(plan.control),
  };
}

/** What a calculation is made of: its expressions, and which events are tombstones. */
export type CalculationParts = {
  readonly calculation: Plan['calculation'];
  readonly archive: { readonly fields: Pick<ArchivePlan['fields'], 'deleted'> };
};

/** The calculation alone, as it goes into its own SHA-256. */
export function canonicalCalculation(plan: CalculationParts): Canonical {
  const { name, versions, replayWith } = plan.calculation;
  return {
    name,
    versions: versions.map(canonicalVersion),
    replayWith: typeof replayWith === 'number' ? BigInt(replayWith) : replayWith,
    deleted: plan.archive.fields.deleted,
  };
}

function canonicalArchive(archive: ArchivePlan): Canonical {
  return {
    ...archive,
    fields: { ...archive.fields },
    types: Object.fromEntries(archive.types),
    rejects: { ...archive.rejects },
  };
}

function canonicalVersion(version: Version): Canonical {
  return {
    version: BigInt(version.version),
    since: version.since,
    where: version.where,
    keys: version.keys.map(canonicalNamed),
    measures: version.measures.map(canonicalNamed),
  };
}

const canonicalNamed = ({ name, expression }: Named): Canonical => ({ name, expression });

function canonicalLive(live: LivePlan): Canonical {
  const { bucket, baseline, cut } = live;
  return {
    store: live.store,
    table: live.table,
    state: live.state,
    keys: live.keys,
    bucket: bucket && {
      column: bucket.column,
      size: { count: BigInt(bucket.size.count), unit: bucket.size.unit },
      timezone: bucket.timezone,
    },
    baseline: typeof baseline === 'string' ? baseline : baseline && { ...baseline },
    cut: cut && { ...cut },
  };
}

const canonicalInterval = ({ from, to }: Interval): { from: bigint; to: bigint } => ({ from, to });
