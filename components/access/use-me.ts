'use client';

import { createContext, useContext } from 'react';

/** Who has signed in, as the page knows it. The verbs decide; this only says beforehand what they will answer. */
export type Me = {
  readonly id: string;
  readonly name: string;
  readonly role: 'viewer' | 'operator' | 'approver' | 'admin';
  /** What the role holds: `patch.approve` … */
  readonly permissions: readonly string[];
};

export const MeContext = createContext<Me | null>(null);

/** Who has signed in. Only within the pages of app/(dashboard). */
export function useMe(): Me {
  const me = useContext(MeContext);
  if (me === null) throw new Error('useMe() stands outside app/(dashboard)');
  return me;
}

/** Whether who has signed in may do this; `patch.approve` … */
export const useMay = (permission: string): boolean => useMe().permissions.includes(permission);
