import type { ReactNode } from 'react';
import { classes } from '#components/ui/classes.ts';

/** An id, a name from the database, a hash. `boxed` sets it off in running text. */
export function Mono({ children, boxed = false }: { children: ReactNode; boxed?: boolean | undefined }) {
  return (
    <code
      className={classes(
        'text-[0.94em] [overflow-wrap:anywhere]',
        boxed && 'select-all rounded-tag bg-sunken px-[5px] py-px',
      )}
    >
      {children}
    </code>
  );
}

/** A key to press, beside what it does. */
export function KeyHint({ keys, children }: { keys: readonly string[]; children: ReactNode }) {
  return (
    <span className="inline-flex items-center gap-1">
      {keys.map((key) => (
        <kbd
          key={key}
          className="rounded-tag border border-line-2 bg-surface px-1 py-0.5 font-sans font-medium text-2xs text-text-3 leading-none"
        >
          {key}
        </kbd>
      ))}
      {children}
    </span>
  );
}
