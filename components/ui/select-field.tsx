'use client';

import { useId } from 'react';
import { classes } from '#components/ui/classes.ts';
import { Field, type FieldText } from '#components/ui/field';
import { SELECT_LOOK, SelectArrow, type SelectOption } from '#components/ui/select-look';
import { useLate } from '#components/ui/use-late.ts';

type SelectFieldProps<Value extends string> = FieldText & {
  options: readonly SelectOption<Value>[];
  value: Value | null;
  onValueChange: (value: Value) => void;
  /** Shown while nothing is chosen. */
  placeholder?: string | undefined;
  disabled?: boolean | undefined;
  mono?: boolean | undefined;
  id?: string | undefined;
};

const load = () => import('#components/ui/select-frame');

/** One of several. A button named by its label; arrows, typing ahead, Home and End work in the list. */
export function SelectField<Value extends string>({
  label,
  hint,
  error,
  hideLabel,
  className,
  options,
  value,
  onValueChange,
  placeholder = 'Choose',
  disabled = false,
  mono = false,
  id,
}: SelectFieldProps<Value>) {
  const ownId = useId();
  const { part, standIn, pressed } = useLate(load);
  const chosen = options.find((option) => option.value === value);
  return (
    <Field
      id={id ?? ownId}
      label={label}
      hint={hint}
      error={error}
      hideLabel={hideLabel}
      className={className}
    >
      {(wiring) =>
        part === null ? (
          <button
            {...wiring}
            {...standIn}
            type="button"
            role="combobox"
            aria-haspopup="listbox"
            aria-expanded={false}
            disabled={disabled}
            data-disabled={disabled ? '' : undefined}
            className={classes(SELECT_LOOK, mono && 'font-mono')}
          >
            <span className={classes('min-w-0 flex-1 truncate', value === null && 'text-text-3')}>
              {value === null ? placeholder : (chosen?.label ?? value)}
            </span>
            <SelectArrow />
          </button>
        ) : (
          <part.SelectFrame
            wiring={wiring}
            triggerRef={pressed}
            options={options}
            value={value}
            onValueChange={onValueChange}
            placeholder={placeholder}
            disabled={disabled}
            mono={mono}
          />
        )
      }
    </Field>
  );
}
