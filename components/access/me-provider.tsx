'use client';

import type { ReactNode } from 'react';
import { type Me, MeContext } from '#components/access/use-me.ts';

/** Tells the pages under it who has signed in. */
export function MeProvider({ me, children }: { me: Me; children: ReactNode }) {
  return <MeContext value={me}>{children}</MeContext>;
}
