import type { ReactNode } from 'react';
import { Icon } from '#components/ui/icon';

/** What seldom needs changing, folded away under a line that says what it holds. */
export function MoreOptions({ title, children }: { title: string; children: ReactNode }) {
  return (
    <details className="group rounded-control border border-line">
      <summary className="flex min-h-11 list-none items-center gap-2 px-3 text-text-2 hover:text-text md:min-h-9 [&::-webkit-details-marker]:hidden">
        <Icon name="chevron-right" size={12} className="group-open:rotate-90" />
        {title}
      </summary>
      <div className="grid gap-4 border-line border-t px-3 py-3">{children}</div>
    </details>
  );
}
