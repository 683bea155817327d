import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, beforeEach, expect, it, vi } from 'vitest';
import { z } from 'zod';
import { LOCAL_PERSON } from '#lib/adapters/store/person';
import { NOBODY } from '#lib/recovery/access/actor';
import { type Browser, openBrowser } from '#lib/recovery/access/browser.testing';
import { mayStill } from '#lib/recovery/access/may-still';
import { openWelcome, WelcomeInput } from '#lib/recovery/access/open-welcome';
import { AssertionInput, PasskeyInput, proveByPasskey, removePasskey } from '#lib/recovery/access/passkeys';
import type { Permission } from '#lib/recovery/access/policy';
import { readMe } from '#lib/recovery/access/read-me';
import { SetPasswordInput, setPassword } from '#lib/recovery/access/set-password';
import { SignInInput, signIn, signOut } from '#lib/recovery/access/sign-in';
import { makeLinkFor } from '#lib/recovery/access/sign-in-link';
import { handler } from '#lib/recovery/http/http';
import { listIncidents } from '#lib/recovery/incidents/list-incidents';
import { LookInput, lookAtInvitation } from '#lib/recovery/people/accept-invitation';
import { ChangeEmailInput, changeEmail } from '#lib/recovery/people/change-email';
import { ChangePersonInput, changePerson } from '#lib/recovery/people/change-person';
import { EndSessionsInput, endSessions } from '#lib/recovery/people/end-sessions';
import { InvitationInput, InviteInput, invite, revokeInvitation } from '#lib/recovery/people/invite';
import { listNames, listPeople } from '#lib/recovery/people/list-people';
import { makeWayIn, WayInInput } from '#lib/recovery/people/make-way-in';
import {
  EndSessionInput,
  endOtherSessions,
  endOwnSession,
  listOwnSessions,
} from '#lib/recovery/people/own-sessions';
import { accept, ORIGIN, PASSWORD, peopleOf } from '#lib/recovery/people/people.testing';
import { RenameInput, renameMe } from '#lib/recovery/people/rename-me';
import { RunInput, watchRun } from '#lib/recovery/runs/read-run';
import { openTestContext, type TestContext } from '#lib/recovery/setup/testing';
import {
  listAllTokens,
  listOwnTokens,
  MakeTokenInput,
  makeApiToken,
  revokeToken,
  TokenInput,
} from '#lib/recovery/tokens/tokens';

const Nothing = z.object({});

let test: TestContext;
let people: ReturnType<typeof peopleOf>;
let admin: Browser;
beforeAll(async () => {
  test = await openTestContext();
  people = peopleOf(test);
}, 60_000);
afterAll(async () => {
  globalThis.recountContext = undefined;
  await test.close();
});
beforeEach(async () => {
  await people.empty();
  admin = await signedIn(LOCAL_PERSON);
});

const signedIn = (id: string): Promise<Browser> => people.signedIn(id);
const person = (id: string, role: string): Promise<Browser> => people.person(id, role);
const invited = (role: string, email?: string): Promise<string> => people.invited(admin, role, email);

it('an invitation is opened once, by whoever has its link, with the role that it names', async () => {
  const token = await invited('approver');
  const ben = openBrowser();
  expect(await ben.ask(LookInput, lookAtInvitation, { token })).toEqual({
    status: 200,
    body: { email: 'ben@example.org', name: 'Ben', role: 'approver' },
  });
  const answers = await Promise.all([accept(token, ben), ...Array.from({ length: 7 }, () => accept(token))]);
  expect(answers.map(({ status }) => status).sort()).toEqual([200, ...Array(7).fill(410)]);
  const again = openBrowser();
  await again.ask(SignInInput, signIn, { email: 'ben@example.org', password: PASSWORD });
  expect((await again.ask(Nothing, readMe)).body).toMatchObject({ name: 'Ben', role: 'approver' });
  expect((await openBrowser().ask(LookInput, lookAtInvitation, { token })).status).toBe(410);
  const rows = await test.context.store.invitation.findMany();
  expect(JSON.stringify(rows)).not.toContain(token);
  expect(await test.context.store.audit.count({ where: { action: 'invitation.accept' } })).toBe(1);
});

it('an invitation ends when withdrawn, replaced or a week old; the e-mail of a person is not invited', async () => {
  const first = await invited('viewer');
  const second = await invited('viewer');
  expect((await accept(first)).status).toBe(410);
  const { invitations } = z
    .object({ invitations: z.array(z.object({ id: z.string() })) })
    .parse((await admin.ask(Nothing, listPeople)).body);
  expect(invitations).toHaveLength(1);
  expect((await admin.ask(InvitationInput, revokeInvitation, { id: invitations[0]?.id })).status).toBe(200);
  expect((await accept(second)).status).toBe(410);
  const third = await invited('viewer');
  await test.context.store.invitation.updateMany({ data: { expiresAt: new Date() } });
  expect((await accept(third)).status).toBe(410);
  await accept(await invited('viewer'));
  const input = { email: 'BEN@example.org', name: 'Ben', role: 'admin' };
  expect(await admin.ask(InviteInput, invite, input)).toMatchObject({ status: 409 });
});

it('who is disabled is out at once, by session and by token, and comes in again when enabled', async () => {
  const ben = await person('ben', 'operator');
  const { body } = await ben.ask(MakeTokenInput, makeApiToken, { name: 'ci', scope: 'prepare', days: 30 });
  const program = { authorization: `Bearer ${body.token}` };
  const read = () => openBrowser().ask(Nothing, listIncidents, undefined, program);
  expect((await read()).status).toBe(200);
  const set = (disabled: boolean) => admin.ask(ChangePersonInput, changePerson, { id: 'ben', disabled });
  expect((await set(true)).status).toBe(200);
  expect((await ben.ask(Nothing, readMe)).status).toBe(401);
  expect((await read()).status).toBe(401);
  expect((await admin.ask(WayInInput, makeWayIn, { id: 'ben' })).status).toBe(404);
  await set(false);
  expect((await read()).status).toBe(401); // the token stays revoked
  const link = await admin.ask(WayInInput, makeWayIn, { id: 'ben' });
  const back = openBrowser();
  await back.ask(WelcomeInput, openWelcome, { token: String(link.body.url).split('#')[1] });
  expect((await back.ask(Nothing, readMe)).status).toBe(200);
});

it('a role counts from the next request on', async () => {
  const ben = await person('ben', 'viewer');
  expect((await ben.ask(Nothing, listPeople)).status).toBe(403);
  await admin.ask(ChangePersonInput, changePerson, { id: 'ben', role: 'admin' });
  expect((await ben.ask(Nothing, listPeople)).status).toBe(200);
});

it('an admin signs somebody out everywhere, who stays who they are', async () => {
  const ben = await person('ben', 'approver');
  const again = await signedIn('ben');
  const end = (by: Browser, id = 'ben') => by.ask(EndSessionsInput, endSessions, { id });
  expect(await end(ben)).toMatchObject({ status: 403, body: { error: { code: 'access.forbidden' } } });
  expect((await end(admin, 'nobody')).status).toBe(404);
  const { url } = await makeLinkFor(test.context.store, ORIGIN, 'ben', 'recount');
  expect((await end(admin)).body).toEqual({ ended: 2 });
  for (const browser of [ben, again]) expect((await browser.ask(Nothing, readMe)).status).toBe(401);
  const left = openBrowser();
  expect((await left.ask(WelcomeInput, openWelcome, { token: url.split('#')[1] })).status).toBe(410);
  expect(await test.context.store.audit.findFirst({ where: { action: 'session.end_all' } })).toMatchObject({
    actor: LOCAL_PERSON,
    subject: 'person ben',
    detail: { ended: 2 },
  });
  expect((await (await signedIn('ben')).ask(Nothing, readMe)).body).toMatchObject({ role: 'approver' });
  // of one's own the one that asks stays; without a proof nothing ends
  await signedIn(LOCAL_PERSON);
  const own = await test.context.store.session.count({ where: { userId: LOCAL_PERSON } });
  expect(own).toBeGreaterThan(1);
  expect((await end(admin, LOCAL_PERSON)).body).toEqual({ ended: own - 1 });
  await test.context.store.session.updateMany({ data: { provedAt: new Date(0) } });
  expect(await end(admin)).toMatchObject({ status: 403, body: { error: { code: 'access.prove' } } });
});

it('the last admin is neither disabled nor demoted, also when two are at it at once', async () => {
  const change = (browser: Browser, id: string, to: object) =>
    browser.ask(ChangePersonInput, changePerson, { id, ...to });
  for (const to of [{ disabled: true }, { role: 'viewer' }]) {
    expect(await change(admin, LOCAL_PERSON, to)).toMatchObject({
      status: 409,
      body: { error: { code: 'access.last_admin' } },
    });
  }
  const ben = await person('ben', 'admin');
  const answers = await Promise.all([
    change(admin, 'ben', { role: 'viewer' }),
    change(ben, LOCAL_PERSON, { role: 'viewer' }),
  ]);
  expect(answers.map(({ status }) => status).sort()).toEqual([200, 409]);
  expect(await test.context.store.person.count({ where: { role: 'admin' } })).toBe(1);
  await test.context.store.person.update({ where: { id: LOCAL_PERSON }, data: { role: 'admin' } });
});

it('a token does what its scope and its person may do, and manages nobody', async () => {
  const operator = await person('olga', 'operator');
  const viewer = await person('vera', 'viewer');
  const make = (browser: Browser, scope: string, days = 30) =>
    browser.ask(MakeTokenInput, makeApiToken, { name: 'nightly', scope, days });
  expect((await make(viewer, 'prepare')).status).toBe(403);
  expect((await make(operator, 'apply', 366)).status).toBe(400);
  const { status, body } = await make(operator, 'apply');
  expect(status).toBe(200);
  expect(body.token).toMatch(/^rct_[\w-]{43}$/);
  const program = { authorization: `Bearer ${body.token}` };
  const ask = (verb: typeof listOwnTokens | typeof readMe | typeof listNames, headers = program) =>
    openBrowser().ask(Nothing, verb, undefined, headers);
  expect((await ask(listOwnTokens)).status).toBe(403);
  expect((await ask(readMe)).status).toBe(403);
  // a wrong token is not the person of the cookie
  const wrong = { authorization: `Bearer rct_${'A'.repeat(43)}` };
  expect((await admin.ask(Nothing, readMe, undefined, wrong)).status).toBe(401);
  const stored = JSON.stringify(await test.context.store.apiToken.findMany());
  expect(stored).not.toContain(String(body.token).slice(4));
  expect((await test.context.store.apiToken.findFirstOrThrow()).lastUsedAt).not.toBeNull();
  // a lower role limits it from the next request on
  await test.context.store.person.update({ where: { id: 'olga' }, data: { role: 'viewer' } });
  expect((await openBrowser().ask(Nothing, listIncidents, undefined, program)).status).toBe(200);
  await test.context.store.apiToken.updateMany({ data: { expiresAt: new Date() } });
  expect((await openBrowser().ask(Nothing, listIncidents, undefined, program)).status).toBe(401);
});

it('the own e-mail is changed at once, with a proof; other sessions end', async () => {
  const { store } = test.context;
  const [olga, second] = [await person('olga', 'operator'), await signedIn('olga')];
  await person('vera', 'viewer');
  await store.person.update({ where: { id: 'vera' }, data: { email: 'vera@example.org' } });
  await store.person.update({
    where: { id: 'olga' },
    data: { email: 'olga@example.org', emailVerified: true },
  });
  await olga.ask(SetPasswordInput, setPassword, { password: PASSWORD });
  const change = (browser: Browser, email: string) => browser.ask(ChangeEmailInput, changeEmail, { email });
  await invited('viewer', 'ines@example.org');
  for (const taken of ['VERA@example.org', 'ines@example.org'])
    expect((await change(olga, taken)).body.error?.code, taken).toBe('conflict');
  expect((await change(olga, 'no mail')).status).toBe(400);
  await store.session.updateMany({ where: { userId: 'olga' }, data: { provedAt: new Date(0) } });
  expect((await change(olga, 'new@example.org')).body.error?.code).toBe('access.prove');
  await store.session.updateMany({ where: { userId: 'olga' }, data: { provedAt: new Date() } });
  const third = await signedIn('olga');
  const { url } = await makeLinkFor(store, ORIGIN, 'olga', 'recount');
  expect((await change(olga, ' New@example.org')).body).toEqual({
    email: 'new@example.org',
    sessionsEnded: 1,
  });
  for (const ended of [second, third]) expect((await ended.ask(Nothing, readMe)).status).toBe(401);
  const late = await openBrowser().ask(WelcomeInput, openWelcome, { token: url.split('#')[1] });
  expect(late.status).toBe(410);
  expect((await olga.ask(Nothing, readMe)).body.email).toBe('new@example.org');
  const line = await store.audit.findFirstOrThrow({ where: { action: 'me.email' } });
  expect(line).toMatchObject({ actor: 'olga', subject: 'person olga' });
  expect(line.detail).toEqual({ email: ['olga@example.org', 'new@example.org'], sessionsEnded: 1 });
  const by = (email: string) => openBrowser().ask(SignInInput, signIn, { email, password: PASSWORD });
  expect([(await by('olga@example.org')).status, (await by('new@example.org')).status]).toEqual([401, 200]);
});

it('of two who take one e-mail at once, one has it', async () => {
  const all = await Promise.all(['a', 'b', 'c', 'd'].map((id) => person(id, 'viewer')));
  const answers = await Promise.all(
    all.map((one) => one.ask(ChangeEmailInput, changeEmail, { email: 'one@example.org' })),
  );
  expect(answers.map(({ status }) => status).sort()).toEqual([200, 409, 409, 409]);
});

it('own tokens are seen and ended by their person and by an admin, by nobody else', async () => {
  const [olga, vera] = [await person('olga', 'operator'), await person('vera', 'viewer')];
  const { body } = await olga.ask(MakeTokenInput, makeApiToken, { name: 'ci', scope: 'read', days: 1 });
  expect((await vera.ask(Nothing, listOwnTokens)).body.tokens).toEqual([]);
  expect((await vera.ask(Nothing, listAllTokens)).status).toBe(403);
  expect((await vera.ask(TokenInput, revokeToken, { id: body.id })).status).toBe(404);
  expect((await admin.ask(Nothing, listAllTokens)).body.tokens).toHaveLength(1);
  expect((await admin.ask(TokenInput, revokeToken, { id: body.id })).status).toBe(200);
  expect((await olga.ask(Nothing, listOwnTokens)).body.tokens).toEqual([]);
  await test.context.store.session.updateMany({ data: { provedAt: new Date(0) } });
  const late = await olga.ask(MakeTokenInput, makeApiToken, { name: 'ci', scope: 'read', days: 1 });
  expect(late).toMatchObject({ status: 403, body: { error: { code: 'access.prove' } } });
});

it('own sessions are listed and ended; those of others are not there', async () => {
  const [olga, vera] = [await person('olga', 'operator'), await person('vera', 'viewer')];
  const second = await signedIn('olga');
  const Sessions = z.object({ sessions: z.array(z.object({ id: z.string(), isThis: z.boolean() })) });
  const { sessions } = Sessions.parse((await olga.ask(Nothing, listOwnSessions)).body);
  expect(sessions.map(({ isThis }) => isThis).sort()).toEqual([false, true]);
  const other = sessions.find(({ isThis }) => !isThis)?.id ?? '';
  expect((await vera.ask(EndSessionInput, endOwnSession, { id: other })).status).toBe(404);
  expect((await olga.ask(EndSessionInput, endOwnSession, { id: other })).status).toBe(200);
  expect((await second.ask(Nothing, readMe)).status).toBe(401);
  await signedIn('olga');
  expect((await olga.ask(Nothing, endOtherSessions, {})).body).toEqual({ ended: 1 });
  expect((await olga.ask(Nothing, readMe)).status).toBe(200);
});

const ago = (minutes: number): Date => new Date(Date.now() - minutes * 60_000);

it('nobody takes the name of somebody else, were they disabled', async () => {
  const { store } = test.context;
  await store.person.create({
    data: { id: 'mira', name: 'Mira Lang', role: 'approver', disabledAt: new Date() },
  });
  const ben = await person('ben', 'approver');
  const rename = (name: string) => ben.ask(RenameInput, renameMe, { name });
  expect(await rename('ＭIRA  lang')).toMatchObject({
    status: 409,
    body: { error: { message: 'Somebody has the name Mira Lang already.' } },
  });
  for (const name of ['Mira, Ben', 'none', 'self-approved by X'])
    expect((await rename(name)).status).toBe(400);
  expect((await rename('BEN')).status).toBe(200);
  const both = await Promise.all([
    rename('Kim'),
    admin.ask(ChangePersonInput, changePerson, { id: LOCAL_PERSON, name: 'kim' }),
  ]);
  expect(both.map(({ status }) => status).sort()).toEqual([200, 409]);
  await store.person.update({ where: { id: LOCAL_PERSON }, data: { name: 'Alex Test' } });
  const input = { email: 'x@example.org', role: 'viewer' };
  expect((await admin.ask(InviteInput, invite, { ...input, name: 'mira lang' })).status).toBe(409);
  expect((await admin.ask(ChangePersonInput, changePerson, { id: 'ben', name: 'Mira Lang' })).status).toBe(
    409,
  );
  // who accepts an invitation cannot choose: the second gets a number
  const token = await invited('viewer');
  await store.person.create({ data: { id: 'other', name: 'BEN', role: 'viewer' } });
  await accept(token);
  const made = await store.person.findUniqueOrThrow({ where: { email: 'ben@example.org' } });
  expect(made.name).toBe('Ben (2)');
});

it('the passkey of somebody else proves nothing, and is not removed', async () => {
  const { store } = test.context;
  const [olga] = [await person('olga', 'operator'), await person('vera', 'viewer')];
  await store.passkey.create({
    data: {
      id: 'of-vera',
      credentialID: 'of-vera',
      userId: 'vera',
      publicKey: 'x',
      counter: 0,
      deviceType: 'singleDevice',
      backedUp: false,
    },
  });
  const before = await store.session.findFirstOrThrow({ where: { userId: 'olga' } });
  const response = {
    id: 'of-vera',
    rawId: 'of-vera',
    type: 'public-key',
    clientExtensionResults: {},
    response: { clientDataJSON: 'x', authenticatorData: 'x', signature: 'x' },
  };
  const proof = await olga.ask(AssertionInput, proveByPasskey, { response });
  expect(proof).toMatchObject({ status: 401, body: { error: { code: 'access.sign_in_failed' } } });
  expect((await olga.ask(PasskeyInput, removePasskey, { id: 'of-vera' })).status).toBe(404);
  const after = await store.session.findFirstOrThrow({ where: { userId: 'olga' } });
  expect([after.id, after.provedAt]).toEqual([before.id, before.provedAt]);
  await expect
    .poll(() => store.audit.findFirst({ where: { action: 'session.refuse', actor: 'olga' } }))
    .toMatchObject({ subject: 'person olga', detail: { way: 'proof', why: 'refused', tries: 1 } });
});

it('only an admin changes people', async () => {
  const approver = await person('ada', 'approver');
  const refused = async (asked: ReturnType<Browser['ask']>) =>
    expect(await asked).toMatchObject({ status: 403, body: { error: { code: 'access.forbidden' } } });
  await refused(approver.ask(InviteInput, invite, { email: 'x@example.org', name: 'X', role: 'admin' }));
  await refused(approver.ask(ChangePersonInput, changePerson, { id: 'ada', role: 'admin' }));
  await refused(approver.ask(WayInInput, makeWayIn, { id: LOCAL_PERSON }));
  expect((await approver.ask(Nothing, listNames)).body.people).toHaveLength(2);
});

/** The events of a run that never ends, as a page or a program follows them; said is what came until they ended. */
async function follow(headers: Record<string, string>): Promise<{ hasEnded: boolean; said: string }> {
  const { store } = test.context;
  const run =
    (await store.run.findFirst()) ??
    (await store.run.create({
      data: {
        number: 1,
        plan: {},
        planSha256: '0'.repeat(64),
        state: 'queued',
        createdBy: LOCAL_PERSON,
        incident: { create: { title: 'Followed', plan: {}, createdBy: LOCAL_PERSON } },
      },
    }));
  const request = new Request('http://127.0.0.1:4000/api/v1/x', {
    headers: { host: '127.0.0.1:4000', accept: 'text/event-stream', ...headers },
  });
  const answer = await handler(RunInput, watchRun)(request, { params: Promise.resolve({ id: run.id }) });
  expect(answer.status).toBe(200);
  const state = { hasEnded: false, said: '' };
  const reader = answer.body!.getReader();
  const take = async (): Promise<void> => {
    const { done, value } = await reader.read();
    state.hasEnded = done;
    state.said += value === undefined ? '' : new TextDecoder().decode(value);
    if (!done) await take();
  };
  void take();
  return state;
}
const cookieOf = ({ cookies }: Browser): Record<string, string> => ({
  cookie: [...cookies].map(([name, value]) => `${name}=${value}`).join('; '),
});

it('events end within seconds once their reader may no longer read', async () => {
  const { store } = test.context;
  const names = ['stays', 'signs-out', 'disabled', 'idle', 'over', 'ended', 'revoked'] as const;
  const people = new Map<string, Browser>();
  for (const name of names) people.set(name, await person(name, 'operator'));
  const of = (name: (typeof names)[number]): Browser => people.get(name) ?? admin;
  const { body } = await of('revoked').ask(MakeTokenInput, makeApiToken, {
    name: 'ci',
    scope: 'read',
    days: 1,
  });
  const streams = await Promise.all(
    names.map((name) =>
      follow(name === 'revoked' ? { authorization: `Bearer ${body.token}` } : cookieOf(of(name))),
    ),
  );
  await sleep(500);
  expect(streams.map(({ hasEnded }) => hasEnded)).toEqual(Array(names.length).fill(false));
  await of('signs-out').ask(Nothing, signOut, {});
  await admin.ask(ChangePersonInput, changePerson, { id: 'disabled', disabled: true });
  await store.session.updateMany({ where: { userId: 'idle' }, data: { lastSeenAt: ago(31) } });
  await store.session.updateMany({ where: { userId: 'over' }, data: { expiresAt: ago(0) } });
  const second = await signedIn('ended');
  await second.ask(Nothing, endOtherSessions, {});
  await of('revoked').ask(TokenInput, revokeToken, { id: body.id });
  await expect
    .poll(() => names.filter((_, at) => streams[at]?.hasEnded), { timeout: 5_000 })
    .toEqual(names.filter((name) => name !== 'stays'));
  expect(streams[0]).toMatchObject({ hasEnded: false, said: expect.stringContaining('"queued"') });
  await store.session.deleteMany({ where: { userId: 'stays' } });
  await expect.poll(() => streams[0]?.hasEnded, { timeout: 5_000 }).toBe(true);
  await store.incident.deleteMany();
});

it('what goes on is asked again with the role of now', async () => {
  await person('ben', 'approver');
  const session = await test.context.store.session.findFirstOrThrow({ where: { userId: 'ben' } });
  const from = { address: null, session: session.id };
  const actor = { ...NOBODY, id: 'ben', role: 'approver', via: 'session', from } as const;
  const may = (permission: Permission) => mayStill({ store: test.context.store, actor }, permission);
  expect([await may('patch.approve'), await may('incident.read')]).toEqual([true, true]);
  await admin.ask(ChangePersonInput, changePerson, { id: 'ben', role: 'viewer' });
  expect([await may('patch.approve'), await may('incident.read')]).toEqual([false, true]);
});

it('only what a person does by hand prolongs a session', async () => {
  const begunMs = Date.now();
  vi.useFakeTimers({ toFake: ['Date'], now: begunMs });
  try {
    const byItself: Record<string, string>[] = [
      { 'x-recount-by-itself': '1' },
      { accept: 'text/event-stream' },
      { 'next-router-prefetch': '1' },
      { 'sec-purpose': 'prefetch;prerender' },
    ];
    const minutes = async (browser: Browser, headers: Record<string, string>): Promise<number> => {
      for (let minute = 1; minute <= 60; minute++) {
        vi.setSystemTime(Date.now() + 60_000);
        if ((await browser.ask(Nothing, readMe, undefined, headers)).status === 401) return minute;
      }
      return Number.POSITIVE_INFINITY;
    };
    for (const headers of byItself)
      expect(await minutes(await signedIn(LOCAL_PERSON), headers), JSON.stringify(headers)).toBe(30);
    expect(await minutes(await signedIn(LOCAL_PERSON), {})).toBe(Number.POSITIVE_INFINITY);
  } finally {
    vi.useRealTimers();
  }
});
