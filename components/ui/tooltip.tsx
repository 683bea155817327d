'use client';

import { Tooltip as Base } from '@base-ui/react/tooltip';
import type { ReactElement, ReactNode } from 'react';

/**
 * A hint on hover and focus. It repeats or adds; nothing may be known from it alone, since touch has no hover:
 * the trigger's own name or description must say the same.
 */
export function Tooltip({
  content,
  disabled = false,
  children,
}: {
  content: ReactNode;
  disabled?: boolean | undefined;
  children: ReactElement;
}) {
  return (
    <Base.Root disabled={disabled}>
      <Base.Trigger render={children} delay={400} />
      <Base.Portal>
        <Base.Positioner sideOffset={6} className="z-50">
          <Base.Popup className="max-w-72 rounded-control-sm bg-text px-2 py-1 text-bg text-xs shadow-pop">
            {content}
          </Base.Popup>
        </Base.Positioner>
      </Base.Portal>
    </Base.Root>
  );
}
