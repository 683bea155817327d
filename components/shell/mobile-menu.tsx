'use client';

import { SignOutButton } from '#components/access/sign-out-button';
import { NavLinks, type Person, PersonLine } from '#components/shell/nav';
import { Sheet } from '#components/ui/dialog';

type MobileMenuProps = { person: Person; open: boolean; onOpenChange: (open: boolean) => void };

/** The places, on a phone. */
export function MobileMenu({ person, open, onOpenChange }: MobileMenuProps) {
  return (
    <Sheet open={open} onOpenChange={onOpenChange} side="left" title="Recount">
      <nav aria-label="Main" className="p-2">
        <NavLinks onNavigate={() => onOpenChange(false)} />
      </nav>
      <div className="flex items-center gap-2.5 border-line border-t px-4 py-3">
        <PersonLine person={person} />
        <SignOutButton size="md" />
      </div>
    </Sheet>
  );
}
