/** What the routes of people, sessions and tokens answer. */

export const ROLES = ['viewer', 'operator', 'approver', 'admin'] as const;
export type Role = (typeof ROLES)[number];

/** In one line each, for whoever chooses a role. */
export const ROLE_WORDS: Readonly<Record<Role, string>> = {
  viewer: 'Sees incidents, runs and reports',
  operator: 'Also previews, proposes and applies',
  approver: 'Also approves patches of others',
  admin: 'Also manages people, policies and settings',
};
export const ROLE_OPTIONS = ROLES.map((value) => ({
  value,
  label: value.charAt(0).toUpperCase() + value.slice(1),
  detail: ROLE_WORDS[value],
}));

export type MeView = {
  readonly id: string;
  readonly name: string;
  readonly email: string | null;
  readonly role: Role;
  readonly hasPassword: boolean;
  readonly passkeys: readonly {
    readonly id: string;
    readonly name: string;
    readonly createdAt: string | null;
  }[];
};

export type SessionView = {
  readonly id: string;
  readonly isThis: boolean;
  readonly address: string | null;
  readonly agent: string | null;
  readonly createdAt: string;
  readonly lastSeenAt: string;
};

export type PersonView = {
  readonly id: string;
  readonly name: string;
  readonly role: Role;
  readonly email: string | null;
  readonly disabledAt: string | null;
  readonly lastSeenAt: string | null;
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
  readonly person: string;
  readonly isOwn: boolean;
  readonly createdAt: string;
  readonly expiresAt: string;
  readonly lastUsedAt: string | null;
  readonly isExpired: boolean;
};
