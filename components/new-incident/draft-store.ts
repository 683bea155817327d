import { type Draft, draftOf, UNTITLED } from '#components/new-incident/draft.ts';
import { type ApiError, apiErrorOf } from '#components/query/api.ts';
import type { DraftPlan, IncidentView } from '#lib/incident/incident';

/** What is sent: the whole draft, so that a save that was lost is made good by the next. */
export type DraftBody = { title: string; plan: DraftPlan; archiveId?: string; liveStoreId?: string };

/** Saves the draft as a new incident (`number` null) or into one, and answers what the server makes of it. */
export type SaveDraft = (number: number | null, body: DraftBody) => Promise<IncidentView>;

export type DraftSnapshot = {
  readonly draft: Draft;
  /** The incident as the server has it; null before the first save. */
  readonly view: IncidentView | null;
  readonly state: 'clean' | 'waiting' | 'saving' | 'failed';
  readonly error: ApiError | null;
};

export type DraftStore = {
  readonly edit: (change: (draft: Draft) => Draft) => void;
  /** Saves now what is not saved; answers the incident, or null when saving failed. */
  readonly flush: () => Promise<IncidentView | null>;
  readonly snapshot: () => DraftSnapshot;
  readonly subscribe: (listener: () => void) => () => void;
};

/** A draft that saves itself a moment after each change, one save at a time. */
export function createDraftStore(
  first: { draft: Draft; view: IncidentView | null },
  save: SaveDraft,
  delayMs = 500,
): DraftStore {
  let now: DraftSnapshot = { ...first, state: 'clean', error: null };
  let timer: ReturnType<typeof setTimeout> | null = null;
  let running: Promise<void> | null = null;
  const listeners = new Set<() => void>();

  function set(change: Partial<DraftSnapshot>): void {
    now = { ...now, ...change };
    for (const listener of listeners) listener();
  }

  async function saveOnce(): Promise<void> {
    const sent = now.draft;
    set({ state: 'saving' });
    try {
      const view = await save(now.view?.number ?? null, bodyOf(sent));
      // What was typed meanwhile is newer than the answer: it stays, and is saved next.
      const unchanged = now.draft === sent;
      set({
        view,
        error: null,
        state: unchanged ? 'clean' : 'waiting',
        draft: unchanged ? settled(sent, view) : now.draft,
      });
    } catch (thrown) {
      set({ state: 'failed', error: apiErrorOf(thrown) });
    }
  }

  async function flush(): Promise<IncidentView | null> {
    if (timer !== null) clearTimeout(timer);
    timer = null;
    while (running !== null) await running;
    while (now.state === 'waiting' || now.state === 'failed' || now.view === null) {
      running = saveOnce();
      await running;
      running = null;
      if (snapshotState() === 'failed') return null;
    }
    return now.view;
  }
  const snapshotState = (): DraftSnapshot['state'] => now.state;

  return {
    edit: (change) => {
      const draft = change(now.draft);
      // A proposal that changes nothing must not be saved: a changed plan takes back approvals.
      if (JSON.stringify(draft) === JSON.stringify(now.draft)) return;
      set({ draft, state: now.state === 'saving' ? 'saving' : 'waiting' });
      if (timer !== null) clearTimeout(timer);
      timer = setTimeout(() => void flush(), delayMs);
    },
    flush,
    snapshot: () => now,
    subscribe: (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
  };
}

function bodyOf(draft: Draft): DraftBody {
  return {
    title: draft.title.trim() === '' ? UNTITLED : draft.title,
    plan: draft.plan,
    ...(draft.archiveId === null ? {} : { archiveId: draft.archiveId }),
    ...(draft.liveStoreId === null ? {} : { liveStoreId: draft.liveStoreId }),
  };
}

/** The draft after a save: the server may have filled in what it knows itself, such as the archive's place. */
const settled = (sent: Draft, view: IncidentView): Draft => ({ ...draftOf(view), title: sent.title });
