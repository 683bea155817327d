'use client';

import { type ReactNode, useLayoutEffect, useRef, useState } from 'react';
import { createPortal } from 'react-dom';

/**
 * What stands at one place of a page or another, by its width, and stays the same all the while: moved, not made anew,
 * so that what was typed into it is still there when a tablet is turned. Gives it, to be rendered once wherever it is,
 * and the place for it, to be rendered where it is to stand.
 */
export function useMovable(children: ReactNode): { readonly content: ReactNode; readonly place: ReactNode } {
  const [box] = useState(makeBox);
  if (box === null) return { content: null, place: null };
  return { content: createPortal(children, box), place: <Place box={box} /> };
}

/** Null on the server. */
function makeBox(): HTMLElement | null {
  if (typeof document === 'undefined') return null;
  const box = document.createElement('div');
  box.className = 'contents';
  return box;
}

function Place({ box }: { box: HTMLElement }) {
  const place = useRef<HTMLDivElement>(null);
  useLayoutEffect(() => place.current?.append(box), [box]);
  return <div ref={place} className="contents" />;
}
