'use client';

import Link from 'next/link';
import { usePathname } from 'next/navigation';
import { useEffect, useRef } from 'react';
import { useMe } from '#components/access/use-me.ts';

type SettingsPage = { readonly href: string; readonly label: string; readonly permission: string };

/** The pages of the settings, in their order. Each is shown to whoever holds its permission. */
export const SETTINGS_PAGES: readonly SettingsPage[] = [
  { href: '/settings/profile', label: 'Profile', permission: 'me.change' },
  { href: '/settings/people', label: 'People and roles', permission: 'people.list' },
  { href: '/settings/policies', label: 'Policies', permission: 'policy.read' },
  { href: '/settings/notifications', label: 'Notifications', permission: 'notification.own' },
  { href: '/settings/tokens', label: 'Tokens', permission: 'token.own' },
  { href: '/settings/retention', label: 'Retention', permission: 'retention.read' },
  { href: '/settings/webhooks', label: 'Webhooks', permission: 'webhook.change' },
];

/** Beside the settings on a desk, above them on a phone. */
export function SettingsNav() {
  const path = usePathname();
  const { permissions } = useMe();
  const list = useRef<HTMLUListElement>(null);
  useEffect(() => {
    // on a phone the list is wider than the screen, and the page one is on may be beyond its edge
    const current = list.current?.querySelector(`[href="${path}"]`);
    current?.scrollIntoView({ block: 'nearest', inline: 'center' });
  }, [path]);
  return (
    <nav aria-label="Settings" className="min-w-0 max-md:border-line max-md:border-b max-md:pb-2.5">
      <ul ref={list} className="scroll-quiet -m-1 flex gap-0.5 overflow-x-auto p-1 md:grid">
        {SETTINGS_PAGES.filter(({ permission }) => permissions.includes(permission)).map(
          ({ href, label }) => (
            <li key={href} className="flex-none">
              <Link
                href={href}
                aria-current={path === href ? 'page' : undefined}
                className="ease-colour flex h-control items-center whitespace-nowrap rounded-control-sm px-2.5 text-text-2 hover:bg-hover hover:text-text aria-[current]:bg-sunken aria-[current]:font-medium aria-[current]:text-text"
              >
                {label}
              </Link>
            </li>
          ),
        )}
      </ul>
    </nav>
  );
}
