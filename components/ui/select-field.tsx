'use client';

import { Select } from '@base-ui/react/select';
import { useId } from 'react';
import { classes } from '#components/ui/classes.ts';
import { Field, type FieldText } from '#components/ui/field';
import { Icon } from '#components/ui/icon';
import { POPUP, POPUP_ITEM } from '#components/ui/popup-look.ts';

export type SelectOption<Value extends string> = {
  value: Value;
  label: string;
  /** A second line in the list: a type, an example. */
  detail?: string | undefined;
  disabled?: boolean | undefined;
};

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
  return (
    <Field
      id={id ?? ownId}
      label={label}
      hint={hint}
      error={error}
      hideLabel={hideLabel}
      className={className}
    >
      {(wiring) => (
        <Select.Root
          items={options}
          value={value}
          disabled={disabled}
          modal={false}
          onValueChange={(next) => {
            if (next !== null) onValueChange(next);
          }}
        >
          <Select.Trigger
            {...wiring}
            className={classes(
              'flex h-control w-full min-w-0 items-center gap-1.5 rounded-control border border-control bg-surface px-2 text-left aria-invalid:border-danger data-disabled:cursor-not-allowed data-disabled:bg-sunken data-disabled:text-text-3',
              mono && 'font-mono',
            )}
          >
            <Select.Value
              placeholder={placeholder}
              className="min-w-0 flex-1 truncate data-placeholder:text-text-3"
            />
            <Select.Icon className="text-text-3">
              <Icon name="chevron-down" size={14} />
            </Select.Icon>
          </Select.Trigger>
          <Select.Portal>
            <Select.Positioner sideOffset={4} alignItemWithTrigger={false} className="z-50">
              <Select.Popup className={classes(POPUP, 'min-w-(--anchor-width)')}>
                {options.map((option) => (
                  <Select.Item
                    key={option.value}
                    value={option.value}
                    disabled={option.disabled ?? false}
                    className={classes(POPUP_ITEM, 'py-1')}
                  >
                    <span className="grid size-4 flex-none place-items-center text-accent">
                      <Select.ItemIndicator>
                        <Icon name="check" size={14} />
                      </Select.ItemIndicator>
                    </span>
                    <span className="min-w-0">
                      <Select.ItemText className={classes('block', mono && 'font-mono')}>
                        {option.label}
                      </Select.ItemText>
                      {option.detail ? (
                        <span className="block text-text-3 text-xs">{option.detail}</span>
                      ) : null}
                    </span>
                  </Select.Item>
                ))}
              </Select.Popup>
            </Select.Positioner>
          </Select.Portal>
        </Select.Root>
      )}
    </Field>
  );
}
