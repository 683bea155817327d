'use client';

import { Menu as Base } from '@base-ui/react/menu';
import type { ComponentProps, ReactElement, ReactNode, RefObject } from 'react';
import { classes } from '#components/ui/classes.ts';
import { Icon, type IconName } from '#components/ui/icon';
import { POPUP, POPUP_ITEM } from '#components/ui/popup-look.ts';

// Loaded by components/ui/menu.tsx, which is what everybody else uses.

export type MenuProps = {
  /** A Button or IconButton; what it does is to open. */
  trigger: ReactElement<ComponentProps<'button'>>;
  align?: 'start' | 'end' | undefined;
  side?: 'top' | 'bottom' | undefined;
  children: ReactNode;
};

type FrameProps = MenuProps & { triggerRef: RefObject<HTMLButtonElement | null> };

export function MenuFrame({ trigger, triggerRef, align = 'end', side = 'bottom', children }: FrameProps) {
  return (
    <Base.Root modal={false}>
      <Base.Trigger ref={triggerRef} render={trigger} />
      <Base.Portal>
        <Base.Positioner sideOffset={4} align={align} side={side} className="z-50">
          <Base.Popup className={classes(POPUP, 'min-w-44')}>{children}</Base.Popup>
        </Base.Positioner>
      </Base.Portal>
    </Base.Root>
  );
}

export type MenuItemProps = {
  icon?: IconName | undefined;
  danger?: boolean | undefined;
  onSelect: () => void;
  children: ReactNode;
};

export function MenuItem({ icon, danger = false, onSelect, children }: MenuItemProps) {
  return (
    <Base.Item onClick={onSelect} className={classes(POPUP_ITEM, danger && 'text-danger')}>
      {icon ? <Icon name={icon} className={danger ? undefined : 'text-text-3'} /> : null}
      {children}
    </Base.Item>
  );
}

/** A line that goes to a file: a plain link, so that the browser saves it. */
export function MenuDownload({ href, children }: { href: string; children: ReactNode }) {
  return (
    <Base.LinkItem render={<a href={href} download />} className={POPUP_ITEM}>
      <Icon name="download" className="text-text-3" />
      {children}
    </Base.LinkItem>
  );
}

export type MenuChoiceProps<Value extends string> = {
  label: string;
  options: readonly { value: Value; label: string; icon?: IconName | undefined }[];
  value: Value;
  onValueChange: (value: Value) => void;
};

/** One of a few, within a menu. */
export function MenuChoice<Value extends string>({
  label,
  options,
  value,
  onValueChange,
}: MenuChoiceProps<Value>) {
  const known = (next: unknown): next is Value => options.some((option) => option.value === next);
  return (
    <Base.Group>
      <Base.GroupLabel className="px-2 pt-1.5 pb-1 text-text-3 text-xs">{label}</Base.GroupLabel>
      <Base.RadioGroup value={value} onValueChange={(next) => known(next) && onValueChange(next)}>
        {options.map((option) => (
          <Base.RadioItem key={option.value} value={option.value} closeOnClick className={POPUP_ITEM}>
            {option.icon ? <Icon name={option.icon} className="text-text-3" /> : null}
            <span className="flex-1">{option.label}</span>
            <Base.RadioItemIndicator>
              <Icon name="check" size={14} className="text-accent" />
            </Base.RadioItemIndicator>
          </Base.RadioItem>
        ))}
      </Base.RadioGroup>
    </Base.Group>
  );
}

export function MenuSeparator() {
  return <Base.Separator className="-mx-1 my-1 h-px bg-line" />;
}
