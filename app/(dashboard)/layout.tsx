import { headers } from 'next/headers';
import { redirect } from 'next/navigation';
import type { ReactNode } from 'react';
import { MeProvider } from '#components/access/me-provider';
import { SideNav } from '#components/shell/nav';
import { TopBar } from '#components/shell/top-bar';
import { permissionsOf } from '#lib/recovery/access/policy';
import { resolveActor } from '#lib/recovery/access/resolve-actor';
import { webContext } from '#lib/recovery/setup/context';

export default async function DashboardLayout({ children }: { children: ReactNode }) {
  const { id, name, role } = await resolveActor(await webContext(), await headers());
  if (role === 'nobody') redirect('/sign-in');
  const person = { name, role: role.charAt(0).toUpperCase() + role.slice(1) };
  return (
    <MeProvider me={{ id, name, role, permissions: permissionsOf(role) }}>
      <a
        href="#main"
        className="fixed top-2 left-2 z-60 -translate-y-20 rounded-control border border-control bg-surface px-3 py-2 font-medium focus:translate-y-0"
      >
        Skip to content
      </a>
      <div className="min-h-dvh md:grid md:grid-cols-[var(--spacing-nav)_minmax(0,1fr)]">
        <TopBar person={person} />
        <SideNav person={person} />
        <main
          id="main"
          tabIndex={-1}
          className="flex min-h-[calc(100dvh-52px)] min-w-0 flex-col md:min-h-dvh"
        >
          {children}
        </main>
      </div>
    </MeProvider>
  );
}
