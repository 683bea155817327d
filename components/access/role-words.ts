import { ROLES, type Role } from '#lib/incident/people';

/** In one line each, for whoever chooses a role. */
export const ROLE_WORDS: Readonly<Record<Role, string>> = {
  viewer: 'Sees incidents, previews and reports',
  operator: 'Also previews, proposes and applies',
  approver: 'Also approves patches of others',
  admin: 'Also manages people, policies and settings',
};
export const ROLE_OPTIONS = ROLES.map((value) => ({
  value,
  label: value.charAt(0).toUpperCase() + value.slice(1),
  detail: ROLE_WORDS[value],
}));
