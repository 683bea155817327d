'use client';

import { type ComponentProps, type ReactNode, useEffect, useId, useRef } from 'react';
import { classes } from '#components/ui/classes.ts';
import { FieldError } from '#components/ui/field';

const BOX =
  'peer size-6 flex-none appearance-none border-[1.5px] border-control bg-surface checked:border-accent checked:bg-accent indeterminate:border-accent indeterminate:bg-accent disabled:opacity-50 md:size-[15px]';

type CheckboxProps = Omit<ComponentProps<'input'>, 'type' | 'className' | 'onChange'> & {
  label: ReactNode;
  hideLabel?: boolean | undefined;
  hint?: ReactNode;
  /** Some, not all, of what it stands for. */
  mixed?: boolean | undefined;
  onCheckedChange?: ((checked: boolean) => void) | undefined;
};

export function Checkbox({
  label,
  hideLabel = false,
  hint,
  mixed = false,
  onCheckedChange,
  id,
  ...input
}: CheckboxProps) {
  const ownId = useId();
  const box = useRef<HTMLInputElement>(null);
  const inputId = id ?? ownId;
  // `indeterminate` exists as a property only; React has no attribute for it.
  useEffect(() => {
    if (box.current) box.current.indeterminate = mixed;
  }, [mixed]);
  return (
    <div className="flex items-start gap-2.5 md:gap-2">
      <span className="relative mt-px grid flex-none md:mt-0.5">
        <input
          {...input}
          ref={box}
          id={inputId}
          type="checkbox"
          aria-describedby={hint ? `${inputId}-hint` : undefined}
          onChange={(event) => onCheckedChange?.(event.target.checked)}
          className={classes(BOX, 'rounded-tag')}
        />
        <Tick mixed={mixed} />
      </span>
      <label htmlFor={inputId} className={hideLabel ? 'sr-only' : 'min-w-0 text-text-2'}>
        {label}
        {hint ? (
          <span id={`${inputId}-hint`} className="block text-text-3 text-xs">
            {hint}
          </span>
        ) : null}
      </label>
    </div>
  );
}

function Tick({ mixed }: { mixed: boolean }) {
  return (
    <svg
      aria-hidden="true"
      viewBox="0 0 16 16"
      fill="none"
      stroke="currentColor"
      strokeWidth="2.25"
      strokeLinecap="round"
      strokeLinejoin="round"
      className="pointer-events-none invisible absolute inset-0 m-auto size-3.5 text-on-accent peer-checked:visible peer-indeterminate:visible md:size-[11px]"
    >
      <path d={mixed ? 'M3.5 8h9' : 'm3 8.5 3.25 3.25L13 4.75'} />
    </svg>
  );
}

export type RadioOption<Value extends string> = {
  value: Value;
  label: ReactNode;
  hint?: ReactNode;
  disabled?: boolean | undefined;
};

type RadioGroupProps<Value extends string> = {
  legend: ReactNode;
  hideLegend?: boolean | undefined;
  hint?: ReactNode;
  error?: ReactNode;
  options: readonly RadioOption<Value>[];
  value: Value | null;
  onValueChange: (value: Value) => void;
  /** Beside each other instead of one under the other. */
  inline?: boolean | undefined;
};

/** One of a few, each with its explanation. Native radios, so arrows and forms work as everywhere. */
export function RadioGroup<Value extends string>({
  legend,
  hideLegend = false,
  hint,
  error,
  options,
  value,
  onValueChange,
  inline = false,
}: RadioGroupProps<Value>) {
  const id = useId();
  return (
    <fieldset
      className="min-w-0"
      aria-describedby={classes(hint ? `${id}-hint` : null, error ? `${id}-error` : null) || undefined}
    >
      <legend className={hideLegend ? 'sr-only' : 'mb-1.5 font-medium'}>{legend}</legend>
      {hint ? (
        <p id={`${id}-hint`} className="mb-2 text-text-3 text-xs">
          {hint}
        </p>
      ) : null}
      <div className={inline ? 'flex flex-wrap gap-x-5 gap-y-2' : 'grid gap-2'}>
        {options.map((option) => (
          <Radio
            key={option.value}
            group={id}
            option={option}
            checked={option.value === value}
            onPick={onValueChange}
          />
        ))}
      </div>
      <FieldError id={`${id}-error`}>{error}</FieldError>
    </fieldset>
  );
}

type RadioProps<Value extends string> = {
  group: string;
  option: RadioOption<Value>;
  checked: boolean;
  onPick: (value: Value) => void;
};

function Radio<Value extends string>({ group, option, checked, onPick }: RadioProps<Value>) {
  const id = `${group}-${option.value}`;
  return (
    <div className="flex items-start gap-2.5 md:gap-2">
      <span className="relative mt-px grid flex-none md:mt-0.5">
        <input
          id={id}
          type="radio"
          name={group}
          value={option.value}
          checked={checked}
          disabled={option.disabled}
          aria-describedby={option.hint ? `${id}-hint` : undefined}
          onChange={() => onPick(option.value)}
          className={classes(BOX, 'rounded-full')}
        />
        <span
          aria-hidden="true"
          className="pointer-events-none invisible absolute inset-0 m-auto size-2 rounded-full bg-on-accent peer-checked:visible md:size-1.5"
        />
      </span>
      <label htmlFor={id} className="min-w-0">
        {option.label}
        {option.hint ? (
          <span id={`${id}-hint`} className="block text-text-3 text-xs">
            {option.hint}
          </span>
        ) : null}
      </label>
    </div>
  );
}
