import { createServer, type Server } from 'node:http';
import { Provider } from 'oidc-provider';
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import { z } from 'zod';
import { openLog, setLog } from '#lib/adapters/log/log';
import { freePort } from '#lib/adapters/postgres-server/embedded';
import { LOCAL_PERSON } from '#lib/adapters/store/person';
import { NOBODY } from '#lib/recovery/access/actor';
import { type Browser, openBrowser } from '#lib/recovery/access/browser.testing';
import type { Role } from '#lib/recovery/access/policy';
import { finishProvider, StartProviderInput, startProvider } from '#lib/recovery/access/provider';
import { readMe } from '#lib/recovery/access/read-me';
import { SetPasswordInput, setPassword } from '#lib/recovery/access/set-password';
import { handler } from '#lib/recovery/http/http';
import { openTestContext, type TestContext } from '#lib/recovery/setup/testing';
import { MakeTokenInput, makeApiToken } from '#lib/recovery/tokens/tokens';

// A real OpenID provider beside the real records. Who signs in there is set by the test; nobody is asked for consent.

const ORIGIN = 'http://127.0.0.1:4000';
const CLIENT = { client_id: 'recount', client_secret: 'a-secret-of-the-provider-0123456789' };

let test: TestContext;
let server: Server;
let issuer: string;
let provider: Provider;
let subject: {
  readonly sub: string;
  readonly email: string;
  readonly email_verified: boolean;
  readonly name: string;
};
const authorizations: URL[] = [];
/** When the provider asks who it is: seconds since 1970. */
let loginAt: number;
const nowSeconds = (): number => Math.floor(Date.now() / 1000);

beforeAll(async () => {
  test = await openTestContext();
  const port = await freePort();
  issuer = `http://127.0.0.1:${port}`;
  provider = new Provider(issuer, {
    clients: [
      { ...CLIENT, redirect_uris: [`${ORIGIN}/api/auth/callback/oidc`], grant_types: ['authorization_code'] },
    ],
    claims: { openid: ['sub'], email: ['email', 'email_verified'], profile: ['name'] },
    conformIdTokenClaims: false,
    features: { devInteractions: { enabled: false } },
    interactions: { url: (_, interaction) => `/interaction/${interaction.uid}` },
    pkce: { required: () => true },
    findAccount: (_, sub) => ({ accountId: sub, claims: async () => ({ ...subject, sub }) }),
    loadExistingGrant: async (ctx) => {
      const grant = new ctx.oidc.provider.Grant({
        clientId: ctx.oidc.client?.clientId ?? '',
        accountId: ctx.oidc.session?.accountId ?? '',
      });
      grant.addOIDCScope('openid email profile');
      await grant.save();
      return grant;
    },
  });
  const callback = provider.callback();
  server = createServer((request, response) => {
    if (!request.url?.startsWith('/interaction/')) return void callback(request, response);
    const login = { accountId: subject.sub, ts: loginAt };
    void provider.interactionFinished(request, response, { login });
  });
  await new Promise<void>((done) => server.listen(port, '127.0.0.1', done));
}, 60_000);
afterAll(async () => {
  globalThis.recountContext = undefined;
  server.closeAllConnections();
  server.close();
  await test.close();
});
beforeEach(async () => {
  const { store } = test.context;
  await store.person.deleteMany({ where: { id: { not: LOCAL_PERSON } } });
  await store.invitation.deleteMany();
  loginAt = nowSeconds();
  subject = { sub: 'ana-1', email: 'Ana@example.org', email_verified: true, name: 'Ana Provider' };
  open(null);
});

/** The context of the web process, with the provider set up; `role`: of whom nobody invited. */
function open(role: Role | null): void {
  const { context } = test;
  const oidc = { issuer, clientId: CLIENT.client_id, clientSecret: CLIENT.client_secret, role };
  // a store of its own kind for each: what is made for one is kept by it
  const store = Object.create(context.store) as typeof context.store;
  globalThis.recountContext = Promise.resolve({
    ...context,
    store,
    env: { ...context.env, oidc },
    actor: NOBODY,
  });
}

const invited = (email: string, role: string) =>
  test.context.store.invitation.create({
    data: {
      email,
      name: 'Ana Invited',
      role,
      tokenSha256: `${email} ${role}`,
      createdBy: LOCAL_PERSON,
      expiresAt: new Date(Date.now() + 60_000),
    },
  });

/**
 * Follows the browser from Recount to the provider and back; `cookies`: what it has of the provider. Answers where it ends up
 * in Recount.
 */
async function signInThere(
  browser: Browser,
  { cookies = new Map<string, string>(), proof = false } = {},
): Promise<string> {
  const started = await browser.ask(StartProviderInput, startProvider, { next: '/incidents', proof });
  expect(started.status).toBe(200);
  let at = new URL(String(started.body.url));
  authorizations.push(at);
  while (at.origin === issuer) {
    const cookie = [...cookies].map(([name, value]) => `${name}=${value}`).join('; ');
    const answer = await fetch(at, { redirect: 'manual', headers: { cookie } });
    for (const line of answer.headers.getSetCookie()) {
      const [name = '', value = ''] = (line.split(';')[0] ?? '').split(/=(.*)/s, 2);
      cookies.set(name, value);
    }
    const location = answer.headers.get('location');
    if (location === null) throw new Error(`the provider answers ${answer.status}: ${await answer.text()}`);
    at = new URL(location, at);
  }
  return finish(browser, at);
}

async function finish(browser: Browser, at: URL): Promise<string> {
  const cookie = [...browser.cookies].map(([name, value]) => `${name}=${value}`).join('; ');
  const back = handler(z.looseObject({}), finishProvider, { open: true });
  const request = new Request(at, { headers: { host: at.host, cookie, 'x-recount-address': '127.0.0.1' } });
  const answer = await back(request, { params: Promise.resolve({}) });
  for (const line of answer.headers.getSetCookie()) {
    const [name = '', value = ''] = (line.split(';')[0] ?? '').split(/=(.*)/s, 2);
    if (value !== '') browser.cookies.set(name, value);
  }
  const { pathname, search } = new URL(answer.headers.get('location') ?? '', ORIGIN);
  return pathname + search;
}

const me = (browser: Browser) => browser.ask(z.object({}), readMe);

it('lets in who was invited by the e-mail that the provider has verified, with that role', async () => {
  await invited('ana@example.org', 'approver');
  const browser = openBrowser();
  expect(await signInThere(browser)).toBe('/incidents');
  expect((await me(browser)).body).toMatchObject({
    name: 'Ana Invited',
    email: 'ana@example.org',
    role: 'approver',
  });
  // again, as the same person, without an invitation
  const again = openBrowser();
  expect(await signInThere(again)).toBe('/incidents');
  expect((await me(again)).body.id).toBe((await me(browser)).body.id);
  const { store } = test.context;
  expect(await store.account.findMany({ where: { providerId: 'oidc' } })).toEqual([
    expect.objectContaining({ accountId: 'ana-1', accessToken: null, idToken: null, refreshToken: null }),
  ]);
  const told = await store.notification.findMany({ where: { kind: 'may_approve' } });
  expect(told).toEqual([]); // nobody else approves but who invited them
  const lines = await store.audit.findMany({ orderBy: { seq: 'desc' }, take: 3 });
  expect(lines.map(({ action }) => action)).toEqual(['session.open', 'session.open', 'invitation.accept']);
  expect(lines[0]?.detail).toMatchObject({ how: 'provider' });
});

it('leaves out who was not invited, and whose e-mail is not verified', async () => {
  const stranger = openBrowser();
  expect(await signInThere(stranger)).toBe('/sign-in?error=provider');
  expect((await me(stranger)).status).toBe(401);
  await invited('ana@example.org', 'admin');
  subject = { ...subject, email_verified: false };
  const unverified = openBrowser();
  expect(await signInThere(unverified)).toBe('/sign-in?error=provider');
  expect((await me(unverified)).status).toBe(401);
  expect(await test.context.store.person.count()).toBe(1);
});

it('knows a person by the e-mail of an invitation, not by one that the person gave', async () => {
  const { store } = test.context;
  const data = { id: 'vera', name: 'Vera', role: 'viewer', email: 'ana@example.org' };
  await store.person.create({ data });
  open('operator');
  const browser = openBrowser();
  expect(await signInThere(browser)).toBe('/sign-in?error=provider');
  expect((await me(browser)).status).toBe(401);
  await store.person.update({ where: { id: 'vera' }, data: { emailVerified: true } });
  expect(await signInThere(browser)).toBe('/incidents');
  expect((await me(browser)).body).toMatchObject({ id: 'vera' });
  // from then on by the provider's own word for who it is
  await store.person.update({
    where: { id: 'vera' },
    data: { email: 'other@example.org', emailVerified: false },
  });
  const again = openBrowser();
  expect(await signInThere(again)).toBe('/incidents');
  expect((await me(again)).body).toMatchObject({ id: 'vera', email: 'other@example.org' });
});

it('lets everybody of the provider in where a role is set for them, but nobody who is disabled', async () => {
  open('viewer');
  const browser = openBrowser();
  await signInThere(browser);
  expect((await me(browser)).body).toMatchObject({ name: 'Ana Provider', role: 'viewer' });
  await test.context.store.person.updateMany({
    where: { email: 'ana@example.org' },
    data: { disabledAt: new Date() },
  });
  const again = openBrowser();
  expect(await signInThere(again)).toBe('/sign-in?error=provider');
  expect((await me(again)).status).toBe(401);
});

it('who is let through without being asked has proved nothing; asked again, they have', async () => {
  const { store } = test.context;
  await invited('ana@example.org', 'approver');
  const cookies = new Map<string, string>();
  const browser = openBrowser();
  const askToken = () => browser.ask(MakeTokenInput, makeApiToken, { name: 'x', scope: 'read', days: 1 });
  expect(await signInThere(browser, { cookies })).toBe('/incidents');
  expect((await me(browser)).body).toMatchObject({ provider: '127.0.0.1', hasPassword: false });
  expect((await askToken()).status).toBe(200);
  // signed in there two hours ago, in a browser that is left open
  loginAt = nowSeconds() - 2 * 3600;
  cookies.clear();
  await signInThere(openBrowser(), { cookies });
  loginAt = nowSeconds();
  expect(await signInThere(browser, { cookies })).toBe('/incidents');
  expect(await askToken()).toMatchObject({ status: 403, body: { error: { code: 'access.prove' } } });
  expect(
    await browser.ask(SetPasswordInput, setPassword, { password: 'correct horse battery' }),
  ).toMatchObject({
    status: 403,
    body: { error: { code: 'access.prove' } },
  });
  const asked = authorizations.at(-1)?.searchParams;
  expect(asked?.get('max_age')).toBe('43200');
  // the provider asks in any case; the session from before ends
  expect(await signInThere(browser, { cookies, proof: true })).toBe('/incidents');
  expect(authorizations.at(-1)?.searchParams.get('max_age')).toBe('0');
  expect((await askToken()).status).toBe(200);
  const { id } = await store.person.findUniqueOrThrow({ where: { email: 'ana@example.org' } });
  const sessions = await store.session.findMany({ where: { userId: id }, orderBy: { createdAt: 'asc' } });
  // of the other browser, and of this one the newest
  expect(sessions.map(({ provedHow }) => provedHow)).toEqual(['provider', 'provider']);
  expect(Math.round((Date.now() - (sessions[0]?.provedAt.getTime() ?? 0)) / 3_600_000)).toBe(2);
  expect(Date.now() - (sessions[1]?.provedAt.getTime() ?? 0)).toBeLessThan(60_000);
});

it('says each refusal in one line of the log, calmly in the page, and in the audit', async () => {
  const lines: string[] = [];
  const before = globalThis.recountLog;
  setLog(openLog('web', 'json', { write: (line) => lines.push(line) }));
  try {
    const { store } = test.context;
    await signInThere(openBrowser()); // whom nobody invited
    const at = (query: string) => new URL(`${ORIGIN}/api/auth/callback/oidc?${query}`);
    expect(await finish(openBrowser(), at('error=access_denied&state=none'))).toBe('/sign-in?error=again');
    expect(await finish(openBrowser(), at('code=x'))).toBe('/sign-in?error=again');
    const browser = openBrowser();
    const { body } = await browser.ask(StartProviderInput, startProvider, {});
    const state = new URL(String(body.url)).searchParams.get('state');
    expect(await finish(browser, at(`error=access_denied&error_description=<b>no&state=${state}`))).toBe(
      '/sign-in?error=provider',
    );
    const words = lines.map((line) => JSON.parse(line)).filter(({ msg }) => msg !== 'request');
    expect(words.length).toBeGreaterThan(2);
    expect(words.filter((line) => 'stack' in line || /\n|\bat \S+:\d/.test(line.why))).toEqual([]);
    await expect
      .poll(() => store.audit.count({ where: { action: 'session.refuse', subject: 'nobody known' } }))
      .toBeGreaterThan(0);
  } finally {
    globalThis.recountLog = before;
  }
});

it('asks with PKCE, state and nonce, and takes no answer that another browser asked for', async () => {
  await invited('ana@example.org', 'viewer');
  await signInThere(openBrowser());
  const asked = authorizations.at(-1)?.searchParams;
  expect(asked?.get('code_challenge_method')).toBe('S256');
  expect(asked?.get('state')).toMatch(/^.{20,}$/);
  const other = openBrowser();
  const at = new URL(`${ORIGIN}/api/auth/callback/oidc?code=stolen&state=${asked?.get('state')}`);
  expect(await finish(other, at)).toBe('/sign-in?error=again');
  expect((await me(other)).status).toBe(401);
});

it('says that the provider does not answer, and finds it again by itself', async () => {
  const { context } = test;
  const store = Object.create(context.store) as typeof context.store;
  const oidc = { issuer, clientId: CLIENT.client_id, clientSecret: CLIENT.client_secret, role: null };
  const use = (to: string) => {
    const env = { ...context.env, oidc: { ...oidc, issuer: to } };
    globalThis.recountContext = Promise.resolve({ ...context, store, env, actor: NOBODY });
    return openBrowser().ask(StartProviderInput, startProvider, {});
  };
  expect(await use('http://127.0.0.1:9')).toMatchObject({
    status: 502,
    body: { error: { code: 'access.provider' } },
  });
  const back = new URL(`${ORIGIN}/api/auth/callback/oidc?code=x&state=x`);
  expect(await finish(openBrowser(), back)).toBe('/sign-in?error=away');
  expect((await use(issuer)).status).toBe(200);
});
