'use client';

import {
  type ComponentProps,
  type KeyboardEvent,
  type RefObject,
  useCallback,
  useEffect,
  useRef,
  useState,
} from 'react';

// What floats over a page is a third of a page's script, and no first look needs it: it is loaded when it is first
// pressed. Pointing at a control or focusing it begins that, so that the press itself seldom waits.

type Load<Part> = () => Promise<Part>;

/** Loads once `wanted`; null until it is there. Where it can't be loaded, the page's own error screen says so. */
export function useWhen<Part extends object>(wanted: boolean, load: Load<Part>): Part | null {
  const [part, setPart] = useState<Part | null>(null);
  useEffect(() => {
    if (!wanted || part !== null) return;
    let isLeft = false;
    load().then(
      (loaded) => {
        if (!isLeft) setPart(loaded);
      },
      (error: unknown) => {
        if (isLeft) return;
        setPart(() => {
          throw error;
        });
      },
    );
    return () => {
      isLeft = true;
    };
  }, [wanted, part, load]);
  return part;
}

type Late<Part> = {
  /** Null until the first press. */
  readonly part: Part | null;
  /** For the control that stands in until then. */
  readonly standIn: Pick<
    ComponentProps<'button'>,
    'onClick' | 'onKeyDown' | 'onFocus' | 'onPointerEnter' | 'aria-expanded' | 'aria-busy'
  >;
  /** For the control that takes its place: the press that it was loaded for is passed on to it. */
  readonly pressed: RefObject<HTMLButtonElement | null>;
};

/** A control whose popup is loaded at its first press. */
export function useLate<Part extends object>(load: Load<Part>): Late<Part> {
  const [wanted, setWanted] = useState(false);
  const part = useWhen(wanted, load);
  const pressed = useRef<HTMLButtonElement>(null);
  useEffect(() => {
    if (part === null) return;
    pressed.current?.focus({ preventScroll: true });
    pressed.current?.click();
  }, [part]);
  const warm = useCallback(() => void load().catch(() => undefined), [load]);
  const onKeyDown = useCallback((event: KeyboardEvent) => {
    if (event.key !== 'ArrowDown' && event.key !== 'ArrowUp') return;
    event.preventDefault();
    setWanted(true);
  }, []);
  return {
    part,
    standIn: {
      onClick: () => setWanted(true),
      onKeyDown,
      onFocus: warm,
      onPointerEnter: warm,
      'aria-expanded': false,
      'aria-busy': wanted || undefined,
    },
    pressed,
  };
}
