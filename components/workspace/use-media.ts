'use client';

import { useSyncExternalStore } from 'react';

/** Where the layout changes, as app/globals.css has it. */
export const AT_DESK = '(width > 56.25rem)';
export const WIDE = '(width >= 73.8125rem)';

/** Whether a media query holds, followed as it changes; a desk on the server. */
export function useMedia(query: string): boolean {
  return useSyncExternalStore(
    (changed) => {
      const list = window.matchMedia(query);
      list.addEventListener('change', changed);
      return () => list.removeEventListener('change', changed);
    },
    () => window.matchMedia(query).matches,
    () => true,
  );
}
