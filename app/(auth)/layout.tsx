import type { ReactNode } from 'react';
import { TallyMark } from '#components/ui/icon';

export default function AuthLayout({ children }: { children: ReactNode }) {
  return (
    <main className="grid min-h-dvh content-center justify-items-center gap-5 px-3.5 py-10">
      <p className="flex items-center gap-[9px] font-semibold text-md tracking-[-0.015em]">
        <TallyMark className="text-accent" />
        Recount
      </p>
      {children}
    </main>
  );
}
