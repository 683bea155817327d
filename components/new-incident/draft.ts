import type { EditionView } from '#lib/calculation/edition';
import type { DraftPlan, IncidentView } from '#lib/incident/incident';

/** What the operator has entered so far. The server keeps it as an incident with an unfinished plan. */
export type Draft = {
  readonly title: string;
  readonly plan: DraftPlan;
  readonly archiveId: string | null;
  readonly liveStoreId: string | null;
  /** The edition of the library that the calculation was taken from. */
  readonly editionId: string | null;
};

export const EMPTY_DRAFT: Draft = {
  title: '',
  plan: {},
  archiveId: null,
  liveStoreId: null,
  editionId: null,
};
/** What an incident is called until it has a title: the server needs one. */
export const UNTITLED = 'Untitled incident';

export type Missing = IncidentView['missing'][number];
export type ArchiveDraft = NonNullable<DraftPlan['archive']>;
export type LiveDraft = NonNullable<DraftPlan['live']>;
export type BucketDraft = NonNullable<LiveDraft['bucket']>;
export type Version = NonNullable<NonNullable<DraftPlan['calculation']>['versions']>[number];
export type Role = 'id' | 'time' | 'ingested' | 'sequence';

/** The draft that an incident holds. */
export const draftOf = (view: IncidentView): Draft => ({
  title: view.title === UNTITLED ? '' : view.title,
  plan: view.plan,
  archiveId: view.archive?.id ?? null,
  liveStoreId: view.liveStore?.id ?? null,
  editionId: view.edition?.id ?? null,
});

/** `object` with a field set, or without it where the value is empty: the plan has no empty fields. */
export function withField<T extends object, K extends keyof T>(
  object: T,
  key: K,
  value: T[K] | '' | null,
): T {
  const { [key]: _old, ...rest } = object;
  return (value === '' || value === null ? rest : { ...rest, [key]: value }) as T;
}

export function editArchive(draft: Draft, change: (archive: ArchiveDraft) => ArchiveDraft): Draft {
  return { ...draft, plan: { ...draft.plan, archive: change(draft.plan.archive ?? {}) } };
}

export function editLive(draft: Draft, change: (live: LiveDraft) => LiveDraft): Draft {
  return { ...draft, plan: { ...draft.plan, live: change(draft.plan.live ?? {}) } };
}

const NO_VERSION: Version = { version: 1, keys: {}, measures: {} };

/** The versions of the calculation; one empty one where none is begun. */
export function versionsOf(plan: DraftPlan): readonly Version[] {
  const versions = plan.calculation?.versions ?? [];
  return versions.length === 0 ? [NO_VERSION] : versions;
}

export const versionOf = (plan: DraftPlan, index = 0): Version => versionsOf(plan)[index] ?? NO_VERSION;

export function editVersions(draft: Draft, change: (version: Version, index: number) => Version): Draft {
  const versions = versionsOf(draft.plan).map(change);
  return { ...draft, plan: { ...draft.plan, calculation: { ...draft.plan.calculation, versions } } };
}

export const editVersion = (draft: Draft, index: number, change: (version: Version) => Version): Draft =>
  editVersions(draft, (version, at) => (at === index ? change(version) : version));

/** Takes an edition of the library as the calculation, in place of what was written. */
export function takeEdition(draft: Draft, { id, content }: Pick<EditionView, 'id' | 'content'>): Draft {
  const { calculation, deleted } = content;
  const taken = { ...draft, editionId: id, plan: { ...draft.plan, calculation } };
  return editArchive(taken, (archive) => ({
    ...archive,
    fields: withField(archive.fields ?? {}, 'deleted', deleted ?? null),
  }));
}

/** Gives a column a role. A column has one role: it leaves the one it had. */
export function setRole(draft: Draft, role: Role, column: string | null): Draft {
  return editArchive(draft, (archive) => {
    let fields = archive.fields ?? {};
    for (const other of ['id', 'time', 'ingested', 'sequence'] as const) {
      if (other !== role && column !== null && fields[other] === column)
        fields = withField(fields, other, null);
    }
    return { ...archive, fields: withField(fields, role, column) };
  });
}

/** Declares a column's type; empty: as found. */
export function setType(draft: Draft, column: string, type: string): Draft {
  return editArchive(draft, (archive) => {
    const types = withField(archive.types ?? {}, column, type);
    return withField(archive, 'types', Object.keys(types).length === 0 ? null : types);
  });
}

/** Sets the key columns; the keys of each version follow, what was written for a column stays. */
export function setKeys(draft: Draft, keys: readonly string[], guess: (column: string) => string): Draft {
  const withKeys = editLive(draft, (live) => withField(live, 'keys', keys.length === 0 ? null : [...keys]));
  return editVersions(withKeys, (version) => ({
    ...version,
    keys: Object.fromEntries(keys.map((key) => [key, version.keys[key] ?? guess(key)])),
    measures: Object.fromEntries(Object.entries(version.measures).filter(([name]) => !keys.includes(name))),
  }));
}

/** An ordered change of one entry of a record: renamed, rewritten, or (null) removed. */
export function setEntry(
  entries: Readonly<Record<string, string>>,
  name: string,
  next: readonly [string, string] | null,
): Record<string, string> {
  const pairs = Object.entries(entries);
  const at = pairs.findIndex(([own]) => own === name);
  if (at === -1) return Object.fromEntries(next === null ? pairs : [...pairs, next]);
  return Object.fromEntries(pairs.flatMap((pair, i) => (i !== at ? [pair] : next === null ? [] : [next])));
}

/** The part of the set-up that a problem belongs to. What belongs to later stages is none of this page's. */
export function sectionOf(path: string): 'archive' | 'live' | 'calculation' | null {
  const head = path.split(/[.[]/, 1)[0];
  if (head === 'archive' || head === 'live' || head === 'calculation') return head;
  if (head === 'patch') return 'live';
  if (head === 'compare' || head === 'control') return 'calculation';
  return null;
}

/** Whether a problem is none of this page's: the window is chosen on the timeline. */
export const isLater = (path: string): boolean => isUnder(path, 'window');

/** Whether `path` is `of` or lies under it: `archive.fields.id` under `archive.fields`. */
export const isUnder = (path: string, of: string): boolean =>
  path === of || path.startsWith(`${of}.`) || path.startsWith(`${of}[`);

/** The id of a field's control, so that a list of problems can lead to it. */
export const fieldId = (path: string): string => `field-${path.replace(/[^\w]+/g, '-')}`;
