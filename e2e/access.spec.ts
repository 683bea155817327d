import { spawnSync } from 'node:child_process';
import { globSync } from 'node:fs';
import type { BrowserContext, Page } from '@playwright/test';
import { ask } from './support/databases.ts';
import { installation } from './support/installation.ts';
import { checkLook } from './support/look.ts';
import { openLink, proveAgain, signInAs, stranger } from './support/people.ts';
import { expect, test } from './support/test.ts';

const PASSWORD = 'correct horse battery';

/** The addresses of all pages; what stands in brackets is filled in. */
const PAGES = globSync('app/**/page.tsx').map(
  (file) =>
    file
      .replace(/^app/, '')
      .replace(/\/page\.tsx$/, '')
      .replaceAll(/\/\([^)]*\)/g, '')
      .replaceAll(/\[[^\]]*\]/g, 'INC-1') || '/',
);
const OPEN = ['/sign-in', '/welcome', '/invitation', '/r'];

test('without signing in every page leads to the sign-in, in whatever form it is asked for', async ({
  browser,
}) => {
  const context = await stranger(browser);
  expect(PAGES.length).toBeGreaterThan(12);
  for (const address of PAGES) {
    for (const [path, headers] of [
      [address, {}],
      [`${address}?_rsc=1`, { rsc: '1', 'next-router-prefetch': '1' }],
      [address, { 'x-middleware-subrequest': 'middleware:middleware:middleware' }],
      [
        address,
        { 'x-recount-address': '127.0.0.1', cookie: `recount-${installation().port}=${'A'.repeat(32)}.x` },
      ],
    ] as const) {
      const answer = await context.request.get(path, { headers, maxRedirects: 0 });
      const { location = '' } = answer.headers();
      if (OPEN.includes(address)) expect(location, path).not.toContain('next=');
      else expect([answer.status(), location]).toEqual([307, `/sign-in?next=${encodeURIComponent(path)}`]);
    }
  }
  for (const path of ['incidents', 'people', 'audit', 'tokens', 'me'])
    expect((await context.request.get(`/api/v1/${path}`)).status(), path).toBe(401);
  await context.close();
});

test('signing in leads to the page that was wanted; a wrong password is said', async ({ browser }) => {
  const context = await signInAs(browser, 'operator', 'Olga Ortiz');
  const page = await context.newPage();
  await ask('records', "update person set email = 'olga@example.org' where name = 'Olga Ortiz'");
  await page.goto('/welcome');
  await setPassword(page);
  await expect(page).toHaveURL(/\/incidents$/);
  await page.getByRole('button', { name: 'Sign out' }).first().click();
  await expect(page).toHaveURL(/\/sign-in$/);
  await page.goto('/settings/tokens');
  await expect(page).toHaveURL(/\/sign-in\?next=%2Fsettings%2Ftokens$/);
  await checkLook(page, 'sign-in');
  await page.getByRole('textbox', { name: 'E-mail' }).fill('olga@example.org');
  await page.getByLabel('Password').fill('not the password');
  await page.keyboard.press('Enter');
  const form = page.getByRole('region', { name: 'Sign in' });
  await expect(form.getByRole('alert')).toContainText('E-mail or password is wrong');
  await page.getByLabel('Password').fill(PASSWORD);
  await page.keyboard.press('Enter');
  await expect(page).toHaveURL(/\/settings\/tokens$/);
  await expect(page.getByRole('heading', { name: 'Tokens', level: 1 })).toBeVisible();
  await context.close();
});

async function setPassword(page: Page): Promise<void> {
  await page.getByLabel('New password').fill(PASSWORD);
  await page.getByLabel('The same again').fill(PASSWORD);
  await page.getByRole('button', { name: /(Set|Change) password/ }).click();
}

test('an admin invites someone, who comes in with the role of the invitation', async ({ page, browser }) => {
  await proveAgain();
  await page.goto('/settings/people');
  await page.getByRole('button', { name: 'Invite someone' }).click();
  const dialog = page.getByRole('dialog');
  await dialog.getByRole('textbox', { name: 'Name' }).fill('Ben Berger');
  await dialog.getByRole('textbox', { name: 'E-mail' }).fill('ben@example.org');
  await page.keyboard.press('Enter');
  const link = await dialog.getByLabel('Invitation link').inputValue();
  await dialog.getByRole('button', { name: 'Done' }).click();
  await expect(page.getByRole('region', { name: 'Invited' })).toContainText('ben@example.org');
  await checkLook(page, 'people');

  const context = await stranger(browser);
  const guest = await context.newPage();
  await guest.goto(link);
  await expect(guest.getByText('Ben Berger, you join Recount as operator.')).toBeVisible();
  expect(guest.url(), 'the token is out of the address').not.toContain('#');
  await checkLook(guest, 'invitation');
  await guest.getByLabel('New password').fill(PASSWORD);
  await guest.getByLabel('The same again').fill(PASSWORD);
  await guest.getByRole('button', { name: 'Join' }).click();
  await expect(guest).toHaveURL(/\/incidents$/);
  await guest.goto('/settings/people');
  await expect(guest.getByText('ask an admin for the admin role')).toBeVisible();
  await expect(guest.getByRole('button', { name: 'Invite someone' })).toHaveCount(0);

  await page.reload();
  await page.getByRole('button', { name: 'Change Ben Berger' }).click();
  await page.getByRole('button', { name: 'Sign out everywhere' }).click();
  await expect(page.getByText('1 session ended. They sign in again as before.')).toBeVisible();
  await guest.goto('/incidents');
  await expect(guest).toHaveURL(/\/sign-in/);
  await page.getByRole('button', { name: 'Disable Ben Berger' }).click();
  await expect(page.getByRole('row', { name: /Ben Berger/ })).toContainText('disabled');
  await context.close();
});

test('a token is shown once, works within its scope, and ends when revoked', async ({ browser }) => {
  const context = await signInAs(browser, 'operator', 'Tim Token');
  const page = await context.newPage();
  await page.goto('/settings/tokens');
  await expect(page.getByText('No tokens yet')).toBeVisible();
  await page.getByRole('button', { name: 'New token' }).click();
  const dialog = page.getByRole('dialog');
  await dialog.getByRole('textbox', { name: 'Name' }).fill('Nightly check');
  await dialog.getByRole('button', { name: 'Make token' }).click();
  const token = await dialog.getByLabel('Token', { exact: true }).inputValue();
  await dialog.getByRole('button', { name: 'Done' }).click();
  const program = await stranger(browser);
  const headers = { authorization: `Bearer ${token}` };
  const status = async (): Promise<number> =>
    (await program.request.get('/api/v1/incidents', { headers })).status();
  expect(await status()).toBe(200);
  expect((await program.request.post('/api/v1/incidents', { headers, data: { title: 'x' } })).status()).toBe(
    403,
  );
  await expect(page.getByRole('row', { name: /Nightly check/ })).toBeVisible();
  await checkLook(page, 'tokens');
  await page.getByRole('button', { name: 'Revoke Nightly check' }).click();
  await dialog.getByRole('button', { name: 'Keep it' }).click();
  expect(await status()).toBe(200);
  await page.getByRole('button', { name: 'Revoke Nightly check' }).click();
  await dialog.getByRole('button', { name: 'Revoke token' }).click();
  await expect(page.getByText('No tokens yet')).toBeVisible();
  expect(await status()).toBe(401);
  await program.close();
  await context.close();
});

test('who is locked out gets a link on the machine itself, which works once', async ({ browser }) => {
  const { dataDir } = installation();
  // the port is that of the Recount that runs there
  const env: NodeJS.ProcessEnv = { ...process.env, DATABASE_URL: '', RECOUNT_DATA_DIR: dataDir, PORT: '' };
  const run = spawnSync('node', ['lib/entry/run.js', 'cli', 'sign-in-link'], { env, encoding: 'utf8' });
  expect(run.stderr).toBe('');
  const [link = ''] = /http:\S+/.exec(run.stdout) ?? [];
  const context = await stranger(browser);
  const page = await context.newPage();
  await page.goto(link);
  await expect(page.getByText(/You are signed in as/)).toBeVisible();
  await checkLook(page, 'welcome');
  await page.getByRole('button', { name: 'Later' }).click();
  await expect(page).toHaveURL(/\/incidents$/);
  const again = await (await stranger(browser)).newPage();
  await again.goto(link);
  await expect(again.getByText('This sign-in link was used already or has expired.')).toBeVisible();
  await again.context().close();
  await context.close();
});

test('a link that an admin makes lets in, and proves nothing until the own password does', async ({
  page,
  browser,
}) => {
  await (await signInAs(browser, 'operator', 'Lea Lost')).close();
  await ask('records', "update session set proved_at = now() - interval '1 hour' where person_id = 'local'");
  await page.goto('/settings/people');
  await page.getByRole('button', { name: 'Change Lea Lost' }).click();
  const dialog = page.getByRole('dialog');
  await dialog.getByRole('button', { name: 'Make a sign-in link' }).click();
  await expect(dialog.getByText('Show that it is you')).toBeVisible();
  await checkLook(page, 'a proof for a sign-in link');
  await proveAgain();
  await dialog.getByRole('button', { name: 'Make a sign-in link' }).click();
  const link = await dialog.getByLabel('Sign-in link').inputValue();

  const context = await stranger(browser);
  const lea = await context.newPage();
  await lea.goto(link);
  await expect(lea.getByText('You are signed in as Lea Lost.')).toBeVisible();
  await lea.getByLabel('E-mail').fill('lea@example.org');
  await lea.getByLabel('New password').fill(PASSWORD);
  await lea.getByLabel('The same again').fill(PASSWORD);
  await lea.getByRole('button', { name: 'Set password' }).click();
  await expect(lea).toHaveURL(/\/incidents$/);
  await lea
    .getByRole('button', { name: /^Notifications/ })
    .first()
    .click();
  await expect(lea.getByRole('link', { name: /made a sign-in link for you/ })).toBeVisible();
  await lea.goto('/settings/tokens');
  await lea.getByRole('button', { name: 'New token' }).click();
  await lea.getByRole('dialog').getByRole('textbox', { name: 'Name' }).fill('Nightly');
  await lea.getByRole('button', { name: 'Make token' }).click();
  await lea.getByRole('textbox', { name: 'Your password' }).fill(PASSWORD);
  await lea.getByRole('button', { name: 'Confirm' }).click();
  await expect(lea.getByText('The token is ready')).toBeVisible();
  await context.close();
});

/** When Recount last saw somebody use it, in minutes before now. */
const idleMinutes = async (personId: string): Promise<number> => {
  const [row] = await ask<{ minutes: number }>(
    'records',
    'select (extract(epoch from now() - max(last_seen_at)) / 60)::float8 as minutes from session where person_id = $1',
    [personId],
  );
  return row?.minutes ?? Number.NaN;
};
const wasIdleFor = (personId: string, minutes: number) =>
  ask('records', 'update session set last_seen_at = now() - make_interval(mins => $2) where person_id = $1', [
    personId,
    minutes,
  ]);

test('a page that asks by itself keeps nobody signed in', async ({ browser }) => {
  const context = await signInAs(browser, 'viewer', 'Ida Idle');
  const page = await context.newPage();
  await page.clock.install();
  const asked = () => page.waitForResponse((answer) => answer.url().includes('/api/v1/incidents'));
  await page.goto('/incidents');
  await asked();
  await page.clock.fastForward('02:00');
  await asked();
  await wasIdleFor('e2e-ida-idle', 29);
  await asked();
  expect(await idleMinutes('e2e-ida-idle')).toBeGreaterThan(28);
  await page.keyboard.press('Shift');
  await asked();
  await expect.poll(() => idleMinutes('e2e-ida-idle')).toBeLessThan(1);
  await page.clock.fastForward('02:00');
  await wasIdleFor('e2e-ida-idle', 31);
  await expect(page).toHaveURL(/\/sign-in\?next=%2Fincidents$/);
  await context.close();
});

test('who lost the password gets a link from an admin, and sets a new one', async ({ browser }) => {
  const lenas = await signInAs(browser, 'operator', 'Lena Lost');
  await ask('records', "update person set email = 'lena@example.org' where name = 'Lena Lost'");
  const old = await lenas.request.post('/api/v1/me/password', { data: { password: 'a password of old' } });
  expect(old.ok()).toBe(true);
  const admins = await signInAs(browser, 'admin', 'Ada Admin');
  const admin = await admins.newPage();
  await admin.goto('/settings/people');
  await admin.getByRole('button', { name: 'Change Lena Lost' }).click();
  await admin.getByRole('button', { name: 'Make a sign-in link' }).click();
  const link = await admin.getByLabel('Sign-in link').inputValue();

  const context = await stranger(browser);
  const page = await context.newPage();
  await page.goto(link);
  await expect(page.getByText('You are signed in as Lena Lost.')).toBeVisible();
  expect(page.url(), 'the token is out of the address').not.toContain('#');
  await setPassword(page);
  await expect(page).toHaveURL(/\/incidents$/);
  expect((await lenas.request.get('/api/v1/me')).status(), 'where she was signed in before').toBe(401);
  // what the page asks for by itself while she signs out is refused, and leads the next one to no page of hers
  await page.route('**/api/v1/sign-out', async (route) => {
    const answer = await route.fetch();
    const refused = page.waitForResponse((other) => other.status() === 401);
    await page.evaluate(() => window.dispatchEvent(new Event('visibilitychange')));
    await refused;
    await route.fulfill({ response: answer });
  });
  await page.getByRole('button', { name: 'Sign out' }).first().click();
  const signIn = async (email: string, password: string): Promise<void> => {
    await expect(page).toHaveURL(/\/sign-in$/);
    await page.getByRole('textbox', { name: 'E-mail' }).fill(email);
    await page.getByLabel('Password').fill(password);
    await page.keyboard.press('Enter');
  };
  await signIn('lena@example.org', 'a password of old');
  await expect(page.getByRole('alert').first()).toContainText('E-mail or password is wrong');
  await signIn('lena@example.org', PASSWORD);
  await expect(page).toHaveURL(/\/incidents$/);

  // her e-mail is her own affair; long after signing in it asks who she is
  await page.goto('/settings/profile');
  await ask(
    'records',
    "update session set proved_at = now() - interval '1 hour' where person_id = 'e2e-lena-lost'",
  );
  const card = page.getByRole('region', { name: 'E-mail' });
  await card.getByRole('textbox', { name: 'Your e-mail' }).fill('lena.lost@example.org');
  await card.getByRole('button', { name: 'Save e-mail' }).click();
  await card.getByLabel('Your password').fill(PASSWORD);
  await checkLook(page, 'profile, a proof for the new e-mail');
  await card.getByRole('button', { name: 'Confirm' }).click();
  await expect(page.getByText('Your e-mail is changed. All other sessions have ended.')).toBeVisible();
  await page.getByRole('button', { name: 'Sign out' }).first().click();
  await signIn('lena.lost@example.org', PASSWORD);
  await expect(page).toHaveURL(/\/incidents$/);

  const again = await (await stranger(browser)).newPage();
  await again.goto(link);
  await expect(again.getByText('This sign-in link was used already or has expired.')).toBeVisible();
  for (const one of [again.context(), context, admins, lenas]) await one.close();
});

test('who comes back from the provider without being let in reads why', async ({ browser }) => {
  const context = await stranger(browser);
  const page = await context.newPage();
  for (const [error, words] of [
    ['provider', 'Your provider did not let you in'],
    ['again', 'was begun in another browser'],
    ['away', 'Your provider did not answer as it should'],
  ] as const) {
    await page.goto(`/sign-in?error=${error}`);
    await expect(page.getByRole('status').filter({ hasText: words })).toBeVisible();
  }
  await checkLook(page, 'sign-in, not let in');
  // what stands in the address otherwise is not shown
  await page.goto('/sign-in?error=%3Cb%3Ex&error_description=call+this+number');
  await expect(page.getByText('Your provider did not let you in')).toBeVisible();
  await expect(page.getByText('call this number')).toHaveCount(0);
  await context.close();
});

/** Passkeys belong to a name: one's own machine is `localhost`. */
async function byName(context: BrowserContext, path: string): Promise<Page> {
  const page = await context.newPage();
  const session = await context.newCDPSession(page);
  await session.send('WebAuthn.enable');
  await session.send('WebAuthn.addVirtualAuthenticator', {
    options: {
      protocol: 'ctap2',
      transport: 'internal',
      hasResidentKey: true,
      hasUserVerification: true,
      isUserVerified: true,
      automaticPresenceSimulation: true,
    },
  });
  await page.goto(`http://localhost:${installation().port}${path}`);
  return page;
}

test('a passkey is added, signs in, and proves who one is', async ({ browser }) => {
  const context = await signInAs(browser, 'approver', 'Pia Passkey');
  await openLink(context, 'e2e-pia-passkey', 'localhost');
  const page = await byName(context, '/settings/profile');
  await page.getByRole('textbox', { name: 'Name of the new passkey' }).fill('Laptop');
  await page.getByRole('button', { name: 'Add passkey' }).click();
  await expect(page.getByRole('region', { name: 'Passkeys' })).toContainText('Laptop');
  await checkLook(page, 'profile');
  await page.getByRole('button', { name: 'Sign out' }).first().click();
  await page.getByRole('button', { name: 'Sign in with a passkey' }).click();
  await expect(page).toHaveURL(/\/incidents$/);

  // long after signing in, what needs a fresh proof asks for it, and then goes on by itself
  await ask(
    'records',
    "update session set proved_at = now() - interval '1 hour' where person_id = 'e2e-pia-passkey'",
  );
  await page.goto(`http://localhost:${installation().port}/settings/tokens`);
  await page.getByRole('button', { name: 'New token' }).click();
  await page.getByRole('dialog').getByRole('textbox', { name: 'Name' }).fill('By passkey');
  await page.getByRole('button', { name: 'Make token' }).click();
  await page.getByRole('button', { name: 'Use a passkey' }).click();
  await expect(page.getByText('The token is ready')).toBeVisible();
  await context.close();
});
