import type { ReactNode } from 'react';
import { SideNav } from '#components/shell/nav';
import { TopBar } from '#components/shell/top-bar';

/** Until people are set up, whoever opens the page is the one person of this installation. */
const PERSON = { name: 'You', role: 'On this machine' };

export default function DashboardLayout({ children }: { children: ReactNode }) {
  return (
    <>
      <a
        href="#main"
        className="fixed top-2 left-2 z-60 -translate-y-20 rounded-control border border-control bg-surface px-3 py-2 font-medium focus:translate-y-0"
      >
        Skip to content
      </a>
      <div className="min-h-dvh md:grid md:grid-cols-[var(--spacing-nav)_minmax(0,1fr)]">
        <TopBar person={PERSON} />
        <SideNav person={PERSON} />
        <main
          id="main"
          tabIndex={-1}
          className="flex min-h-[calc(100dvh-52px)] min-w-0 flex-col md:min-h-dvh"
        >
          {children}
        </main>
      </div>
    </>
  );
}
