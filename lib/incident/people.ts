import { Bug } from '#lib/base/failure';

/** From the least to the most: each may also do what those before it may. */
export const ROLES = ['viewer', 'operator', 'approver', 'admin'] as const;
export type Role = (typeof ROLES)[number];

/** The role that a record names; its table takes no other word. */
export function asRole(text: string): Role {
  const role = ROLES.find((one) => one === text);
  if (role === undefined) throw new Bug(`${text} is no role`);
  return role;
}

/** What the routes of people, sessions and tokens answer. Times are ISO strings. */

export type MeView = {
  readonly id: string;
  readonly name: string;
  readonly email: string | null;
  readonly role: Role;
  /** Signed in with a session, or with a token. */
  readonly via: string;
  /** The host of the OpenID provider, for who comes in by it. */
  readonly provider: string | null;
  readonly hasPassword: boolean;
  readonly passkeys: readonly {
    readonly id: string;
    readonly name: string;
    readonly createdAt: string | null;
  }[];
};

export type SessionView = {
  readonly id: string;
  /** The one that asks. */
  readonly isThis: boolean;
  readonly address: string | null;
  /** As the browser names itself. */
  readonly agent: string | null;
  readonly createdAt: string;
  readonly lastSeenAt: string;
};

export type NameView = { readonly id: string; readonly name: string; readonly role: Role };

export type PersonView = NameView & {
  readonly email: string | null;
  readonly disabledAt: string | null;
  /** Nothing is kept of them but the id that records name. */
  readonly erasedAt: string | null;
  readonly lastSeenAt: string | null;
  /** `password`, `passkey`, `provider`: how this person can sign in. */
  readonly ways: readonly string[];
};

export type InvitationView = {
  readonly id: string;
  readonly email: string;
  readonly name: string;
  readonly role: Role;
  readonly createdBy: string;
  readonly expiresAt: string;
  readonly isExpired: boolean;
};

export type TokenView = {
  readonly id: string;
  readonly name: string;
  readonly scope: string;
  /** Whose it is, by name. */
  readonly person: string;
  readonly isOwn: boolean;
  readonly createdAt: string;
  readonly expiresAt: string;
  readonly lastUsedAt: string | null;
  readonly isExpired: boolean;
};
