import { globSync, readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { type Actor, NOBODY, RECOUNT } from '#lib/recovery/access/actor';
import { permit } from '#lib/recovery/access/permit';
import { PERMISSIONS, type Permission, ROLES, roleHolds } from '#lib/recovery/access/policy';

const person = (role: Actor['role']): Actor => ({ ...NOBODY, id: 'ann', role, via: 'session' });
const allows = (actor: Actor, permission: Permission): boolean => {
  try {
    permit(actor, permission);
    return true;
  } catch {
    return false;
  }
};

it('lets each role do what it holds and refuses the rest', () => {
  for (const permission of Object.keys(PERMISSIONS) as Permission[]) {
    for (const role of ['nobody', ...ROLES] as const) {
      expect(allows(person(role), permission)).toBe(roleHolds(role, permission));
    }
  }
  expect(allows(person('viewer'), 'incident.change')).toBe(false);
  expect(allows(person('operator'), 'patch.approve')).toBe(false);
  expect(allows(person('approver'), 'patch.approve')).toBe(true);
});

it('lets no program approve, and no token reach past its scope', () => {
  const token: Actor = { ...person('admin'), via: 'token', scope: ['incident.read', 'patch.approve'] };
  expect(allows(token, 'incident.read')).toBe(true);
  expect(allows(token, 'incident.change')).toBe(false);
  expect(allows(token, 'patch.approve')).toBe(false);
  expect(allows(RECOUNT, 'patch.approve')).toBe(false);
});

it('says who has not signed in and which role is missing', () => {
  expect(() => permit(NOBODY, 'incident.read')).toThrow(
    expect.objectContaining({ code: 'access.signed_out' }),
  );
  expect(() => permit(person('viewer'), 'patch.approve')).toThrow(
    expect.objectContaining({ code: 'access.forbidden', message: expect.stringContaining('approver') }),
  );
});

/** The verbs that routes call: the second argument of `handler(…)`. */
const verbsOf = (route: string): string[] =>
  [...readFileSync(route, 'utf8').matchAll(/handler\(\s*[^;]*?,\s*([a-zA-Z]+)(?:\('[a-z]+'\))?\s*[,)]/g)].map(
    ([, name]) => name ?? '',
  );

it('every verb that a route calls names its permission first', () => {
  const routes = globSync('app/api/v1/**/route.ts');
  const verbs = new Map(routes.flatMap((route) => verbsOf(route).map((name) => [name, route] as const)));
  expect(verbs.size).toBeGreaterThan(60);
  const sources = globSync('lib/recovery/**/*.ts').map((file) => readFileSync(file, 'utf8'));
  const bare = [...verbs.keys()].filter((name) => {
    const from = new RegExp(`export (?:async function|const) ${name}\\b[\\s\\S]*?(?:\\{|=>)\\n\\s*permit\\(`);
    const source = sources.find((text) =>
      new RegExp(`export (?:async function|const) ${name}\\b`).test(text),
    );
    const match = source === undefined ? null : from.exec(source);
    // no other exported thing may stand between the name and its permit
    return match === null || /\nexport /.test(match[0].slice(7));
  });
  expect(bare).toEqual([]);
  for (const route of routes)
    expect(readFileSync(route, 'utf8'), route).toMatch(/handler\(|export \{ GET|unknownAddress/);
});
