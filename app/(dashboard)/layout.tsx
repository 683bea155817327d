import { headers } from 'next/headers';
import { redirect } from 'next/navigation';
import type { ReactNode } from 'react';
import { MeProvider } from '#components/access/me-provider';
import { SideNav } from '#components/shell/nav';
import { RecordsAway } from '#components/shell/records-away';
import { TopBar } from '#components/shell/top-bar';
import { PERMISSIONS, permissionsOf } from '#lib/recovery/access/policy';
import { resolveActor } from '#lib/recovery/access/resolve-actor';
import { recordsTroubleWords } from '#lib/recovery/http/records-trouble';
import { webContext } from '#lib/recovery/setup/context';

async function whoIsThere() {
  try {
    // lib/recovery/http/gate.ts has noted what counts as use: Next hides here which requests are prefetches
    return await resolveActor(await webContext(), await headers(), false);
  } catch (error) {
    // thrown on, a page could only say that it failed: what is thrown on the server does not reach it
    const trouble = recordsTroubleWords(error);
    if (trouble === null) throw error;
    return { trouble };
  }
}

export default async function DashboardLayout({ children }: { children: ReactNode }) {
  const actor = await whoIsThere();
  if ('trouble' in actor) return <RecordsAway error={actor.trouble} />;
  const { id, name, role } = actor;
  if (role === 'nobody') redirect('/sign-in');
  const person = { name, role: role.charAt(0).toUpperCase() + role.slice(1) };
  return (
    <MeProvider me={{ id, name, role, permissions: permissionsOf(role), needs: PERMISSIONS }}>
      <a
        href="#main"
        className="fixed top-2 left-2 z-60 -translate-y-20 rounded-control border border-control bg-surface px-3 py-2 font-medium focus:translate-y-0 print:hidden"
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
