'use client';

import { useEffect, useId, useRef, useState } from 'react';
import { formatTyped, parseTyped } from '#components/timeline/zone.ts';
import { classes } from '#components/ui/classes.ts';
import { CONTROL_FRAME } from '#components/ui/field';
import { Icon } from '#components/ui/icon';
import type { Interval } from '#lib/base/instant';

type WindowInputsProps = {
  window: Interval | null;
  zone: string;
  onChoose: (window: Interval) => void;
};

type Texts = { readonly from: string; readonly to: string };
type Wrong = { readonly side: 'from' | 'to'; readonly message: string };

const textsOf = (window: Interval | null, zone: string): Texts =>
  window === null
    ? { from: '', to: '' }
    : { from: formatTyped(window.from, zone), to: formatTyped(window.to, zone) };

/**
 * The window as two typed times. Taken over with Enter or on leaving, as soon as both make a window: moving it to
 * another day means typing the start first, which may pass the old end for a moment.
 */
export function WindowInputs({ window, zone, onChoose }: WindowInputsProps) {
  const [texts, setTexts] = useState(() => textsOf(window, zone));
  const [wrong, setWrong] = useState<Wrong | null>(null);
  const errorId = useId();
  const shown = textsOf(window, zone);
  // A drag, a preset or another zone: what was half typed is given up for what is chosen now.
  useEffect(() => {
    setTexts({ from: shown.from, to: shown.to });
    setWrong(null);
  }, [shown.from, shown.to]);

  const take = (side: 'from' | 'to') => {
    if (texts.from === shown.from && texts.to === shown.to) return setWrong(null);
    const from = parseTyped(texts.from, zone, window?.from ?? null);
    const to = parseTyped(texts.to, zone, from.ok ? from.at : (window?.to ?? null));
    const own = side === 'from' ? from : to;
    if (!own.ok)
      return setWrong(texts[side].trim() === '' && window === null ? null : { side, message: own.message });
    if (!from.ok || !to.ok) return setWrong(null);
    if (from.at >= to.at) return setWrong({ side, message: ORDER[side] });
    setWrong(null);
    setTexts(textsOf({ from: from.at, to: to.at }, zone));
    onChoose({ from: from.at, to: to.at });
  };
  const revert = () => {
    setTexts(shown);
    setWrong(null);
  };
  const input = (side: 'from' | 'to') => (
    <TimeInput
      label={side === 'from' ? 'From' : 'To'}
      hint={side === 'from' ? 'Included.' : 'Not included.'}
      value={texts[side]}
      invalid={wrong?.side === side}
      errorId={errorId}
      onType={(text) => setTexts({ ...texts, [side]: text })}
      onTake={() => take(side)}
      onRevert={revert}
    />
  );
  return (
    <div className="relative flex min-w-0 flex-wrap items-center gap-1.5 max-md:w-full">
      {input('from')}
      <span aria-hidden="true" className="text-text-3 max-md:hidden">
        –
      </span>
      {input('to')}
      <div id={errorId} role="status" className={wrong === null ? 'sr-only' : ERROR}>
        {wrong === null ? null : (
          <>
            <Icon name="stop" size={14} className="mt-px" />
            <span>{wrong.message}</span>
          </>
        )}
      </div>
    </div>
  );
}

const ORDER = {
  from: 'The start is not before the end. Type the end too.',
  to: 'The end is not after the start. Type the start too.',
} as const;

/** Over what is below, so that nothing jumps. */
const ERROR =
  'absolute top-full left-0 z-20 mt-1 flex max-w-full gap-1.5 rounded-control-sm border border-danger-line bg-surface px-2 py-1.5 text-danger text-xs shadow-pop';

type TimeInputProps = {
  label: string;
  hint: string;
  value: string;
  invalid: boolean;
  errorId: string;
  onType: (text: string) => void;
  onTake: () => void;
  onRevert: () => void;
};

function TimeInput({ label, hint, value, invalid, errorId, onType, onTake, onRevert }: TimeInputProps) {
  const id = useId();
  // Escape leaves the field as it was; the blur that may follow must not take the text over after all.
  const given = useRef(false);
  return (
    <div className={classes(CONTROL_FRAME, 'h-control max-md:basis-full')}>
      <label htmlFor={id} className="flex-none text-text-3 text-xs">
        {label}
      </label>
      <input
        id={id}
        type="text"
        inputMode="text"
        autoComplete="off"
        spellCheck={false}
        value={value}
        placeholder="YYYY-MM-DD hh:mm"
        aria-invalid={invalid || undefined}
        aria-describedby={`${errorId} ${id}-hint`}
        onChange={(event) => {
          given.current = false;
          onType(event.target.value);
        }}
        onBlur={() => {
          if (!given.current) onTake();
        }}
        onKeyDown={(event) => {
          if (event.key === 'Enter') onTake();
          if (event.key === 'Escape') {
            given.current = true;
            onRevert();
          }
        }}
        className="h-full w-full min-w-0 bg-transparent font-mono text-[1rem] outline-none md:w-[17ch] md:text-[0.77rem]"
      />
      <span id={`${id}-hint`} className="sr-only">
        {hint}
      </span>
    </div>
  );
}
