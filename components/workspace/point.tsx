import type { ReactNode } from 'react';

/** One thing that a window means, under its name. */
export function Point({ name, children }: { name: string; children: ReactNode }) {
  return (
    <div className="grid gap-x-4 md:grid-cols-[8.5rem_minmax(0,1fr)]">
      <p className="text-text-3">{name}</p>
      <p className="max-w-[76ch] text-pretty">{children}</p>
    </div>
  );
}
