'use client';

import { Dialog as Base } from '@base-ui/react/dialog';
import type { ReactNode } from 'react';
import { IconButton } from '#components/ui/button';
import { classes } from '#components/ui/classes.ts';

// Loaded by components/ui/dialog.tsx, which is what everybody else uses.

export type DialogProps = {
  open: boolean;
  onOpenChange: (open: boolean) => void;
  title: ReactNode;
  description?: ReactNode;
  children?: ReactNode;
  /** Buttons at the foot, the main one last. */
  actions?: ReactNode;
  /** Where it is filled in: what Enter does in a field, and the button of `actions` whose type is `submit`. */
  onSubmit?: (() => void) | undefined;
  size?: 'sm' | 'md' | 'lg' | undefined;
};

const WIDTH = { sm: 'md:w-[26rem]', md: 'md:w-[34rem]', lg: 'md:w-[52rem]' };

/** A question in front of the page. On a phone it is a sheet at the bottom, in the reach of the thumb. */
export function Dialog({
  open,
  onOpenChange,
  title,
  description,
  children,
  actions,
  onSubmit,
  size = 'sm',
}: DialogProps) {
  const inside = (
    <>
      <header className="pt-3.5 pr-12 pb-2 pl-4">
        <Base.Title className="font-semibold text-md [overflow-wrap:anywhere]">{title}</Base.Title>
        {description ? (
          <Base.Description className="mt-0.5 text-pretty text-text-2 [overflow-wrap:anywhere]">
            {description}
          </Base.Description>
        ) : null}
      </header>
      {children ? (
        <div className="relative min-h-0 flex-1 overflow-y-auto px-4 pt-1 pb-4">{children}</div>
      ) : null}
      {actions ? (
        <footer className="flex flex-wrap justify-end gap-2 border-line border-t px-4 py-3 *:max-md:flex-1">
          {actions}
        </footer>
      ) : null}
    </>
  );
  return (
    <Base.Root open={open} onOpenChange={onOpenChange}>
      <Base.Portal>
        <Base.Backdrop className="fixed inset-0 z-40 bg-scrim" />
        <Base.Popup
          data-modal
          className={classes(
            'fixed inset-x-0 bottom-0 z-50 flex max-h-[92dvh] flex-col rounded-t-card border border-line-2 bg-surface shadow-pop outline-none md:inset-x-auto md:top-[12vh] md:bottom-auto md:left-1/2 md:max-h-[76vh] md:-translate-x-1/2 md:rounded-card',
            WIDTH[size],
          )}
        >
          {onSubmit ? <Form onSubmit={onSubmit}>{inside}</Form> : inside}
          <CloseButton className="top-2" />
        </Base.Popup>
      </Base.Portal>
    </Base.Root>
  );
}

/** What is sent here is sent: a form around the page's own place for the dialog hears nothing of it. */
function Form({ onSubmit, children }: { onSubmit: () => void; children: ReactNode }) {
  return (
    <form
      noValidate
      onSubmit={(event) => {
        event.preventDefault();
        event.stopPropagation();
        onSubmit();
      }}
      className="flex min-h-0 flex-1 flex-col"
    >
      {children}
    </form>
  );
}

export type SheetProps = Pick<DialogProps, 'open' | 'onOpenChange' | 'title' | 'children'> & {
  side: 'left' | 'right';
};

/** A panel over the edge of the page: the menu on a phone, a row's detail where there is no room beside it. */
export function Sheet({ open, onOpenChange, title, children, side }: SheetProps) {
  return (
    <Base.Root open={open} onOpenChange={onOpenChange}>
      <Base.Portal>
        <Base.Backdrop className="fixed inset-0 z-40 bg-scrim" />
        <Base.Popup
          data-modal
          className={classes(
            'fixed inset-y-0 z-50 flex w-[min(26rem,calc(100vw-3rem))] flex-col border-line bg-surface shadow-pop outline-none',
            side === 'left' ? 'left-0 border-r' : 'right-0 border-l',
          )}
        >
          <header className="flex h-[52px] flex-none items-center border-line border-b pr-12 pl-4">
            <Base.Title className="truncate font-semibold text-md">{title}</Base.Title>
          </header>
          <div className="relative min-h-0 flex-1 overflow-y-auto">{children}</div>
          <CloseButton className="top-2 md:top-[13px]" />
        </Base.Popup>
      </Base.Portal>
    </Base.Root>
  );
}

/** Last in the order of focus, so that a dialog opens at its first field or button, and not at its own end. */
function CloseButton({ className }: { className: string }) {
  return (
    <div className={classes('absolute right-2', className)}>
      <Base.Close render={<IconButton icon="cross" label="Close" size="sm" />} />
    </div>
  );
}
