import { sha256 } from '#lib/base/canonical';
import type { Problem } from '#lib/base/failure';
import type { DraftPlan } from '#lib/incident/incident';
import { canonicalPlan } from '#lib/plan/canonical-plan';
import { parseDraft } from '#lib/plan/parse';
import type { ArchivePlan, Plan } from '#lib/plan/plan';

/** Where an incident's archive and live store are; null while none is chosen. */
export type DraftPlaces = {
  readonly archiveAt: string | null;
  readonly live: { readonly kind: 'postgres' | 'file'; readonly store: string } | null;
};

/**
 * A draft with what the incident's records decide: its title, and the places of the archive and the live store. What
 * was written there is replaced, so that no draft reaches outside what was chosen. A file has no table.
 */
export function fillDraft(draft: DraftPlan, title: string, places: DraftPlaces): DraftPlan {
  const { title: _title, archive = {}, live = {}, ...rest } = draft;
  const { at: _at, ...archiveRest } = archive;
  const { store: _store, table, ...liveRest } = live;
  const named = table === undefined || places.live?.kind === 'file' ? {} : { table };
  return {
    title,
    archive: { ...(places.archiveAt === null ? {} : { at: places.archiveAt }), ...archiveRest },
    ...rest,
    live: { ...(places.live === null ? {} : { store: places.live.store }), ...named, ...liveRest },
  };
}

/** SHA-256 of what a plan says, without its title; null for a draft that is no plan yet. */
export function planSha(draft: DraftPlan): string | null {
  const { plan } = parseDraft(draft);
  return plan === null ? null : shaOfPlan(plan);
}

export const shaOfPlan = (plan: Plan): string => sha256(canonicalPlan(plan));

/** True where a preview of the one draft would not be a preview of the other. */
export function changesPreview(before: DraftPlan, after: DraftPlan): boolean {
  const [was, is] = [planSha(before), planSha(after)];
  if (was !== null && is !== null) return was !== is;
  return JSON.stringify({ ...before, title: '' }) !== JSON.stringify({ ...after, title: '' });
}

/** The parts of a plan that reading the archive does not need, where a draft has none: enough to parse by. */
const STAND_IN = {
  window: { from: '2000-01-01T00:00:00Z', to: '2000-01-02T00:00:00Z' },
  calculation: {
    name: 'none',
    versions: [{ version: 1, keys: { key: 'key' }, measures: { n: 'count(*)' } }],
  },
  live: { store: 'none.csv', state: 'latest', keys: ['key'] },
} as const;

/** The archive part of a draft whose other parts may be unfinished. */
export function archiveOfDraft(draft: DraftPlan): {
  readonly archive: ArchivePlan | null;
  readonly problems: readonly Problem[];
} {
  const alone = parseDraft({ ...STAND_IN, archive: draft.archive ?? {} });
  const problems = alone.problems.filter((p) => p.at?.path?.startsWith('archive') ?? false);
  return { archive: alone.plan?.archive ?? null, problems };
}

/** The plan of a draft that lacks at most its window: what its expressions are checked by while it is written. */
export function planWithoutWindow(draft: DraftPlan): Plan | null {
  const { plan } = parseDraft(draft);
  if (plan !== null) return plan;
  const clock = draft.window?.clock === 'ingested' ? 'ingested' : 'time';
  return parseDraft({ ...draft, window: { ...STAND_IN.window, clock } }).plan;
}
