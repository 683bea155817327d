'use client';

import { createContext, type ReactNode, useContext, useMemo, useState, useSyncExternalStore } from 'react';
import { type Draft, isLater, isUnder, type Missing } from '#components/new-incident/draft.ts';
import { type DraftBody, type DraftSnapshot, DraftStore } from '#components/new-incident/draft-store.ts';
import { toldProblem, valueAt } from '#components/new-incident/problem-words.ts';
import { type SetUpCheck, useSetUpCheck } from '#components/new-incident/use-set-up-check.ts';
import { postJson } from '#components/query/api.ts';
import type { IncidentView } from '#lib/incident/incident';

type DraftContext = DraftSnapshot & {
  /** What the set-up still needs, told by the page's own names. What belongs to the timeline is left out. */
  readonly missing: readonly Missing[];
  /** Whether what is complete was held against the archive and the live table; what does not fit is in `missing`. */
  readonly check: SetUpCheck['state'];
  readonly edit: DraftStore['edit'];
  readonly flush: DraftStore['flush'];
  /** What is wrong with a field, once the operator has been there, or has asked to go on. */
  readonly errorAt: (path: string) => ReactNode;
  readonly touch: (path: string) => void;
  readonly showAll: () => void;
};

/** What a press takes. A word that came under a field before the pointer is up again would move what is pressed. */
const PRESS_MS = 150;

const Context = createContext<DraftContext | null>(null);

const saveDraft = (number: number | null, body: DraftBody): Promise<IncidentView> =>
  number === null
    ? postJson<IncidentView>('/api/v1/incidents', body)
    : postJson<IncidentView>(`/api/v1/incidents/INC-${number}`, body, { method: 'PATCH' });

/** Holds a draft and what the server says of it. */
export function DraftProvider({
  draft,
  view,
  children,
}: {
  draft: Draft;
  view: IncidentView | null;
  children: ReactNode;
}) {
  const [store] = useState(() => new DraftStore({ draft, view }, saveDraft));
  const snapshot = useSyncExternalStore(store.subscribe, store.snapshot, store.snapshot);
  const [touched, setTouched] = useState<ReadonlySet<string>>(new Set());
  const [all, setAll] = useState(false);
  const check = useSetUpCheck(snapshot.view);
  const context = useMemo<DraftContext>(() => {
    const { view, draft } = snapshot;
    const missing = [...(view?.missing ?? []), ...check.problems]
      .filter((one) => !isLater(one.path))
      .map((one) => toldProblem(one, view?.plan ?? {}));
    return {
      ...snapshot,
      missing,
      check: check.state,
      edit: store.edit,
      flush: store.flush,
      errorAt: (path) => {
        if (!all && !touched.has(path)) return null;
        const own = problemAt(missing, path);
        // What was said of the old value is not said of a new one: the server has not looked at it yet.
        if (own === undefined || !isSame(draft, view, own.path)) return null;
        return `${own.message} ${own.fix}`;
      },
      touch: (path) => {
        setTimeout(() => setTouched((old) => (old.has(path) ? old : new Set(old).add(path))), PRESS_MS);
      },
      showAll: () => setAll(true),
    };
  }, [snapshot, store, touched, all, check.state, check.problems]);
  return <Context value={context}>{children}</Context>;
}

export function useDraft(): DraftContext {
  const context = useContext(Context);
  if (context === null) throw new Error('useDraft() stands outside of DraftProvider');
  return context;
}

const problemAt = (missing: readonly Missing[], path: string): Missing | undefined =>
  missing.find((one) => one.path === path) ?? missing.find((one) => isUnder(one.path, path));

/** Whether a field stands in the draft as the server saw it. */
const isSame = (draft: Draft, view: IncidentView | null, path: string): boolean =>
  JSON.stringify(valueAt(draft.plan, path)) === JSON.stringify(valueAt(view?.plan ?? {}, path));
