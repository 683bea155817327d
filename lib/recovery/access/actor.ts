import type { Permission, Role } from '#lib/recovery/access/policy';

/** Who acts: a person, a program with a person's token, or Recount itself in a job. */
export type Actor = {
  /** Of the person; `recount` for what Recount does by itself; empty for nobody. */
  readonly id: string;
  readonly name: string;
  readonly role: Role | 'nobody';
  readonly via: 'session' | 'token' | 'recount' | 'nothing';
  /** What a token is limited to; null: everything that the role holds. */
  readonly scope: readonly Permission[] | null;
  /** When the person last showed who they are; null for a program. */
  readonly provedAt: Date | null;
  /** Who made the link that they came in by, until they show by a way of their own who they are. */
  readonly linkBy: string | null;
  /** The network address, and the id of the session or token, for the audit. */
  readonly from: { readonly address: string | null; readonly session: string | null };
};

const NOWHERE = { address: null, session: null };

/** Who has not signed in. */
export const NOBODY: Actor = {
  id: '',
  name: 'Nobody',
  role: 'nobody',
  via: 'nothing',
  scope: null,
  provedAt: null,
  linkBy: null,
  from: NOWHERE,
};

/** Recount itself, in a job. */
export const RECOUNT: Actor = {
  id: 'recount',
  name: 'Recount',
  role: 'admin',
  via: 'recount',
  scope: null,
  provedAt: null,
  linkBy: null,
  from: NOWHERE,
};
