'use client';

import dynamic from 'next/dynamic';
import { useState } from 'react';
import { NotificationBell } from '#components/notifications/notification-bell';
import { Brand, type Person } from '#components/shell/nav';
import { ThemeSwitch } from '#components/shell/theme-switch';
import { IconButton } from '#components/ui/button';

// Fetched at the first press: a desk never needs it, and a phone not before.
const MobileMenu = dynamic(() => import('#components/shell/mobile-menu').then((module) => module.MobileMenu));

/** The head of the page on a phone; the places are behind its menu. */
export function TopBar({ person }: { person: Person }) {
  const [open, setOpen] = useState<boolean | null>(null);
  return (
    <header className="sticky top-0 z-20 flex h-[52px] items-center gap-2 border-line border-b bg-surface px-1.5 md:hidden print:hidden">
      <IconButton
        icon="menu"
        label="Open menu"
        aria-haspopup="dialog"
        aria-expanded={open === true}
        onClick={() => setOpen(true)}
      />
      <Brand />
      <span className="flex-1" />
      <NotificationBell size="md" />
      <ThemeSwitch size="md" />
      {open === null ? null : <MobileMenu person={person} open={open} onOpenChange={setOpen} />}
    </header>
  );
}
