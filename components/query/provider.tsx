'use client';

import { MutationCache, QueryCache, QueryClient, QueryClientProvider } from '@tanstack/react-query';
import { type ReactNode, useEffect, useState } from 'react';
import { ApiError } from '#components/query/api.ts';
import { signInAgain } from '#components/query/leaving.ts';
import { watchUse } from '#components/query/page-use.ts';

/** The server has tried for long enough by itself, say to reach its records: whoever waits is told. */
const LONG_MS = 5_000;

/** Only what may pass by itself is tried again: no answer, or a server in trouble that said so at once. */
function mayPass(failureCount: number, error: Error): boolean {
  const passing = error instanceof ApiError && (error.status === 0 || error.status >= 502);
  return passing && error.elapsedMs < LONG_MS && failureCount < 2;
}

/** A call of a session that is over. What a verb refuses otherwise, the page says. */
function onError(error: Error): void {
  if (error instanceof ApiError && error.code === 'access.signed_out') signInAgain();
}

/** The cache of what the server said. Reading is repeated, writing never is: the operator decides. */
export function QueryProvider({ children }: { children: ReactNode }) {
  const [client] = useState(
    () =>
      new QueryClient({
        queryCache: new QueryCache({ onError }),
        mutationCache: new MutationCache({ onError }),
        defaultOptions: {
          queries: { retry: mayPass, retryDelay: 800, staleTime: 2_000, refetchOnWindowFocus: true },
          mutations: { retry: false },
        },
      }),
  );
  useEffect(() => watchUse(window), []);
  return <QueryClientProvider client={client}>{children}</QueryClientProvider>;
}
