import { ROLES, type Role } from '#lib/incident/people';

/** The one table of who may do what. Every verb names its permission; lib/recovery/access/permit.ts holds it to this. */

export { ROLES, type Role };

/** The least role that each permission needs; `anyone`: without signing in. */
export const PERMISSIONS = {
  'health.read': 'anyone',
  'report.open_shared': 'anyone',
  'session.open': 'anyone',
  'session.close': 'anyone',

  'me.read': 'viewer',
  'me.change': 'viewer',
  'token.own': 'viewer',
  'people.list': 'viewer',
  'policy.read': 'viewer',
  'retention.read': 'viewer',
  'incident.read': 'viewer',
  'report.read': 'viewer',
  'live_store.list': 'viewer',
  'audit.read': 'viewer',
  'calculation.read': 'viewer',
  'comment.write': 'viewer',
  'notification.own': 'viewer',

  'incident.change': 'operator',
  'calculation.change': 'operator',
  'archive.browse': 'operator',
  'archive.change': 'operator',
  'live_store.use': 'operator',
  'live_store.test': 'operator',
  'live_store.change': 'operator',
  'run.change': 'operator',
  'patch.propose': 'operator',
  'patch.rehearse': 'operator',
  'patch.verify': 'operator',
  'patch.apply': 'operator',
  'report.share': 'operator',

  'patch.approve': 'approver',
  'patch.request_changes': 'approver',
  'run.override': 'approver',
  'calculation.publish': 'approver',
  'calculation.retire': 'approver',

  'health.details': 'admin',
  'metrics.read': 'admin',
  'people.read': 'admin',
  'people.change': 'admin',
  'comment.delete_any': 'admin',
  'token.all': 'admin',
  'policy.change': 'admin',
  'audit.acknowledge': 'admin',
  'retention.change': 'admin',
  'incident.erase': 'admin',
  'person.erase': 'admin',
  'webhook.change': 'admin',
} as const satisfies Readonly<Record<string, Role | 'anyone'>>;
export type Permission = keyof typeof PERMISSIONS;

/** What no program does for a person: neither a token nor Recount itself. */
export const IN_PERSON: readonly Permission[] = [
  'me.change',
  'people.change',
  'comment.delete_any',
  'token.own',
  'token.all',
  'live_store.test',
  'patch.approve',
  'patch.request_changes',
  'run.override',
  'calculation.publish',
  'calculation.retire',
  'policy.change',
  'audit.acknowledge',
  'retention.change',
  'incident.erase',
  'person.erase',
  'webhook.change',
];

/** What a token may be limited to, in the words of its form. Each holds those before it. */
export const TOKEN_SCOPES = {
  read: [
    'incident.read',
    'report.read',
    'live_store.list',
    'audit.read',
    'calculation.read',
    'health.details',
    'metrics.read',
  ],
  prepare: [
    'incident.change',
    'calculation.change',
    'archive.browse',
    'archive.change',
    'live_store.use',
    'run.change',
    'patch.propose',
    'patch.rehearse',
    'patch.verify',
  ],
  apply: ['patch.apply'],
} as const satisfies Readonly<Record<string, readonly Permission[]>>;
export type TokenScope = keyof typeof TOKEN_SCOPES;

/** Whether a role holds a permission. */
export function roleHolds(role: Role | 'nobody', permission: Permission): boolean {
  const least = PERMISSIONS[permission];
  if (least === 'anyone') return true;
  return role !== 'nobody' && ROLES.indexOf(role) >= ROLES.indexOf(least);
}

/** Whether who has this role approves patches; a word that is no role holds nothing. */
export const mayApprove = (word: string | undefined): boolean =>
  ROLES.some((role) => role === word && roleHolds(role, 'patch.approve'));

/** Everything that a role holds. */
export const permissionsOf = (role: Role): Permission[] =>
  (Object.keys(PERMISSIONS) as Permission[]).filter((permission) => roleHolds(role, permission));

/** What a token of this scope is limited to: its own and all before it. Nothing for a word that is no scope. */
export function scopeHolds(scope: string): Permission[] {
  const at = Object.keys(TOKEN_SCOPES).indexOf(scope);
  return Object.values(TOKEN_SCOPES)
    .slice(0, at + 1)
    .flat();
}
