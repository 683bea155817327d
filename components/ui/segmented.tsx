'use client';

import type { ReactNode } from 'react';
import { classes } from '#components/ui/classes.ts';

type SegmentedProps<Value extends string> = {
  /** What is chosen, for screen readers. */
  label: string;
  options: readonly { value: Value; label: ReactNode }[];
  /** Null while none of them holds. */
  value: Value | null;
  onValueChange: (value: Value) => void;
  className?: string | undefined;
};

/** A few presets side by side, at most one pressed. */
export function Segmented<Value extends string>({
  label,
  options,
  value,
  onValueChange,
  className,
}: SegmentedProps<Value>) {
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
          onClick={() => onValueChange(option.value)}
          className="ease-colour flex-1 whitespace-nowrap border-line border-r px-[9px] text-text-2 -outline-offset-2 last:border-r-0 hover:bg-hover aria-pressed:bg-selected aria-pressed:font-medium aria-pressed:text-accent"
        >
          {option.label}
        </button>
      ))}
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
