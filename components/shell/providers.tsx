'use client';

import { CSPProvider } from '@base-ui/react/csp-provider';
import type { ReactNode } from 'react';
import { QueryProvider } from '#components/query/provider';
import { TipLayer } from '#components/ui/tip-layer';
import { ToastProvider } from '#components/ui/toast';

/** What every page stands in. No inline style elements, so that a strict content security policy holds. */
export function Providers({ children }: { children: ReactNode }) {
  return (
    <CSPProvider disableStyleElements>
      <QueryProvider>
        <ToastProvider>{children}</ToastProvider>
        <TipLayer />
      </QueryProvider>
    </CSPProvider>
  );
}
