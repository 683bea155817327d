'use client';

import { useEffect, useRef } from 'react';

/** By `KeyboardEvent.key`: `{ j: next, Enter: open }`. */
export type Shortcuts = Readonly<Record<string, () => void>>;

/** Where a key is text, or answers a question in front of the page. */
const TAKEN =
  'input:not([type="checkbox"]), textarea, select, [contenteditable="true"], [role="dialog"], [role="menu"], [role="listbox"]';

/**
 * Single keys for the whole page, while it is shown. They keep still where something is typed or asked, with a
 * modifier, and while a dialog is open. Each must also be reachable without the key.
 */
export function useShortcuts(shortcuts: Shortcuts): void {
  const latest = useRef(shortcuts);
  useEffect(() => {
    latest.current = shortcuts;
  });
  useEffect(() => {
    const press = (event: KeyboardEvent) => {
      if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey || event.isComposing)
        return;
      const run = latest.current[event.key];
      if (run === undefined) return;
      if (event.target instanceof Element && event.target.closest(TAKEN) !== null) return;
      if (document.querySelector('[data-modal]') !== null) return;
      event.preventDefault();
      run();
    };
    document.addEventListener('keydown', press);
    return () => document.removeEventListener('keydown', press);
  }, []);
}
