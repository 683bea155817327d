'use client';

import { createContext, useContext } from 'react';
import { ROLES, type Role } from '#lib/incident/people';

/** Who has signed in, as the page knows it. The verbs decide; this only says beforehand what they will answer. */
export type Me = {
  readonly id: string;
  readonly name: string;
  readonly role: Role;
  /** What the role holds: `patch.approve` … */
  readonly permissions: readonly string[];
  /** The server's own table: of each permission, the least role that holds it. */
  readonly needs: Readonly<Record<string, Role | 'anyone'>>;
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

/**
 * Why who has signed in can't do this, in words for the control; null where they can. `doing` follows “To”: `approve`,
 * `open an incident`. Of several permissions all are needed.
 */
export const useMayNot = (permission: string | readonly string[], doing: string): string | null =>
  mayNot(useMe(), permission, doing);

/** The same, of somebody who is known already. */
export function mayNot(
  { permissions, needs }: Pick<Me, 'permissions' | 'needs'>,
  permission: string | readonly string[],
  doing: string,
): string | null {
  const missing = [permission].flat().filter((one) => !permissions.includes(one));
  if (missing.length === 0) return null;
  const role = ROLES.findLast((one) => missing.some((name) => needs[name] === one));
  return `To ${doing}, ask an admin for the ${role ?? 'admin'} role.`;
}
