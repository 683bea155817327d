import { type Draft, draftOf, UNTITLED } from '#components/new-incident/draft.ts';
import { type ApiError, apiErrorOf } from '#components/query/api.ts';
import type { DraftPlan, IncidentView } from '#lib/incident/incident';

/** What is sent: the whole draft, so that a save that was lost is made good by the next. */
export type DraftBody = {
  title: string;
  plan: DraftPlan;
  archiveId?: string;
  liveStoreId?: string;
  editionId?: string;
};

/** Saves the draft as a new incident (`number` null) or into one, and answers what the server makes of it. */
export type SaveDraft = (number: number | null, body: DraftBody) => Promise<IncidentView>;

export type DraftSnapshot = {
  readonly draft: Draft;
  /** The incident as the server has it; null before the first save. */
  readonly view: IncidentView | null;
  readonly state: 'clean' | 'waiting' | 'saving' | 'failed';
  readonly error: ApiError | null;
};

/** A draft that saves itself a moment after each change, one save at a time. */
export class DraftStore {
  readonly #save: SaveDraft;
  readonly #delayMs: number;
  readonly #listeners = new Set<() => void>();
  #now: DraftSnapshot;
  #timer: ReturnType<typeof setTimeout> | null = null;
  #running: Promise<void> | null = null;

  constructor(first: { draft: Draft; view: IncidentView | null }, save: SaveDraft, delayMs = 500) {
    this.#now = { ...first, state: 'clean', error: null };
    this.#save = save;
    this.#delayMs = delayMs;
  }

  readonly edit = (change: (draft: Draft) => Draft): void => {
    const draft = change(this.#now.draft);
    // A proposal that changes nothing must not be saved: a changed plan takes back approvals.
    if (JSON.stringify(draft) === JSON.stringify(this.#now.draft)) return;
    this.#set({ draft, state: this.#now.state === 'saving' ? 'saving' : 'waiting' });
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#timer = setTimeout(() => void this.flush(), this.#delayMs);
  };

  /** Saves now what is not saved; answers the incident, or null when saving failed. */
  readonly flush = async (): Promise<IncidentView | null> => {
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#timer = null;
    while (this.#running !== null) await this.#running;
    while (this.#now.view === null || this.#now.state !== 'clean') {
      this.#running = this.#saveOnce();
      await this.#running;
      this.#running = null;
      if (this.#isFailed()) return null;
    }
    return this.#now.view;
  };

  readonly snapshot = (): DraftSnapshot => this.#now;

  readonly subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  };

  // Asked by a call: the state changes while a save is awaited, which the compiler does not see of a field.
  #isFailed(): boolean {
    return this.#now.state === 'failed';
  }

  #set(change: Partial<DraftSnapshot>): void {
    this.#now = { ...this.#now, ...change };
    for (const listener of this.#listeners) listener();
  }

  async #saveOnce(): Promise<void> {
    const sent = this.#now.draft;
    this.#set({ state: 'saving' });
    try {
      const view = await this.#save(this.#now.view?.number ?? null, bodyOf(sent));
      // What was typed meanwhile is newer than the answer: it stays, and is saved next.
      const draft = this.#now.draft === sent ? settled(sent, view) : this.#now.draft;
      this.#set({ view, error: null, state: this.#now.draft === sent ? 'clean' : 'waiting', draft });
    } catch (thrown) {
      this.#set({ state: 'failed', error: apiErrorOf(thrown) });
    }
  }
}

function bodyOf(draft: Draft): DraftBody {
  return {
    title: draft.title.trim() === '' ? UNTITLED : draft.title,
    plan: draft.plan,
    ...(draft.archiveId === null ? {} : { archiveId: draft.archiveId }),
    ...(draft.liveStoreId === null ? {} : { liveStoreId: draft.liveStoreId }),
    ...(draft.editionId === null ? {} : { editionId: draft.editionId }),
  };
}

/** The draft after a save: the server may have filled in what it knows itself, such as the archive's place. */
const settled = (sent: Draft, view: IncidentView): Draft => ({ ...draftOf(view), title: sent.title });
