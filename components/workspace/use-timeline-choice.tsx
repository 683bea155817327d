'use client';

import { useSearchParams } from 'next/navigation';
import { createContext, type ReactNode, useContext, useEffect, useMemo, useRef, useState } from 'react';
import { sameWindow } from '#components/timeline/brush.ts';
import type { View } from '#components/timeline/view.ts';
import {
  readTimelineUrl,
  type TimelineUrl,
  withParams,
  writeTimelineUrl,
} from '#components/timeline/window-url.ts';
import { Bug } from '#lib/base/failure';
import type { Interval } from '#lib/base/instant';
import type { Clock } from '#lib/window/window';

/** Safari refuses more than about three changes of the address a second. */
const REPLACE_AFTER_MS = 350;

/** What the operator looks at and has selected: kept over the stages, in the address of those that show it. */
export type TimelineChoice = {
  readonly window: Interval | null;
  readonly view: View | null;
  readonly zone: string;
  readonly clock: Clock;
};

type Choosing = TimelineChoice & {
  /** Sets the window and remembers the one before for undo. `push` makes a step for the browser's Back. */
  readonly choose: (window: Interval, how: 'push' | 'replace') => void;
  readonly undo: () => void;
  readonly canUndo: boolean;
  readonly show: (change: Partial<Pick<TimelineChoice, 'view' | 'zone' | 'clock'>>) => void;
  /** Writes the present choice into the address, where a stage is opened without it. */
  readonly writeAddress: () => void;
  /** Called right before another page is opened by code: what waits to be written here is not written any more. */
  readonly leave: () => void;
  /** `?from=…&to=…`: what links between stages carry. */
  readonly search: string;
};

const ChoiceContext = createContext<Choosing | null>(null);

export function useTimelineChoice(): Choosing {
  const choosing = useContext(ChoiceContext);
  if (choosing === null) throw new Bug('useTimelineChoice() needs a workspace around it');
  return choosing;
}

const urlOf = (choice: TimelineChoice): string => withParams('', writeTimelineUrl(choice));

type ProviderProps = {
  planned: { readonly window: Interval | null; readonly clock: Clock };
  children: ReactNode;
};

type State = { readonly choice: TimelineChoice; readonly past: readonly Interval[] };

export function TimelineChoiceProvider({ planned, children }: ProviderProps) {
  const params = useSearchParams();
  const [state, setState] = useState<State>(() => ({
    choice: fromUrl(readTimelineUrl(params), planned),
    past: [],
  }));
  // Two changes in one event must build on each other, not both on what was last drawn.
  const latest = useRef(state);
  const written = useRef<string | null>(null);
  const timer = useRef<ReturnType<typeof setTimeout> | undefined>(undefined);

  // The address changed by itself: Back, Forward, or a link. What this page wrote comes back here too, and is known.
  useEffect(() => {
    const url = readTimelineUrl(params);
    if (url.window === null || written.current === urlKey(url)) return;
    written.current = urlKey(url);
    const { choice, past } = latest.current;
    latest.current = {
      past,
      choice: {
        window: sameWindow(choice.window, url.window) ? choice.window : url.window,
        view: url.view ?? choice.view,
        zone: url.zone ?? 'UTC',
        clock: url.clock ?? 'time',
      },
    };
    setState(latest.current);
  }, [params]);
  const acts = useMemo(() => {
    const write = (how: 'push' | 'replace' | 'now') => {
      clearTimeout(timer.current);
      const put = () => {
        timer.current = undefined;
        const { choice } = latest.current;
        written.current = urlKey(choice);
        const search = withParams(window.location.search, writeTimelineUrl(choice));
        if (search === window.location.search) return;
        const address = `${window.location.pathname}${search}`;
        if (how === 'push') window.history.pushState(null, '', address);
        else window.history.replaceState(null, '', address);
      };
      if (how !== 'replace') put();
      else timer.current = setTimeout(put, REPLACE_AFTER_MS);
    };
    const change = (part: Partial<TimelineChoice>, past: readonly Interval[], how: 'push' | 'replace') => {
      latest.current = { choice: { ...latest.current.choice, ...part }, past };
      setState(latest.current);
      write(how);
    };
    return {
      choose: (next: Interval, how: 'push' | 'replace') => {
        const { choice, past } = latest.current;
        if (sameWindow(choice.window, next)) return;
        change({ window: next }, choice.window === null ? past : [...past, choice.window], how);
      },
      undo: () => {
        const before = latest.current.past.at(-1);
        if (before !== undefined) change({ window: before }, latest.current.past.slice(0, -1), 'replace');
      },
      show: (part: Partial<Pick<TimelineChoice, 'view' | 'zone' | 'clock'>>) =>
        change(part, latest.current.past, 'replace'),
      writeAddress: () => write('replace'),
      /** Writes at once what waits to be written. */
      flush: () => {
        if (timer.current !== undefined) write('now');
      },
      leave: () => clearTimeout(timer.current),
    };
  }, []);
  // A press may open another page, and an address written meanwhile would call that off.
  useEffect(() => {
    document.addEventListener('click', acts.flush, { capture: true });
    return () => {
      document.removeEventListener('click', acts.flush, { capture: true });
      acts.leave();
    };
  }, [acts]);

  const { choice, past } = state;
  const choosing = useMemo<Choosing>(
    () => ({ ...choice, ...acts, canUndo: past.length > 0, search: urlOf({ ...choice, view: null }) }),
    [choice, past, acts],
  );
  return <ChoiceContext value={choosing}>{children}</ChoiceContext>;
}

/** What of an address and a choice must agree for them to be the same. */
const urlKey = (url: Partial<TimelineUrl>): string =>
  withParams('', writeTimelineUrl({ ...url, zone: url.zone ?? 'UTC' }));

function fromUrl(url: TimelineUrl, planned: ProviderProps['planned']): TimelineChoice {
  return {
    window: url.window ?? planned.window,
    view: url.view,
    zone: url.zone ?? 'UTC',
    // An address that names a window and no clock means the usual one, whatever the plan says.
    clock: url.clock ?? (url.window === null ? planned.clock : 'time'),
  };
}
