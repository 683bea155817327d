'use client';

import { useState } from 'react';
import { Brand, NavLinks, type Person } from '#components/shell/nav';
import type { Theme } from '#components/shell/theme.ts';
import { ThemeMenu } from '#components/shell/theme-menu';
import { Avatar } from '#components/ui/avatar';
import { IconButton } from '#components/ui/button';
import { Sheet } from '#components/ui/dialog';

/** The head of the page on a phone; the places are behind its menu. */
export function TopBar({ person, theme }: { person: Person; theme: Theme }) {
  const [open, setOpen] = useState(false);
  return (
    <header className="sticky top-0 z-20 flex h-[52px] items-center gap-2 border-line border-b bg-surface px-1.5 md:hidden print:hidden">
      <IconButton icon="menu" label="Open menu" aria-haspopup="dialog" onClick={() => setOpen(true)} />
      <Brand />
      <span className="flex-1" />
      <ThemeMenu initial={theme} side="bottom" size="md" />
      <Sheet open={open} onOpenChange={setOpen} side="left" title="Recount">
        <nav aria-label="Main" className="p-2">
          <NavLinks onNavigate={() => setOpen(false)} />
        </nav>
        <div className="flex items-center gap-2.5 border-line border-t px-4 py-3">
          <Avatar name={person.name} decorative />
          <p className="min-w-0 leading-tight">
            <span className="block truncate">{person.name}</span>
            <span className="block truncate text-text-3 text-xs">{person.role}</span>
          </p>
        </div>
      </Sheet>
    </header>
  );
}
