'use client';

import { Select } from '@base-ui/react/select';
import type { RefObject } from 'react';
import { classes } from '#components/ui/classes.ts';
import type { ControlWiring } from '#components/ui/field';
import { Icon } from '#components/ui/icon';
import { POPUP, POPUP_ITEM } from '#components/ui/popup-look.ts';
import { SELECT_LOOK, SelectArrow, type SelectOption } from '#components/ui/select-look';

// Loaded by components/ui/select-field.tsx, which is what everybody else uses.

type FrameProps<Value extends string> = {
  wiring: ControlWiring;
  triggerRef: RefObject<HTMLButtonElement | null>;
  options: readonly SelectOption<Value>[];
  value: Value | null;
  onValueChange: (value: Value) => void;
  placeholder: string;
  disabled: boolean;
  mono: boolean;
};

/** The button and its list: arrows, typing ahead, Home and End work in it. */
export function SelectFrame<Value extends string>({
  wiring,
  triggerRef,
  options,
  value,
  onValueChange,
  placeholder,
  disabled,
  mono,
}: FrameProps<Value>) {
  return (
    <Select.Root
      items={options}
      value={value}
      disabled={disabled}
      modal={false}
      onValueChange={(next) => {
        if (next !== null) onValueChange(next);
      }}
    >
      <Select.Trigger {...wiring} ref={triggerRef} className={classes(SELECT_LOOK, mono && 'font-mono')}>
        <Select.Value
          placeholder={placeholder}
          className="min-w-0 flex-1 truncate data-placeholder:text-text-3"
        />
        <SelectArrow />
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
                  {option.detail ? <span className="block text-text-3 text-xs">{option.detail}</span> : null}
                </span>
              </Select.Item>
            ))}
          </Select.Popup>
        </Select.Positioner>
      </Select.Portal>
    </Select.Root>
  );
}
