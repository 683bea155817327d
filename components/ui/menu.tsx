'use client';

import { cloneElement, createContext, type ReactElement, type ReactNode, useContext } from 'react';
import type { MenuChoiceProps, MenuItemProps, MenuProps } from '#components/ui/menu-parts';
import { useLate } from '#components/ui/use-late.ts';
import { Bug } from '#lib/base/failure';

const load = () => import('#components/ui/menu-parts');

type Parts = Awaited<ReturnType<typeof load>>;
const PartsContext = createContext<Parts | null>(null);

function useParts(): Parts {
  const parts = useContext(PartsContext);
  if (parts === null) throw new Bug('a line of a menu needs a Menu around it');
  return parts;
}

/** Actions behind a button. */
export function Menu({ trigger, children, ...place }: MenuProps) {
  const { part, standIn, pressed } = useLate(load);
  if (part === null) return cloneElement(trigger, { ...standIn, 'aria-haspopup': 'menu' });
  return (
    <PartsContext value={part}>
      <part.MenuFrame trigger={trigger} triggerRef={pressed} {...place}>
        {children}
      </part.MenuFrame>
    </PartsContext>
  );
}

export function MenuItem(props: MenuItemProps): ReactElement {
  const parts = useParts();
  return <parts.MenuItem {...props} />;
}

/** A line that goes to a file: a plain link, so that the browser saves it. */
export function MenuDownload(props: { href: string; children: ReactNode }): ReactElement {
  const parts = useParts();
  return <parts.MenuDownload {...props} />;
}

/** One of a few, within a menu. */
export function MenuChoice<Value extends string>(props: MenuChoiceProps<Value>): ReactElement {
  const parts = useParts();
  return <parts.MenuChoice {...props} />;
}

export function MenuSeparator(): ReactElement {
  const parts = useParts();
  return <parts.MenuSeparator />;
}
