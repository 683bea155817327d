import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import { z } from 'zod';
import { LOCAL_PERSON } from '#lib/adapters/store/person';
import { type Browser, openBrowser } from '#lib/recovery/access/browser.testing';
import { openWelcome, WelcomeInput } from '#lib/recovery/access/open-welcome';
import { ProveInput, prove } from '#lib/recovery/access/prove';
import { SetPasswordInput, setPassword } from '#lib/recovery/access/set-password';
import { SignInInput, signIn } from '#lib/recovery/access/sign-in';
import { listNotifications } from '#lib/recovery/notifications/list-notifications';
import { ApplyPatchInput, applyPatch } from '#lib/recovery/patches/apply-patch';
import { ApprovePatchInput, approvePatch } from '#lib/recovery/patches/approve-patch';
import { OverrideBlockInput, overrideBlock } from '#lib/recovery/patches/override-block';
import { LookInput, lookAtInvitation } from '#lib/recovery/people/accept-invitation';
import { ChangePersonInput, changePerson } from '#lib/recovery/people/change-person';
import { InviteInput, invite } from '#lib/recovery/people/invite';
import { makeWayIn, WayInInput } from '#lib/recovery/people/make-way-in';
import { accept, PASSWORD, peopleOf } from '#lib/recovery/people/people.testing';
import { openTestContext, type TestContext } from '#lib/recovery/setup/testing';
import { MakeTokenInput, makeApiToken } from '#lib/recovery/tokens/tokens';
import {
  AddWebhookInput,
  addWebhook,
  ChangeWebhookInput,
  changeWebhook,
  removeWebhook,
  WebhookInput,
} from '#lib/recovery/webhooks/change-webhooks';
import { RenewSecretInput, renewSecret } from '#lib/recovery/webhooks/webhook-secret';

const Nothing = z.object({});
const NO_ID = '00000000-0000-4000-8000-000000000000';

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
const ago = (minutes: number): Date => new Date(Date.now() - minutes * 60_000);

it('with who is no admin any more end the invitations and links that they made, those of others stay', async () => {
  const { store } = test.context;
  await person('vera', 'viewer');
  const tokenOf = (body: Record<string, unknown>): string => String(body.url).split('#')[1] ?? '';
  for (const change of [{ disabled: true }, { role: 'approver' }]) {
    await store.person.deleteMany({ where: { id: 'ida' } });
    await store.invitation.deleteMany();
    const ida = await person('ida', 'admin');
    const input = { email: 'again@example.org', name: 'Somebody else', role: 'admin' };
    const invitation = tokenOf((await ida.ask(InviteInput, invite, input)).body);
    const link = tokenOf((await ida.ask(WayInInput, makeWayIn, { id: 'vera' })).body);
    const other = await invited('viewer');
    expect((await admin.ask(ChangePersonInput, changePerson, { id: 'ida', ...change })).status).toBe(200);
    expect((await accept(invitation)).status).toBe(410);
    const browser = openBrowser();
    expect((await browser.ask(WelcomeInput, openWelcome, { token: link })).status).toBe(410);
    expect((await openBrowser().ask(LookInput, lookAtInvitation, { token: other })).status).toBe(200);
    const line = await store.audit.findFirstOrThrow({
      where: { subject: 'person ida' },
      orderBy: { seq: 'desc' },
    });
    expect(line.detail).toMatchObject({ invitationsWithdrawn: 1, linksEnded: 1 });
  }
});

it('those who approve are told of everybody who does so from now on, and by whom', async () => {
  const { store } = test.context;
  await person('mira', 'approver');
  await person('zoe', 'admin');
  await person('olga', 'operator');
  await store.notification.deleteMany();
  const told = async () => {
    const rows = await store.notification.findMany({
      where: { kind: 'may_approve' },
      orderBy: [{ personId: 'asc' }],
    });
    await store.notification.deleteMany();
    return rows.map(({ personId, aboutPerson, actor }) => [personId, aboutPerson, actor]);
  };
  await accept(await invited('viewer'));
  await admin.ask(ChangePersonInput, changePerson, { id: 'olga', role: 'viewer' });
  expect(await told()).toEqual([]);
  await store.person.deleteMany({ where: { name: 'Ben' } });
  await accept(await invited('approver', 'ida@example.org'));
  const { id } = await store.person.findUniqueOrThrow({ where: { email: 'ida@example.org' } });
  expect(await told()).toEqual(['mira', 'zoe'].map((one) => [one, id, LOCAL_PERSON]));
  await admin.ask(ChangePersonInput, changePerson, { id: 'olga', role: 'approver' });
  const mira = await signedIn('mira');
  expect((await mira.ask(Nothing, listNotifications)).body.newest).toMatchObject([
    { text: 'Alex Test gave olga the right to approve patches.', href: '/settings/people', incident: null },
  ]);
  expect((await told()).map(([one]) => one).sort()).toEqual([id, 'mira', 'zoe'].sort());
  await admin.ask(ChangePersonInput, changePerson, { id: 'olga', role: 'admin' });
  await admin.ask(ChangePersonInput, changePerson, { id: 'olga', disabled: true });
  expect(await told()).toEqual([]);
  await admin.ask(ChangePersonInput, changePerson, { id: 'olga', disabled: false });
  expect((await told()).map(([one]) => one).sort()).toEqual([id, 'mira', 'zoe'].sort());
});

it('people, links, webhooks and blocks need a fresh proof, and nobody makes a link for themselves', async () => {
  await person('mira', 'approver');
  const asks: (() => ReturnType<Browser['ask']>)[] = [
    () => admin.ask(WayInInput, makeWayIn, { id: 'mira' }),
    () => admin.ask(ChangePersonInput, changePerson, { id: 'mira', role: 'admin' }),
    () => admin.ask(InviteInput, invite, { email: 'x@example.org', name: 'X', role: 'admin' }),
    () => admin.ask(AddWebhookInput, addWebhook, { name: 'x', url: 'https://x', events: ['patch.applied'] }),
    () => admin.ask(ChangeWebhookInput, changeWebhook, { id: NO_ID, isPaused: true }),
    () => admin.ask(RenewSecretInput, renewSecret, { id: NO_ID }),
    () => admin.ask(WebhookInput, removeWebhook, { id: NO_ID }),
    () => admin.ask(OverrideBlockInput, overrideBlock, { id: NO_ID, block: 'rejects', reason: 'x' }),
  ];
  await test.context.store.session.updateMany({ data: { provedAt: ago(11) } });
  for (const ask of asks) expect((await ask()).body.error?.code, String(ask)).toBe('access.prove');
  expect(await test.context.store.signInLink.count({ where: { personId: 'mira', usedAt: null } })).toBe(0);
  await test.context.store.session.updateMany({ data: { provedAt: new Date() } });
  expect((await admin.ask(WayInInput, makeWayIn, { id: LOCAL_PERSON })).status).toBe(409);
  for (const ask of asks) expect((await ask()).body.error?.code).not.toBe('access.prove');
});

it('a link that someone else made lets in, and proves nothing until the own password does', async () => {
  const { store } = test.context;
  await store.person.create({ data: { id: 'mira', name: 'Mira', role: 'admin', email: 'mira@example.org' } });
  await store.notification.deleteMany();
  await person('zoe', 'admin');
  const { body } = await admin.ask(WayInInput, makeWayIn, { id: 'mira' });
  const told = await store.notification.findMany({ where: { kind: 'way_in' }, orderBy: { personId: 'asc' } });
  expect(told.map(({ personId, aboutPerson, actor }) => [personId, aboutPerson, actor])).toEqual([
    ['mira', 'mira', LOCAL_PERSON],
    ['zoe', 'mira', LOCAL_PERSON],
  ]);
  const mira = openBrowser();
  await mira.ask(WelcomeInput, openWelcome, { token: String(body.url).split('#')[1] });
  expect((await mira.ask(Nothing, listNotifications)).body.newest).toMatchObject([
    {
      text: 'Alex Test made a sign-in link for you. Whoever opens it comes in under that name.',
      href: '/settings/profile',
      incident: null,
    },
  ]);
  const seal = '0'.repeat(64);
  const codes = async (browser: Browser) => [
    (await browser.ask(ApprovePatchInput, approvePatch, { id: NO_ID, seal, reason: 'x' })).body.error?.code,
    (await browser.ask(ApplyPatchInput, applyPatch, { id: NO_ID, seal, confirm: 'x' })).body.error?.code,
    (await browser.ask(OverrideBlockInput, overrideBlock, { id: NO_ID, block: 'rejects', reason: 'x' })).body
      .error?.code,
    (await browser.ask(WayInInput, makeWayIn, { id: NO_ID })).body.error?.code,
  ];
  const refused = Array(4).fill('access.prove');
  const done = Array(4).fill('not_found');
  expect(await codes(mira)).toEqual(refused);
  await store.policy.updateMany({ data: { proofMinutes: 720 } });
  expect(await codes(mira)).toEqual(refused);
  await store.policy.updateMany({ data: { proofMinutes: 10 } });
  expect((await mira.ask(MakeTokenInput, makeApiToken, { name: 'x', scope: 'apply', days: 1 })).status).toBe(
    403,
  );
  expect((await mira.ask(SetPasswordInput, setPassword, { password: PASSWORD })).status).toBe(200);
  expect(await codes(mira)).toEqual(refused);
  expect((await mira.ask(ProveInput, prove, { password: PASSWORD })).status).toBe(200);
  expect(await codes(mira)).toEqual(done);
  const again = openBrowser();
  await again.ask(SignInInput, signIn, { email: 'mira@example.org', password: PASSWORD });
  expect(await codes(again)).toEqual(done);
  // Recount's own link, of the first start: whoever reads it has the machine
  expect(await codes(await signedIn(LOCAL_PERSON))).toEqual(done);
});
