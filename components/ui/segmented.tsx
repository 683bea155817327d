'use client';

import { type ReactNode, useId } from 'react';
import { classes } from '#components/ui/classes.ts';

type SegmentedProps<Value extends string> = {
  /** What is chosen, for screen readers. */
  label: string;
  options: readonly { value: Value; label: ReactNode }[];
  /** Null while none of them holds. */
  value: Value | null;
  onValueChange: (value: Value) => void;
  /** Why none can be chosen now: shown on hover and focus, and read out. Null or nothing lets them be pressed. */
  disabledReason?: string | null | undefined;
  className?: string | undefined;
};

/** A few presets side by side, at most one pressed. */
export function Segmented<Value extends string>({
  label,
  options,
  value,
  onValueChange,
  disabledReason,
  className,
}: SegmentedProps<Value>) {
  const reasonId = useId();
  const off = Boolean(disabledReason);
  return (
    // biome-ignore lint/a11y/useSemanticElements: a fieldset's legend can't stand in a toolbar's line
    <div
      role="group"
      aria-label={label}
      className={classes(
        'edge-forced inline-flex h-control overflow-hidden rounded-control border border-line-2 bg-surface',
        className,
      )}
    >
      {options.map((option) => (
        <button
          key={option.value}
          type="button"
          aria-pressed={option.value === value}
          aria-disabled={off || undefined}
          aria-describedby={off ? reasonId : undefined}
          data-tip={disabledReason || undefined}
          onClick={() => (off ? null : onValueChange(option.value))}
          className="ease-colour flex-1 whitespace-nowrap border-line border-r px-[9px] text-text-2 -outline-offset-2 last:border-r-0 hover:not-aria-disabled:bg-hover aria-disabled:cursor-not-allowed aria-disabled:not-aria-pressed:text-text-3 aria-pressed:bg-selected aria-pressed:font-medium aria-pressed:text-accent"
        >
          {option.label}
        </button>
      ))}
      {off ? (
        <span id={reasonId} hidden>
          {disabledReason}
        </span>
      ) : null}
    </div>
  );
}

type FilterChipsProps<Value extends string> = {
  label: string;
  options: readonly { value: Value; label: ReactNode; count?: string | undefined }[];
  value: Value;
  onValueChange: (value: Value) => void;
};

/** Filters with their counts, one pressed. They scroll sideways where they don't fit. */
export function FilterChips<Value extends string>({
  label,
  options,
  value,
  onValueChange,
}: FilterChipsProps<Value>) {
  return (
    // biome-ignore lint/a11y/useSemanticElements: see Segmented
    <div role="group" aria-label={label} className="scroll-quiet -m-1 flex min-w-0 gap-1 overflow-x-auto p-1">
      {options.map((option) => (
        <button
          key={option.value}
          type="button"
          aria-pressed={option.value === value}
          onClick={() => onValueChange(option.value)}
          className="ease-colour edge-forced inline-flex h-control-sm flex-none items-center gap-1.5 whitespace-nowrap rounded-full border border-line-2 bg-surface px-3 text-text-2 text-xs hover:bg-hover aria-pressed:border-accent-line aria-pressed:bg-selected aria-pressed:font-medium aria-pressed:text-accent md:px-[9px]"
        >
          {option.label}
          {option.count === undefined ? null : <span className="font-normal opacity-90">{option.count}</span>}
        </button>
      ))}
    </div>
  );
}
