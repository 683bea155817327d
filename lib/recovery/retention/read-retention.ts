import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { KeptIncident, RetentionView } from '#lib/incident/retention';
import { permit } from '#lib/recovery/access/permit';
import { measure } from '#lib/recovery/retention/erasure-files';
import { erasedView } from '#lib/recovery/retention/read-erased';
import { keptBecause } from '#lib/recovery/retention/refuse-kept';
import { readRules } from '#lib/recovery/retention/retention-rules';
import type { Context } from '#lib/recovery/setup/context';
import { isoOf } from '#lib/recovery/setup/iso';
import { readNames } from '#lib/recovery/setup/people';
import { stageFolder } from '#lib/recovery/setup/wiring';

/** So many incidents are told one by one, the largest first. */
const SHOWN = 100;

/** What is kept on disk, of which incident, and for how long. */
export async function readRetention(context: Context): Promise<RetentionView> {
  permit(context.actor, 'retention.read');
  return viewRetention(context);
}

export async function viewRetention({ store, env }: Pick<Context, 'store' | 'env'>): Promise<RetentionView> {
  const { revision } = await store.retention.findFirstOrThrow();
  const sizes = {
    uploads: await sizesIn(join(env.dataDir, 'uploads')),
    runs: await sizesIn(join(env.dataDir, 'runs')),
    patches: await sizesIn(join(env.dataDir, 'patches')),
    surveys: await sizesIn(join(env.dataDir, 'surveys')),
  };
  const found = (await incidentsWith({ store })).map((incident) => ({
    incident,
    bytes: bytesOf(incident, sizes),
  }));
  const kept = found
    .filter(({ incident, bytes }) => bytes.uploads + bytes.runs > 0 || incident.erasures.length > 0)
    .sort((a, b) => b.bytes.uploads + b.bytes.runs - a.bytes.uploads - a.bytes.runs);
  const nameOf = await readNames(store);
  const incidents: KeptIncident[] = [];
  for (const { incident, bytes } of kept.slice(0, SHOWN)) {
    const { id, number, title, closedAt, erasures, runs, surveys, createdAt } = incident;
    const [erasure] = erasures;
    const made = [...runs, ...surveys].map((one) => one.createdAt.getTime());
    incidents.push({
      id,
      number,
      title,
      isClosed: closedAt !== null,
      newestAt: isoOf(new Date(Math.max(createdAt.getTime(), ...made))),
      bytes,
      erased: erasure === undefined ? null : erasedView(erasure, nameOf),
      keptBecause: erasure === undefined ? await whyKept({ store }, id) : null,
    });
  }
  const total = (one: ReadonlyMap<string, number>): number => [...one.values()].reduce((a, b) => a + b, 0);
  return {
    revision,
    rules: await readRules(store, env),
    bytes: {
      staged: (await measure([{ folder: stageFolder(env.dataDir), keep: [] }])).bytes,
      uploads: total(sizes.uploads),
      runs: total(sizes.runs) + total(sizes.patches) + total(sizes.surveys),
    },
    incidents,
    incidentsTotal: kept.length,
  };
}

async function whyKept({ store }: Pick<Context, 'store'>, id: string): Promise<string | null> {
  const failure = await keptBecause(store, id);
  return failure === null ? null : `${failure.message} ${failure.fix}`;
}

type Sizes = Readonly<Record<'uploads' | 'runs' | 'patches' | 'surveys', ReadonlyMap<string, number>>>;

const incidentsWith = ({ store }: Pick<Context, 'store'>) => {
  const made = { select: { id: true, createdAt: true } } as const;
  return store.incident.findMany({
    select: {
      id: true,
      number: true,
      title: true,
      closedAt: true,
      createdAt: true,
      archiveId: true,
      runs: { select: { id: true, createdAt: true, archiveId: true } },
      patches: { select: { id: true } },
      surveys: made,
      erasures: { where: { scope: 'incident' } },
    },
  });
};

function bytesOf(
  incident: Awaited<ReturnType<typeof incidentsWith>>[number],
  sizes: Sizes,
): KeptIncident['bytes'] {
  const sum = (of: ReadonlyMap<string, number>, ids: readonly (string | null)[]): number =>
    [...new Set(ids)].reduce((bytes, id) => bytes + (of.get(id ?? '') ?? 0), 0);
  const idsOf = (rows: readonly { readonly id: string }[]): string[] => rows.map(({ id }) => id);
  const archives = [incident.archiveId, ...incident.runs.map(({ archiveId }) => archiveId)];
  return {
    uploads: sum(sizes.uploads, archives),
    runs:
      sum(sizes.runs, idsOf(incident.runs)) +
      sum(sizes.patches, idsOf(incident.patches)) +
      sum(sizes.surveys, idsOf(incident.surveys)),
  };
}

/** Bytes of each folder in a folder, by its name. */
async function sizesIn(parent: string): Promise<Map<string, number>> {
  const names = await readdir(parent).catch(() => []);
  const sizes = new Map<string, number>();
  for (const name of names)
    sizes.set(name, (await measure([{ folder: join(parent, name), keep: [] }])).bytes);
  return sizes;
}
