import { createHash, randomBytes } from 'node:crypto';
import type { Browser, BrowserContext } from '@playwright/test';
import { ask } from './databases.ts';
import { installation } from './installation.ts';

export type Role = 'viewer' | 'operator' | 'approver' | 'admin';

/** A browser in which nobody has signed in. */
export const stranger = (browser: Browser): Promise<BrowserContext> =>
  browser.newContext({ storageState: { cookies: [], origins: [] } });

/**
 * A browser of its own in which a person of this role has just signed in, so that the session also counts as a fresh
 * proof. The same name is the same person.
 */
export async function signInAs(
  browser: Browser,
  role: Role,
  name = `Robin ${role}`,
): Promise<BrowserContext> {
  const id = `e2e-${name.toLowerCase().replaceAll(/[^a-z0-9]+/g, '-')}`;
  await ask(
    'records',
    'insert into person (id, name, role) values ($1, $2, $3) on conflict (id) do update set role = excluded.role',
    [id, name, role],
  );
  const context = await stranger(browser);
  await openLink(context, id);
  return context;
}

/** Signs a person in by a link of their own, in place of whoever is signed in there under that name of the machine. */
export async function openLink(
  context: BrowserContext,
  personId: string,
  host: '127.0.0.1' | 'localhost' = '127.0.0.1',
): Promise<void> {
  const token = randomBytes(32).toString('base64url');
  const hash = createHash('sha256').update(token).digest('base64url');
  await ask(
    'records',
    "insert into sign_in_link (token_sha256, person_id, expires_at) values ($1, $2, now() + interval '1 hour')",
    [hash, personId],
  );
  const address = `http://${host}:${installation().port}/api/v1/welcome`;
  const answer = await context.request.post(address, { data: { token } });
  if (!answer.ok()) throw new Error(`${personId} can't sign in: ${await answer.text()}`);
}

/** As if the person had shown just now who they are: the admin of all tests signs in once, before the first of them. */
export const proveAgain = (personId = 'local') =>
  ask('records', 'update session set proved_at = now() where person_id = $1', [personId]);
