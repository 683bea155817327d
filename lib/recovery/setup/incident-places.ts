import { dirname } from 'node:path';
import type { DraftPlaces } from '#lib/incident/draft';
import { DraftSchema } from '#lib/incident/draft-schema';
import type { DraftPlan, IncidentView } from '#lib/incident/incident';
import { storeKind } from '#lib/plan/store-text';
import type { Env } from '#lib/recovery/setup/env';
import { filePlace, LIVE_VARIABLE } from '#lib/recovery/setup/live-address';
import { placeOfArchive } from '#lib/recovery/setup/places';

type ArchiveRecord = {
  readonly id: string;
  readonly name: string;
  readonly kind: string;
  readonly location: unknown;
};
type LiveRecord = { readonly id: string; readonly kind: string; readonly config: unknown };

/** The draft of a record. It was checked when it was written. */
export const draftOf = (plan: unknown): DraftPlan => DraftSchema.parse(plan);

/** Where a plan finds the chosen archive and live store. A place that is configured no more counts as not chosen. */
export function draftPlaces(env: Env, archive: ArchiveRecord | null, live: LiveRecord | null): DraftPlaces {
  return {
    archiveAt: archive === null ? null : (orNull(() => placeOfArchive(env, archive.location))?.full ?? null),
    live: live === null ? null : livePlace(env, live),
  };
}

function livePlace(env: Env, live: LiveRecord): DraftPlaces['live'] {
  if (live.kind === 'postgres') return { kind: 'postgres', store: `\${${LIVE_VARIABLE}}` };
  const full = orNull(() => filePlace(env, live.config))?.full;
  return full === undefined ? null : { kind: 'file', store: full };
}

function orNull<T>(find: () => T): T | null {
  try {
    return find();
  } catch {
    return null; // the root was taken out of the settings; the draft then says what is missing
  }
}

/** The folder that a plan of the page is relative to: a live file's own, so that its name in the seal is its name. */
export const planFolderOf = (env: Env, store: string): string =>
  storeKind(store) === 'file' ? dirname(store) : env.dataDir;

/** An archive as the page names it. */
export function archiveWords(env: Env, archive: ArchiveRecord): NonNullable<IncidentView['archive']> {
  const place = orNull(() => placeOfArchive(env, archive.location));
  return {
    id: archive.id,
    name: archive.name,
    kind: archive.kind === 'upload' ? 'upload' : 'path',
    location: place?.words ?? 'a folder that is no longer configured',
  };
}
