'use client';

import { useEffect, useRef } from 'react';

const HOVER_MS = 400;
/** Time to move from what it belongs to onto the tip itself, which then stays. */
const LEAVE_MS = 120;
const GAP_PX = 6;
const EDGE_PX = 8;

/**
 * The one tip of the page. Whatever carries `data-tip="words"` shows them on hover and on keyboard focus; Escape,
 * a press or scrolling puts them away. A press on what can't be pressed now shows why, also by touch, which has no
 * hover. It is for the eye only: the element's name or description says the same to a screen reader.
 */
export function TipLayer() {
  const layer = useRef<HTMLDivElement>(null);
  useEffect(() => (layer.current === null ? undefined : attachTips(layer.current)), []);
  return (
    <div
      ref={layer}
      aria-hidden="true"
      popover="manual"
      className="fixed inset-auto m-0 max-w-72 rounded-control-sm bg-text px-2 py-1 text-bg text-xs shadow-pop"
    />
  );
}

/** Listens on the whole document, since tips come and go with what is on the page. Gives the way to stop it. */
function attachTips(tip: HTMLDivElement): () => void {
  let owner: Element | null = null;
  let timer: ReturnType<typeof setTimeout> | undefined;
  const hide = () => {
    clearTimeout(timer);
    owner = null;
    if (tip.matches(':popover-open')) tip.hidePopover();
  };
  const show = (element: Element) => {
    const words = element.getAttribute('data-tip');
    if (!words || !element.isConnected) return hide();
    tip.textContent = words;
    if (!tip.matches(':popover-open')) tip.showPopover();
    place(tip, element);
  };
  const over = (event: PointerEvent) => {
    if (event.pointerType !== 'mouse' || !(event.target instanceof Element)) return;
    const element = event.target.closest('[data-tip]');
    const staying = element === null ? tip.contains(event.target) : element === owner;
    if (staying) {
      // back on it, or on the tip: the leaving is off; while the tip is still to come, it comes
      if (tip.matches(':popover-open')) clearTimeout(timer);
      return;
    }
    if (element === null && tip.matches(':popover-open')) {
      clearTimeout(timer);
      timer = setTimeout(hide, LEAVE_MS);
      return;
    }
    hide();
    if (element === null) return;
    owner = element;
    timer = setTimeout(() => show(element), HOVER_MS);
  };
  const focus = (event: FocusEvent) => {
    const element = event.target instanceof Element ? event.target.closest('[data-tip]') : null;
    hide();
    if (element === null || !element.matches(':focus-visible')) return;
    owner = element;
    show(element);
  };
  const press = (event: MouseEvent) => {
    const element =
      event.target instanceof Element ? event.target.closest('[data-tip][aria-disabled="true"]') : null;
    if (element === null) return;
    hide();
    owner = element;
    show(element);
  };
  const key = (event: KeyboardEvent) => {
    if (event.key === 'Escape') hide();
  };
  const stop = new AbortController();
  const { signal } = stop;
  document.addEventListener('pointerover', over, { signal });
  document.addEventListener('pointerdown', hide, { signal });
  document.addEventListener('click', press, { signal });
  document.addEventListener('focusin', focus, { signal });
  document.addEventListener('focusout', hide, { signal });
  document.addEventListener('keydown', key, { signal });
  document.addEventListener('scroll', hide, { signal, capture: true, passive: true });
  return () => {
    hide();
    stop.abort();
  };
}

/** Above what it belongs to, below where there is no room; never over the edge of the window. */
function place(tip: HTMLElement, element: Element): void {
  const [at, size] = [element.getBoundingClientRect(), tip.getBoundingClientRect()];
  const above = at.top - size.height - GAP_PX;
  const left = at.left + (at.width - size.width) / 2;
  tip.style.top = `${above >= EDGE_PX ? above : at.bottom + GAP_PX}px`;
  tip.style.left = `${Math.max(EDGE_PX, Math.min(left, window.innerWidth - size.width - EDGE_PX))}px`;
}
