'use client';

import Link from 'next/link';
import { usePathname } from 'next/navigation';
import { SignOutButton } from '#components/access/sign-out-button';
import { useIncidentCounts } from '#components/incident/use-incidents.ts';
import { NotificationBell } from '#components/notifications/notification-bell';
import { DESTINATIONS, type Destination } from '#components/shell/destinations.ts';
import { ThemeSwitch } from '#components/shell/theme-switch';
import { Avatar } from '#components/ui/avatar';
import { formatCount } from '#components/ui/format.ts';
import { Icon, TallyMark } from '#components/ui/icon';

export type Person = { name: string; role: string };

export function Brand() {
  return (
    <Link href="/" className="flex items-center gap-[9px] font-semibold text-md tracking-[-0.015em]">
      <TallyMark className="text-accent" />
      Recount
    </Link>
  );
}

/** The places, for the side of a desk and for the menu of a phone. */
export function NavLinks({ onNavigate }: { onNavigate?: (() => void) | undefined }) {
  const path = usePathname();
  const counts = useIncidentCounts();
  return (
    <ul className="grid gap-0.5">
      {DESTINATIONS.map((destination) => (
        <li key={destination.href}>
          <Link
            href={destination.href}
            onClick={() => onNavigate?.()}
            aria-current={currentOf(path, destination)}
            className="ease-colour flex h-control items-center gap-[9px] rounded-control-sm px-2 text-text-2 hover:bg-hover hover:text-text aria-[current]:bg-sunken aria-[current]:font-medium aria-[current]:text-text"
          >
            <Icon name={destination.icon} />
            {destination.label}
            {destination.count && counts && counts[destination.count] > 0 ? (
              <span className="ml-auto font-normal text-text-3 text-xs">
                {formatCount(counts[destination.count])}
                <span className="sr-only"> {destination.count}</span>
              </span>
            ) : null}
          </Link>
        </li>
      ))}
    </ul>
  );
}

function currentOf(path: string, { href }: Destination): 'page' | 'true' | undefined {
  if (path === href) return 'page';
  return path.startsWith(`${href}/`) ? 'true' : undefined;
}

export function PersonLine({ person }: { person: Person }) {
  return (
    <>
      <Avatar name={person.name} decorative />
      <p className="min-w-0 flex-1 leading-tight" title={person.name}>
        <span className="block truncate">{person.name}</span>
        <span className="block truncate text-text-3 text-xs">{person.role}</span>
      </p>
    </>
  );
}

/** The left side of a desk: the mark, the places, and at the foot who is working here. */
export function SideNav({ person }: { person: Person }) {
  return (
    <header className="sticky top-0 flex h-dvh flex-col border-line border-r bg-bg px-2.5 py-3 max-md:hidden print:hidden">
      <div className="flex items-center justify-between pt-0.5 pr-1 pb-3 pl-2">
        <Brand />
        <span className="flex items-center gap-0.5">
          <NotificationBell />
          <ThemeSwitch />
        </span>
      </div>
      <nav aria-label="Main">
        <NavLinks />
      </nav>
      <div className="mt-auto flex items-center gap-[9px] border-line border-t px-2 pt-2.5 pb-0.5">
        <PersonLine person={person} />
        <SignOutButton />
      </div>
    </header>
  );
}
