import { createHash } from 'node:crypto';
import { userInfo } from 'node:os';
import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from 'vitest';
import { z } from 'zod';
import { LOCAL_PERSON } from '#lib/adapters/store/person';
import { NOBODY, shellActor } from '#lib/recovery/access/actor';
import { addingPasskey, authOf } from '#lib/recovery/access/auth-of';
import { openAuthenticator } from '#lib/recovery/access/authenticator.testing';
import { type Browser, openBrowser } from '#lib/recovery/access/browser.testing';
import { openWelcome, WelcomeInput } from '#lib/recovery/access/open-welcome';
import {
  AddPasskeyInput,
  AssertionInput,
  addPasskey,
  newPasskeyOptions,
  passkeyOptions,
  proveByPasskey,
  removePasskey,
  signInByPasskey,
} from '#lib/recovery/access/passkeys';
import { ProveInput, prove } from '#lib/recovery/access/prove';
import { readMe } from '#lib/recovery/access/read-me';
import { SetPasswordInput, setPassword } from '#lib/recovery/access/set-password';
import { SignInInput, signIn, signOut } from '#lib/recovery/access/sign-in';
import { firstSignInLink, makeSignInLink } from '#lib/recovery/access/sign-in-link';
import { openTestContext, type TestContext } from '#lib/recovery/setup/testing';

const ORIGIN = 'http://127.0.0.1:4000';
const EMAIL = 'ana@example.org';
const PASSWORD = 'correct horse battery';
const Nothing = z.object({});

let test: TestContext;
beforeAll(async () => {
  test = await openTestContext();
  globalThis.recountContext = Promise.resolve({ ...test.context, actor: NOBODY });
}, 60_000);
afterAll(async () => {
  globalThis.recountContext = undefined;
  await test.close();
});
beforeEach(async () => {
  const { store } = test.context;
  await store.session.deleteMany();
  await store.account.deleteMany();
  await store.signInTry.deleteMany();
  await store.person.update({ where: { id: LOCAL_PERSON }, data: { email: null, disabledAt: null } });
});
afterEach(async () => {
  await test.context.store.person.deleteMany({ where: { id: { not: LOCAL_PERSON } } });
});

const tokenOf = (link: string | null): string => link?.split('#')[1] ?? '';
const welcome = (browser: Browser, token: string) => browser.ask(WelcomeInput, openWelcome, { token });
const me = (browser: Browser) => browser.ask(Nothing, readMe);

/** A browser whose person has a password. */
async function signedUp(): Promise<Browser> {
  const browser = openBrowser();
  await welcome(browser, tokenOf(await makeSignInLink(test.context.store, ORIGIN)));
  const { status } = await browser.ask(SetPasswordInput, setPassword, { password: PASSWORD, email: EMAIL });
  expect(status).toBe(200);
  return browser;
}

it('opens with the printed link, once, as the first admin', async () => {
  const { store } = test.context;
  expect(await me(openBrowser())).toMatchObject({
    status: 401,
    body: { error: { code: 'access.signed_out' } },
  });
  const link = await firstSignInLink(store, ORIGIN);
  expect(link).toMatch(/^http:\/\/127\.0\.0\.1:4000\/welcome#[\w-]{43}$/);
  const browser = openBrowser();
  expect((await welcome(browser, tokenOf(link))).status).toBe(200);
  expect((await me(browser)).body).toMatchObject({ id: LOCAL_PERSON, role: 'admin', hasPassword: false });
  expect(await welcome(openBrowser(), tokenOf(link))).toMatchObject({
    status: 410,
    body: { error: { code: 'access.link_used' } },
  });
  expect(await me(openBrowser())).toMatchObject({ status: 401 });
  // a new link ends the one before
  const [first, second] = [await makeSignInLink(store, ORIGIN), await makeSignInLink(store, ORIGIN)];
  expect((await welcome(openBrowser(), tokenOf(first))).status).toBe(410);
  expect((await welcome(openBrowser(), tokenOf(second))).status).toBe(200);
});

it('of many who open one link at once, one comes in', async () => {
  const token = tokenOf(await makeSignInLink(test.context.store, ORIGIN));
  const answers = await Promise.all(Array.from({ length: 20 }, () => welcome(openBrowser(), token)));
  expect(answers.map(({ status }) => status).sort()).toEqual([200, ...Array(19).fill(410)]);
  expect(await test.context.store.session.count()).toBe(1);
});

it('a link that is a day old is no longer taken', async () => {
  const token = tokenOf(await makeSignInLink(test.context.store, ORIGIN));
  await test.context.store.signInLink.updateMany({ data: { expiresAt: new Date(Date.now() - 1) } });
  expect((await welcome(openBrowser(), token)).status).toBe(410);
});

it('keeps no token and no password as it is', async () => {
  const { store } = test.context;
  const browser = await signedUp();
  const link = tokenOf(await makeSignInLink(store, ORIGIN));
  const [cookie = ''] = [...browser.cookies.values()];
  const token = decodeURIComponent(cookie).split('.')[0] ?? '';
  expect(token.length).toBeGreaterThanOrEqual(32);
  const tables = await store.$queryRaw<{ text: string }[]>`
    select row_to_json(s)::text as text from session s union all select row_to_json(a)::text from account a
    union all select row_to_json(l)::text from sign_in_link l union all select row_to_json(x)::text from audit x
    union all select row_to_json(t)::text from sign_in_try t`;
  const all = tables.map(({ text }) => text).join('\n');
  for (const secret of [token, cookie, link, PASSWORD]) expect(all).not.toContain(secret);
  expect(all).toContain(createHash('sha256').update(token).digest('base64url'));
  // the hash is no way in
  const thief = openBrowser();
  const name = [...browser.cookies.keys()][0] ?? '';
  thief.cookies.set(name, createHash('sha256').update(token).digest('base64url'));
  expect((await me(thief)).status).toBe(401);
});

it('with another key everybody signs in again', async () => {
  const browser = await signedUp();
  const { key } = test.context;
  const rotated = { ...key, derive: (purpose: string) => key.derive(`after a rotation, ${purpose}`) };
  globalThis.recountContext = Promise.resolve({ ...test.context, key: rotated, actor: NOBODY });
  expect((await me(browser)).status).toBe(401);
  globalThis.recountContext = Promise.resolve({ ...test.context, actor: NOBODY });
  expect((await me(browser)).status).toBe(200);
  const [[name = '', cookie = ''] = []] = [...browser.cookies];
  for (const changed of [cookie.split('.')[0], `${cookie.split('.')[0]}.${'a'.repeat(43)}%3D`]) {
    browser.cookies.set(name, changed ?? '');
    expect((await me(browser)).status).toBe(401);
  }
});

it('signs in by password; unknown e-mail and wrong password are answered alike', async () => {
  await signedUp();
  const browser = openBrowser();
  const wrong = await browser.ask(SignInInput, signIn, { email: EMAIL, password: `${PASSWORD}!` });
  const unknown = await browser.ask(SignInInput, signIn, { email: 'who@example.org', password: PASSWORD });
  const none = await browser.ask(SignInInput, signIn, { email: 'no e-mail', password: PASSWORD });
  expect(wrong.status).toBe(401);
  expect(unknown).toEqual(wrong);
  expect(none).toEqual(wrong);
  expect(await browser.ask(SignInInput, signIn, { email: ' ANA@example.org', password: PASSWORD })).toEqual({
    status: 200,
    body: {},
  });
  expect((await me(browser)).body).toMatchObject({ email: EMAIL, hasPassword: true });
  expect(await firstSignInLink(test.context.store, ORIGIN)).toBeNull();
});

it('each sign-in is a new session, and the one before it in that browser ends', async () => {
  const browser = await signedUp();
  const before = new Map(browser.cookies);
  await browser.ask(SignInInput, signIn, { email: EMAIL, password: PASSWORD });
  expect([...browser.cookies.values()]).not.toEqual([...before.values()]);
  const old = openBrowser();
  for (const [name, value] of before) old.cookies.set(name, value);
  expect((await me(old)).status).toBe(401);
  expect((await me(browser)).status).toBe(200);
});

it('signing out ends the session on the server', async () => {
  const browser = await signedUp();
  const copy = openBrowser();
  for (const [name, value] of browser.cookies) copy.cookies.set(name, value);
  expect((await browser.ask(Nothing, signOut, {})).status).toBe(200);
  expect(browser.cookies.size).toBe(0);
  expect((await me(copy)).status).toBe(401);
});

it('a session ends when idle for 30 minutes, after 12 hours, and when its person is disabled', async () => {
  const { store } = test.context;
  const browser = await signedUp();
  const ago = (minutes: number): Date => new Date(Date.now() - minutes * 60_000);
  const set = (data: object) => store.session.updateMany({ data });
  await set({ lastSeenAt: ago(29) });
  expect((await me(browser)).status).toBe(200);
  expect((await store.session.findFirstOrThrow()).lastSeenAt.getTime()).toBeGreaterThan(ago(1).getTime());
  await set({ lastSeenAt: ago(31) });
  expect((await me(browser)).status).toBe(401);
  await set({ lastSeenAt: new Date() });
  const { createdAt, expiresAt } = await store.session.findFirstOrThrow();
  expect(Math.round((expiresAt.getTime() - createdAt.getTime()) / 3_600_000)).toBe(12);
  await set({ expiresAt: ago(0) });
  expect((await me(browser)).status).toBe(401);
  await set({ expiresAt });
  await store.person.update({ where: { id: LOCAL_PERSON }, data: { disabledAt: new Date() } });
  expect((await me(browser)).status).toBe(401);
  const again = await openBrowser().ask(SignInInput, signIn, { email: EMAIL, password: PASSWORD });
  expect(again).toMatchObject({ status: 401, body: { error: { code: 'access.sign_in_failed' } } });
  expect(await store.session.count()).toBe(1);
});

it('limits tries by account and by address, known or not, and counts many at once', async () => {
  await signedUp();
  const attempt = (email: string, address: string) =>
    openBrowser(address).ask(SignInInput, signIn, { email, password: 'not the password' });
  const { store } = test.context;
  const many = await Promise.all(Array.from({ length: 14 }, (_, at) => attempt(EMAIL, `10.0.0.${at}`)));
  expect(many.filter(({ status }) => status === 401).length).toBe(10);
  // what is refused prolongs nothing
  const account = { where: { subject: { startsWith: 'account ' } } };
  expect(await store.signInTry.count(account)).toBe(10);
  expect(await attempt('WHO@example.org', '10.1.0.1')).toMatchObject({ status: 401 });
  // also with the right password, from anywhere
  const right = await openBrowser('10.9.9.9').ask(SignInInput, signIn, { email: EMAIL, password: PASSWORD });
  expect(right).toMatchObject({ status: 429, body: { error: { code: 'access.too_many' } } });
  // but for where its person has come in before: strangers do not lock them out there
  const home = (password: string) => openBrowser().ask(SignInInput, signIn, { email: EMAIL, password });
  expect((await home(PASSWORD)).status).toBe(200);
  for (let at = 0; at < 10; at++) expect((await home('not the password')).status).toBe(401);
  expect((await home(PASSWORD)).status).toBe(429);
  for (let at = 0; at < 50; at++)
    await test.context.store.signInTry.create({ data: { subject: 'address 10.2.0.1' } });
  expect((await attempt('other@example.org', '10.2.0.1')).status).toBe(429);
  await test.context.store.signInTry.updateMany({ data: { at: new Date(Date.now() - 16 * 60_000) } });
  expect(
    (await openBrowser('10.2.0.1').ask(SignInInput, signIn, { email: EMAIL, password: PASSWORD })).status,
  ).toBe(200);
}, 30_000);

it('what strangers type as an e-mail keeps nobody from a proof', async () => {
  const browser = await signedUp();
  const stranger = openBrowser('10.4.0.1');
  for (let at = 0; at < 11; at++)
    await stranger.ask(SignInInput, signIn, { email: LOCAL_PERSON, password: 'not the password' });
  expect((await browser.ask(ProveInput, prove, { password: PASSWORD })).status).toBe(200);
  // the own tries are counted all the same
  for (let at = 0; at < 10; at++)
    expect((await browser.ask(ProveInput, prove, { password: 'wrong' })).status).toBe(401);
  expect((await browser.ask(ProveInput, prove, { password: PASSWORD })).status).toBe(429);
}, 30_000);

it('limits what strangers begin, since each leaves a challenge', async () => {
  const browser = openBrowser('10.3.0.1');
  const begin = () => browser.ask(Nothing, passkeyOptions, {});
  expect((await begin()).status).toBe(200);
  const subject = 'challenge 10.3.0.1';
  await test.context.store.signInTry.createMany({ data: Array.from({ length: 99 }, () => ({ subject })) });
  expect(await begin()).toMatchObject({ status: 429, body: { error: { code: 'access.too_many' } } });
  expect((await openBrowser('10.3.0.2').ask(Nothing, passkeyOptions, {})).status).toBe(200);
  // the limit of passwords is another one
  expect(
    (await browser.ask(SignInInput, signIn, { email: EMAIL, password: 'not the password' })).status,
  ).toBe(401);
});

it('a new password needs a fresh proof, ends other sessions, and has 12 characters', async () => {
  const { store } = test.context;
  const browser = await signedUp();
  const other = openBrowser();
  await other.ask(SignInInput, signIn, { email: EMAIL, password: PASSWORD });
  await store.session.updateMany({ data: { provedAt: new Date(Date.now() - 11 * 60_000) } });
  const change = (password: string) => browser.ask(SetPasswordInput, setPassword, { password });
  expect(await change('another long password')).toMatchObject({
    status: 403,
    body: { error: { code: 'access.prove' } },
  });
  expect((await browser.ask(ProveInput, prove, { password: 'wrong' })).status).toBe(401);
  expect((await browser.ask(ProveInput, prove, { password: PASSWORD })).status).toBe(200);
  expect((await store.session.findMany()).map(({ provedHow }) => provedHow)).toEqual([
    'password',
    'password',
  ]);
  expect((await change('short')).status).toBe(400);
  const link = await makeSignInLink(store, ORIGIN);
  for (const [guessable, why] of [
    [PASSWORD, 'is the one that you have now'],
    ['aaaaaaaaaaaa', 'repeats'],
    [`${EMAIL}1`, 'own name or e-mail'],
  ])
    expect(await change(guessable ?? '')).toMatchObject({
      status: 400,
      body: { error: { code: 'request.invalid', message: expect.stringContaining(why ?? '') } },
    });
  expect((await change('another long password')).status).toBe(200);
  expect((await me(other)).status).toBe(401);
  expect((await welcome(openBrowser(), tokenOf(link))).status).toBe(410);
  expect((await me(browser)).status).toBe(200);
  expect((await openBrowser().ask(SignInInput, signIn, { email: EMAIL, password: PASSWORD })).status).toBe(
    401,
  );
});

it('the audit tells who came in, how and from where', async () => {
  const { store } = test.context;
  const browser = await signedUp();
  await browser.ask(Nothing, signOut, {});
  const lines = await store.audit.findMany({ orderBy: { seq: 'desc' }, take: 5 });
  const [session] = lines.map(({ subject }) => subject).filter((subject) => subject.startsWith('session '));
  expect(lines.map(({ actor, action }) => `${actor} ${action}`)).toEqual([
    'local session.close',
    'local me.password',
    'local session.open',
    'local sign_in_link.use',
    'recount sign_in_link.make',
  ]);
  expect(lines[2]).toMatchObject({ via: 'session', address: '127.0.0.1', detail: { how: 'link' } });
  expect(`session ${lines[2]?.session}`).toBe(session);
});

it('a link made in the shell is told as such, with the account of the machine, and is a proof', async () => {
  const { store } = test.context;
  const token = tokenOf(await makeSignInLink(store, ORIGIN, shellActor()));
  expect(await store.signInLink.findFirst({ orderBy: { createdAt: 'desc' } })).toMatchObject({
    madeBy: null,
  });
  expect(await store.audit.findFirst({ orderBy: { seq: 'desc' } })).toMatchObject({
    actor: 'recount',
    via: 'command',
    action: 'sign_in_link.make',
    detail: { account: userInfo().username },
  });
  await welcome(openBrowser(), token);
  expect(await store.session.findFirstOrThrow()).toMatchObject({ linkBy: null });
});

it('a passkey has to ask who uses it: it is made, signs in and proves with PIN or fingerprint only', async () => {
  const { store } = test.context;
  const browser = await signedUp();
  const device = openAuthenticator('http://localhost:4000');
  const Options = z.looseObject({ challenge: z.string() });
  const challenge = async (at: Browser, verb: typeof passkeyOptions): Promise<string> => {
    const { body } = await at.ask(Nothing, verb, {});
    const asked = JSON.stringify(body);
    expect(asked).toContain('"userVerification":"required"');
    return Options.parse(body).challenge;
  };
  const add = async (asks: boolean) => {
    const response = device.create(await challenge(browser, newPasskeyOptions), { asks });
    return browser.ask(AddPasskeyInput, addPasskey, { name: 'Key', response });
  };
  const none = {
    status: 401,
    body: {
      error: {
        code: 'access.sign_in_failed',
        message: 'This passkey asked for no PIN, fingerprint or face.',
      },
    },
  };
  expect(await add(false)).toMatchObject(none);
  expect(await store.passkey.count()).toBe(0);
  expect((await add(true)).status).toBe(200);
  const use = async (at: Browser, verb: typeof signInByPasskey, asks: boolean) => {
    const response = device.get(await challenge(at, passkeyOptions), { asks });
    return at.ask(AssertionInput, verb, { response });
  };
  const other = openBrowser();
  expect(await use(other, signInByPasskey, false)).toMatchObject(none);
  expect((await me(other)).status).toBe(401);
  expect((await use(other, signInByPasskey, true)).status).toBe(200);
  expect((await me(other)).body).toMatchObject({ id: LOCAL_PERSON, passkeys: [{ name: 'Key' }] });
  await store.session.updateMany({ data: { provedAt: new Date(0) } });
  expect(await use(other, proveByPasskey, false)).toMatchObject(none);
  const proved = () => store.session.count({ where: { provedAt: { gt: new Date(0) } } });
  expect(await proved()).toBe(0);
  expect((await use(other, proveByPasskey, true)).status).toBe(200);
  expect(await proved()).toBe(1);
  await store.passkey.deleteMany();
});

it('a passkey is kept with its line of the audit, or not at all, and is nobody else’s', async () => {
  const { context } = test;
  const { store, actor } = context;
  const ben = { id: 'ben', name: 'Ben', role: 'viewer' };
  await store.person.create({ data: ben });
  const key = (id: string) => ({
    name: 'Laptop',
    userId: 'ben',
    credentialID: id,
    publicKey: 'x',
    counter: 0,
    deviceType: 'x',
    backedUp: false,
  });
  const { adapter } = await authOf(context).$context;
  const keep = (id: string) => adapter.create({ model: 'passkey', data: key(id) });
  await expect(keep('nobody')).rejects.toThrow(/added by nobody/);
  expect(await store.passkey.count()).toBe(0);
  const by = { ...actor, id: 'ben', name: 'Ben' };
  const { id } = await addingPasskey(by, 'Laptop', () => keep('of-ben'));
  expect(await store.audit.findFirst({ orderBy: { seq: 'desc' } })).toMatchObject({
    actor: 'ben',
    action: 'passkey.add',
    subject: `passkey ${id}`,
  });
  // somebody else's is as one that is not there
  await expect(removePasskey(context, { id })).rejects.toMatchObject({ code: 'not_found' });
  await expect(removePasskey(context, { id: 'none' })).rejects.toMatchObject({ code: 'not_found' });
  const shown = { id: 'of-ben', rawId: 'of-ben', type: 'public-key' as const, clientExtensionResults: {} };
  const response = { ...shown, response: { clientDataJSON: 'x', authenticatorData: 'x', signature: 'x' } };
  await expect(
    proveByPasskey(context, { response }, new Request('http://127.0.0.1:4000/')),
  ).rejects.toMatchObject({ code: 'access.sign_in_failed', message: 'This passkey is not yours.' });
  expect(await store.passkey.count()).toBe(1);
  await removePasskey({ ...context, actor: by }, { id });
  expect(await store.passkey.count()).toBe(0);
});

it('who was not let in stands in the audit: the person, never what was typed, and not for each try', async () => {
  const { store } = test.context;
  await signedUp();
  const since = (await store.audit.findFirstOrThrow({ orderBy: { seq: 'desc' } })).seq;
  // a store of its own kind: what other tests were refused is gathered beside the other
  const own = Object.create(store) as typeof store;
  const { context } = test;
  globalThis.recountContext = Promise.resolve({ ...context, store: own, actor: NOBODY });
  try {
    const attempt = (email: string) =>
      openBrowser('10.7.0.1').ask(SignInInput, signIn, { email, password: 'my secret words' });
    await Promise.all([1, 2, 3].map(() => attempt(' Ana@example.org')));
    for (const name of ['who', 'else']) await attempt(`${name}@example.org`);
    for (let at = 0; at < 9; at++) await attempt(EMAIL);
    const used = tokenOf(await makeSignInLink(store, ORIGIN));
    await store.signInLink.updateMany({ data: { usedAt: new Date() } });
    for (const token of [used, used, 'guessed']) await welcome(openBrowser('10.7.0.1'), token);
    const lines = async () =>
      (
        await store.audit.findMany({
          // what other tests were refused may be told only now
          where: { seq: { gt: since }, action: 'session.refuse', address: '10.7.0.1' },
          orderBy: { seq: 'asc' },
        })
      ).map(({ actor, via, address, subject, detail }) => ({ actor, via, address, subject, detail }));
    const by = { actor: 'nobody', via: 'nothing', address: '10.7.0.1' };
    const [ana, nobody] = [`person ${LOCAL_PERSON}`, 'nobody known'];
    await expect.poll(async () => (await lines()).length).toBe(5);
    expect(new Set((await lines()).map((line) => JSON.stringify(line)))).toEqual(
      new Set(
        [
          { ...by, subject: ana, detail: { tries: 1, way: 'password', why: 'refused' } },
          { ...by, subject: nobody, detail: { tries: 1, way: 'password', why: 'refused' } },
          { ...by, subject: ana, detail: { tries: 1, way: 'password', why: 'too many tries' } },
          { ...by, subject: ana, detail: { tries: 1, way: 'link', why: 'used or expired' } },
          { ...by, subject: nobody, detail: { tries: 1, way: 'link', why: 'used or expired' } },
        ].map((line) => JSON.stringify(line)),
      ),
    );
    const all = JSON.stringify(await lines());
    for (const typed of ['example.org', 'my secret words', 'guessed', used]) expect(all).not.toContain(typed);
  } finally {
    globalThis.recountContext = Promise.resolve({ ...context, actor: NOBODY });
  }
});

it('behind https the cookie is bound to the host, and goes over https only', async () => {
  const { context } = test;
  const store = Object.create(context.store) as typeof context.store;
  const env = { ...context.env, origin: 'https://recount.example.org', secret: 'k'.repeat(48) };
  const { headers } = await authOf({ ...context, store, env }).api.startSession({
    body: { personId: LOCAL_PERSON, linkBy: null },
    headers: new Headers(),
    returnHeaders: true,
  });
  const [cookie = '', ...more] = headers.getSetCookie();
  expect(more).toEqual([]);
  expect(cookie).toMatch(/^__Host-recount=[A-Za-z0-9]{32}\./);
  expect(cookie.split('; ').slice(1).sort()).toEqual([
    'HttpOnly',
    'Max-Age=43200',
    'Path=/',
    'SameSite=Lax',
    'Secure',
  ]);
});

it('an unknown e-mail takes as long as a wrong password', async () => {
  await signedUp();
  const took = async (email: string): Promise<number> => {
    const begun = performance.now();
    await openBrowser().ask(SignInInput, signIn, { email, password: 'not the password' });
    return performance.now() - begun;
  };
  // by turns, so that what else the machine does is shared by both
  let [known, unknown] = [Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY];
  for (let round = 0; round < 8; round++) {
    known = Math.min(known, await took(EMAIL));
    unknown = Math.min(unknown, await took('who@example.org'));
  }
  // a refusal without the slow hash would be tens of times faster
  expect(unknown / known).toBeGreaterThan(1 / 3);
  expect(unknown / known).toBeLessThan(3);
});
