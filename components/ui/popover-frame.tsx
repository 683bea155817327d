'use client';

import { Popover as Base } from '@base-ui/react/popover';
import type { ComponentProps, ReactElement, ReactNode, RefObject } from 'react';
import { classes } from '#components/ui/classes.ts';
import { POPUP } from '#components/ui/popup-look.ts';

// Loaded by components/ui/popover.tsx, which is what everybody else uses.

export type PopoverProps = {
  /** A Button or IconButton; what it does is to open. */
  trigger: ReactElement<ComponentProps<'button'>>;
  title: ReactNode;
  children: ReactNode;
  align?: 'start' | 'center' | 'end' | undefined;
  /** Where what is inside closes it, too; left out, it opens and closes by itself. */
  open?: boolean | undefined;
  onOpenChange?: ((open: boolean) => void) | undefined;
};

type FrameProps = PopoverProps & { triggerRef: RefObject<HTMLButtonElement | null> };

export function PopoverFrame({
  trigger,
  triggerRef,
  title,
  children,
  align = 'end',
  open,
  onOpenChange,
}: FrameProps) {
  return (
    <Base.Root {...(open === undefined ? {} : { open })} onOpenChange={(next) => onOpenChange?.(next)}>
      <Base.Trigger ref={triggerRef} render={trigger} />
      <Base.Portal>
        <Base.Positioner sideOffset={6} align={align} className="z-50">
          <Base.Popup className={classes(POPUP, 'grid w-[min(22rem,calc(100vw-2rem))] gap-2.5 p-3.5')}>
            <Base.Title className="font-semibold">{title}</Base.Title>
            {children}
          </Base.Popup>
        </Base.Positioner>
      </Base.Portal>
    </Base.Root>
  );
}
