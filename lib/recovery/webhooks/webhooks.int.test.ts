import { createHmac, randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import { z } from 'zod';
import { writeAudit } from '#lib/adapters/store/audit';
import { parseHosts } from '#lib/adapters/webhooks/webhook-hosts';
import { PATCH_EVENTS, type PatchEvent } from '#lib/patch/patch-events';
import type { Role } from '#lib/recovery/access/policy';
import { checked } from '#lib/recovery/http/http';
import { listNotifications } from '#lib/recovery/notifications/list-notifications';
import { applyPatch } from '#lib/recovery/patches/apply-patch';
import { approvePatch } from '#lib/recovery/patches/approve-patch';
import { cancelApply } from '#lib/recovery/patches/cancel-apply';
import { compareAgain, doJob, preparePostgres, sql } from '#lib/recovery/patches/patches.testing';
import { proposePatch } from '#lib/recovery/patches/propose-patch';
import { proposeUndo } from '#lib/recovery/patches/propose-undo';
import { requestChanges } from '#lib/recovery/patches/request-changes';
import { sweepRetention } from '#lib/recovery/retention/sweep-retention';
import type { Context } from '#lib/recovery/setup/context';
import { openTestContext, type TestContext } from '#lib/recovery/setup/testing';
import {
  AddWebhookInput,
  addWebhook,
  changeWebhook,
  removeWebhook,
} from '#lib/recovery/webhooks/change-webhooks';
import { listDeliveries, listWebhooks } from '#lib/recovery/webhooks/list-webhooks';
import { resendDelivery, testWebhook } from '#lib/recovery/webhooks/resend-delivery';
import { sendDue } from '#lib/recovery/webhooks/send-deliveries';
import { openWebhook, sealWebhook } from '#lib/recovery/webhooks/webhook-record';
import {
  endOldSecret,
  eraseOldSecrets,
  RenewSecretInput,
  renewSecret,
} from '#lib/recovery/webhooks/webhook-secret';

// Webhooks over real records, with a real receiver.

const NEVER = new AbortController().signal;
const Body = z.object({
  id: z.string(),
  event: z.string(),
  at: z.string(),
  incident: z.object({ ref: z.string(), title: z.string() }).nullable(),
  patch: z
    .object({ number: z.number(), seal: z.string(), rows: z.number(), undoes: z.string().nullable() })
    .nullable(),
  live_store: z.string().nullable(),
  url: z.string(),
  text: z.string(),
});
type Heard = {
  readonly body: string;
  readonly said: z.output<typeof Body>;
  readonly headers: Readonly<Record<string, unknown>>;
};

let test: TestContext;
let context: Context;
let server: Server;
let url = '';
let heard: Heard[] = [];
let status = 200;
beforeAll(async () => {
  server = createServer(async (request, response) => {
    const parts: Buffer[] = [];
    for await (const part of request) parts.push(part);
    const body = Buffer.concat(parts).toString('utf8');
    heard.push({ body, said: Body.parse(JSON.parse(body)), headers: request.headers });
    response.writeHead(status).end('not kept: SECRET');
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  url = `http://127.0.0.1:${port}/T0/path-secret`;
  test = await openTestContext();
  const { hosts } = parseHosts(`127.0.0.1:${port},hooks.example.org`);
  context = { ...test.context, env: { ...test.context.env, webhookHosts: hosts } };
}, 60_000);
afterAll(async () => {
  server.close();
  await test.close();
});
beforeEach(async () => {
  heard = [];
  status = 200;
  await context.store.webhook.deleteMany();
});

const add = (events: readonly PatchEvent[] = PATCH_EVENTS, name = 'Team chat') =>
  addWebhook(context, checked(AddWebhookInput, { name, url, events }));
const send = (): Promise<number> => sendDue(context, NEVER);
const rowsOf = (webhookId: string) =>
  context.store.webhookDelivery.findMany({ where: { webhookId }, orderBy: [{ at: 'asc' }, { id: 'asc' }] });
const lastAudit = () =>
  context.store.audit.findFirstOrThrow({
    where: { action: { startsWith: 'webhook.' } },
    orderBy: { seq: 'desc' },
  });
/** As if the time of every next try had come. */
const passTime = () => sql(test.url, `update webhook_delivery set next_at = now() - interval '1 second'`);
const minutesToNext = async (): Promise<number> => {
  const [row] = await sql(
    test.url,
    'select round(extract(epoch from next_at - tried_at) / 60)::int as minutes from webhook_delivery',
  );
  return Number(row?.minutes);
};

it('tells a receiver what becomes of a patch, signed, in order, and nothing twice', async () => {
  const { id, secret } = await add();
  const prepared = await preparePostgres(test);
  const patch = await proposePatch(test.context, { id: prepared.runId });
  const { id: patchId, seal } = patch;
  await approvePatch(test.context, { id: patchId, seal, reason: 'looked at every row' });
  await applyPatch(test.context, { id: patchId, seal, confirm: patch.target });
  await doJob(test, 'apply', patchId);
  await doJob(test, 'verify', patchId);
  expect(await send()).toBe(4);
  expect(await send()).toBe(0);
  const events = ['patch.proposed', 'patch.approved', 'patch.applied', 'patch.verified'];
  expect(heard.map(({ said }) => said.event).sort()).toEqual([...events].sort());
  expect((await rowsOf(id)).map(({ event }) => event)).toEqual(events);
  for (const { body, said, headers } of heard) {
    const [, t, v1] = /^t=(\d+),v1=([0-9a-f]{64})$/.exec(String(headers['x-recount-signature'])) ?? [];
    expect(Math.abs(Number(t) - Date.now() / 1000)).toBeLessThan(60);
    expect(v1).toBe(createHmac('sha256', secret).update(`${t}.${body}`).digest('hex'));
    expect(headers['x-recount-delivery']).toBe(said.id);
    expect(headers['idempotency-key']).toBe(`${seal}:${said.event}`);
    expect(said.patch).toEqual({ number: patch.number, seal, rows: 3, undoes: null });
    expect(said.live_store).toMatch(/^totals_/);
    expect(said.incident?.title).toMatch(/^Totals of/);
    expect(said.url).toMatch(/^http:\/\/127\.0\.0\.1:\d+\/incidents\/INC-\d+\/(review|apply)$/);
  }
  expect(heard.find(({ said }) => said.event === 'patch.applied')?.said.text).toMatch(
    /^Patch \d+ of INC-\d+ “Totals of totals_\d+” is written into the live store\. 3 rows, by Recount\. http/,
  );

  // what a comparison finds again is no news; what it finds anew is, under a key of its own
  heard = [];
  const compare = async (): Promise<void> => {
    await compareAgain(test, patchId);
    await send();
  };
  await compare();
  expect(heard).toEqual([]);
  await sql(test.url, `update ${prepared.target} set total = 9 where user_id = 'ann'`);
  await compare();
  await compare();
  expect(heard.map(({ said }) => said.event)).toEqual(['patch.differs']);
  await sql(test.url, `update ${prepared.target} set total = 1.50 where user_id = 'ann'`);
  await compare();
  expect(heard.map(({ headers }) => headers['idempotency-key'])).toEqual([
    `${seal}:patch.differs`,
    `${seal}:patch.verified:2`,
  ]);

  heard = [];
  const undo = await proposeUndo(test.context, { id: patchId, choice: 'all', reason: 'try' });
  await send();
  expect(heard.map(({ said }) => said.patch)).toEqual([
    { number: undo.number, seal: undo.seal, rows: 3, undoes: seal },
  ]);
  expect(heard[0]?.said.text).toMatch(/^Undo \d+ of INC-\d+ /);
}, 240_000);

it('tells of a patch that is sent again with the same seal under keys of its own', async () => {
  await add(['patch.proposed', 'patch.changes_requested', 'patch.approved', 'patch.withdrawn']);
  const { runId } = await preparePostgres(test);
  const first = await proposePatch(test.context, { id: runId });
  const { seal } = first;
  await approvePatch(test.context, { id: first.id, seal, reason: 'looked at every row' });
  await requestChanges(test.context, { id: first.id, seal, reason: 'wait for the source team' });
  const second = await proposePatch(test.context, { id: runId });
  expect([second.seal, second.id === first.id]).toEqual([seal, false]);
  await approvePatch(test.context, { id: second.id, seal, reason: 'looked at every row' });
  await cancelApply(test.context, { id: second.id });
  await send();
  expect(heard.map(({ headers }) => headers['idempotency-key']).sort()).toEqual(
    [
      `${seal}:patch.proposed`,
      `${seal}:patch.approved`,
      `${seal}:patch.changes_requested`,
      `${seal}:patch.proposed:2`,
      `${seal}:patch.approved:2`,
      `${seal}:patch.withdrawn`,
    ].sort(),
  );
}, 120_000);

/** The check of docs/webhooks.md, as a receiver would copy it. */
async function documentedCheck(): Promise<(secret: string, at: number) => boolean> {
  const [, code = ''] = /```js\n([\s\S]*?)```/.exec(readFileSync('docs/webhooks.md', 'utf8')) ?? [];
  const { isFromRecount } = await import(`data:text/javascript,${encodeURIComponent(code)}`);
  return (secret, at) => {
    const one = heard[at];
    return isFromRecount(secret, one?.headers['x-recount-signature'], one?.body);
  };
}
const renew = (id: string, input: object = {}) =>
  renewSecret(context, checked(RenewSecretInput, { id, ...input }));
/** As if the time of the secret before had passed. */
async function passOldSecret(id: string): Promise<void> {
  await context.store.$transaction(async (tx) => {
    const record = await tx.webhook.findUniqueOrThrow({ where: { id } });
    const known = openWebhook(context.key, record);
    if (known?.old == null) throw new Error('there is no old secret');
    const old = { ...known.old, until: new Date(Date.now() - 1).toISOString() };
    const secret = await sealWebhook(tx, context.key, id, { ...known, old });
    await tx.webhook.update({ where: { id }, data: { secret } });
  });
}

it('signs by the old and the new secret for a time; the old one ends by itself, or at once by hand', async () => {
  const { id, secret: first } = await add();
  const fits = await documentedCheck();
  const tell = async (): Promise<void> => {
    heard = [];
    await testWebhook(context, { id });
    expect(await send()).toBe(1);
  };
  const shown = async () => (await listWebhooks(context)).webhooks[0]?.oldSecretUntil ?? null;
  const kept = async () =>
    openWebhook(context.key, await context.store.webhook.findUniqueOrThrow({ where: { id } }));
  await tell();
  expect([fits(first, 0), fits('whsec_other', 0), await shown()]).toEqual([true, false, null]);

  const { secret: second, oldUntil } = await renew(id);
  expect(Date.parse(oldUntil ?? '') - Date.now()).toBeGreaterThan(23.9 * 3_600_000);
  expect(await lastAudit()).toMatchObject({ action: 'webhook.renew_secret', detail: { hours: 24 } });
  await tell();
  expect([fits(first, 0), fits(second, 0), fits('whsec_other', 0)]).toEqual([true, true, false]);
  expect(String(heard[0]?.headers['x-recount-signature'])).toMatch(/^t=\d+(,v1=[0-9a-f]{64}){2}$/);
  expect(await shown()).toBe(oldUntil);
  // a body that was changed on the way fits neither
  heard = heard.map((one) => ({ ...one, body: `${one.body} ` }));
  expect([fits(first, 0), fits(second, 0)]).toEqual([false, false]);

  expect(await eraseOldSecrets(context)).toBe(0);
  await passOldSecret(id);
  await tell();
  expect([fits(first, 0), fits(second, 0), await shown()]).toEqual([false, true, null]);
  expect(await eraseOldSecrets(context)).toBe(1);
  expect(await kept()).toMatchObject({ secret: second, old: null });

  // a third one: of those before only the last signs on, also with another address, until it is ended by hand
  const { secret: third } = await renew(id, { hours: 168 });
  const { secret: fourth } = await renew(id, { hours: 1 });
  await changeWebhook(context, { id, url });
  await tell();
  expect([second, third, fourth].map((one) => fits(one, 0))).toEqual([false, true, true]);
  await endOldSecret(context, { id });
  expect(await lastAudit()).toMatchObject({ action: 'webhook.end_secret', subject: `webhook ${id}` });
  await tell();
  expect([third, fourth].map((one) => fits(one, 0))).toEqual([false, true]);
  const { seq } = await lastAudit();
  await endOldSecret(context, { id });
  expect((await lastAudit()).action).toBe('webhook.test');
  expect((await lastAudit()).seq).toBe(seq);

  const { secret: fifth, oldUntil: none } = await renew(id, { hours: 0 });
  await tell();
  expect([fits(fourth, 0), fits(fifth, 0), none]).toEqual([false, true, null]);
  for (const hours of [-1, 169, 1.5]) expect(() => checked(RenewSecretInput, { id, hours })).toThrow(/hours/);
});

/** A line of the audit as a verb writes it, about a patch that is there. */
async function tell(action: string, detail: Record<string, number> = {}, fails = false): Promise<void> {
  const patch = await context.store.patch.findFirstOrThrow();
  const subject = `patch ${patch.id}`;
  const telling = context.store.$transaction(async (tx) => {
    await writeAudit(tx, { actor: 'recount', action, incidentId: patch.incidentId, subject, detail });
    if (fails) throw new Error('rolled back');
  });
  if (fails) await expect(telling).rejects.toThrow('rolled back');
  else await telling;
}

it('notes in the transaction of the event, or not at all; and only what was chosen', async () => {
  const { id } = await add(['patch.failed', 'patch.approved']);
  await tell('patch.failed', {}, true);
  await tell('patch.unknown');
  await tell('patch.approve', { approvals: 1, needed: 2 });
  expect(await rowsOf(id)).toEqual([]);
  await tell('patch.stale');
  await tell('patch.approve', { approvals: 2, needed: 2 });
  expect((await rowsOf(id)).map(({ event }) => event)).toEqual(['patch.failed', 'patch.approved']);
});

const as = (id: string, role: Role): Context => ({ ...context, actor: { ...context.actor, id, role } });
/** Whoever has a notification of a webhook. */
const toldOf = async (webhookId: string): Promise<string[]> =>
  (await context.store.notification.findMany({ where: { webhookId }, orderBy: { personId: 'asc' } })).map(
    ({ personId }) => personId,
  );

it('tries again after 1, 5, 30 minutes, 2 and 12 hours, with the same body, then gives up', async () => {
  for (const [person, role, off] of [
    ['ada', 'admin', false],
    ['off', 'admin', true],
    ['ole', 'operator', false],
  ] as const) {
    await context.store.person.create({ data: { id: person, name: person, role } });
    if (off)
      await context.store.notificationOff.create({ data: { personId: person, kind: 'not_delivered' } });
  }
  const { id } = await add(['patch.lost']);
  await tell('patch.lost');
  status = 503;
  for (const minutes of [1, 5, 30, 120, 720]) {
    expect(await send()).toBe(1);
    expect(await minutesToNext()).toBe(minutes);
    expect(await send()).toBe(0);
    await passTime();
  }
  expect(await send()).toBe(1);
  await passTime();
  expect(await send()).toBe(0);
  expect(new Set(heard.map(({ body }) => body)).size).toBe(1);
  expect(heard).toHaveLength(6);
  const [row] = await rowsOf(id);
  expect(row).toMatchObject({ state: 'failed', attempts: 6, status: 503, problem: 'It did not take it.' });
  expect(JSON.stringify(row)).not.toContain('SECRET');

  // admins are told of it, once while it is not read; the card says so until it was sent again
  expect(await lastAudit()).toMatchObject({
    actor: 'recount',
    action: 'webhook.give_up',
    subject: `webhook ${id}`,
    detail: { delivery: row?.id, attempts: 6, status: 503, problem: 'It did not take it.' },
  });
  const [told] = (await listNotifications(as('local', 'admin'))).newest;
  expect(told).toMatchObject({
    kind: 'not_delivered',
    text: 'Team chat did not take what it was to be told. Recount tried for most of a day, and gave up.',
    excerpt: null,
    incident: null,
    href: `/settings/webhooks?deliveries=${id}`,
  });
  await tell('patch.lost');
  await sql(test.url, `update webhook_delivery set attempts = 5 where state = 'waiting'`);
  expect(await send()).toBe(1);
  expect(await toldOf(id)).toEqual(['ada', 'local']);
  const givenUp = async () => (await listWebhooks(context)).webhooks[0]?.givenUp;
  expect(await givenUp()).toMatchObject({ count: 2, lastAt: expect.stringMatching(/Z$/) });
  await context.store.webhookDelivery.delete({ where: { id: (await rowsOf(id))[1]?.id ?? '' } });
  heard = heard.slice(0, 6);

  status = 200;
  await resendDelivery(context, { id, deliveryId: row?.id ?? '' });
  expect(await lastAudit()).toMatchObject({ action: 'webhook.resend', detail: { delivery: row?.id } });
  expect(await send()).toBe(1);
  expect(heard[6]?.body).toBe(heard[0]?.body);
  expect(heard[6]?.headers['idempotency-key']).toBe(heard[0]?.headers['idempotency-key']);
  expect(await givenUp()).toBeNull();
  const { deliveries } = await listDeliveries(context, { id });
  expect(deliveries).toMatchObject([
    { event: 'patch.lost', state: 'sent', attempts: 1, status: 200, nextAt: null },
  ]);
  await expect(resendDelivery(context, { id, deliveryId: randomUUID() })).rejects.toMatchObject({
    code: 'not_found',
  });
});

it('is told by one worker, however many look', async () => {
  await add(['patch.undone']);
  for (let n = 0; n < 25; n++) await tell('patch.undone');
  const tries = await Promise.all([send(), send(), send()]);
  expect(tries.reduce((sum, count) => sum + count, 0)).toBe(25);
  expect(new Set(heard.map(({ headers }) => headers['idempotency-key'])).size).toBe(25);
  const { id } = (await listWebhooks(context)).webhooks[0] ?? { id: '' };
  const { deliveries, next } = await listDeliveries(context, { id });
  expect([deliveries.length, next]).toEqual([25, null]);
});

it('one that is broken off is sent later, and one that nobody finished is too', async () => {
  const { id } = await add(['patch.lost']);
  await tell('patch.lost');
  await expect(sendDue(context, AbortSignal.abort())).rejects.toThrow();
  expect(await rowsOf(id)).toMatchObject([{ state: 'waiting', attempts: 1 }]);
  await passTime();
  await send();
  expect(heard).toHaveLength(1);
  expect(await rowsOf(id)).toMatchObject([{ state: 'sent', attempts: 2 }]);
});

it('neither notes nor sends while it is paused; what waited goes afterwards', async () => {
  const { id } = await add(['patch.lost', 'patch.failed']);
  await tell('patch.lost');
  await changeWebhook(context, { id, isPaused: true });
  await tell('patch.failed');
  expect(await send()).toBe(0);
  await expect(testWebhook(context, { id })).rejects.toMatchObject({ code: 'conflict' });
  expect((await listWebhooks(context)).webhooks[0]).toMatchObject({ isPaused: true });
  await changeWebhook(context, { id, isPaused: false });
  expect(await send()).toBe(1);
  expect(heard.map(({ said }) => said.event)).toEqual(['patch.lost']);
});

it('shows its secret once and its path never; both are sealed', async () => {
  const { id, secret } = await add();
  expect(secret).toMatch(/^whsec_[\w-]{43}$/);
  const shown = JSON.stringify(await listWebhooks(context));
  const audit = JSON.stringify((await lastAudit()).detail);
  const [record] = await sql(test.url, 'select w::text as text from webhook w');
  for (const text of [shown, audit, String(record?.text)]) {
    expect(text).not.toContain(secret);
    expect(text).not.toContain('path-secret');
    expect(text).not.toContain(Buffer.from('path-secret').toString('hex'));
  }
  const renewed = await renew(id, { hours: 0 });
  expect(renewed.secret).not.toBe(secret);
  await testWebhook(context, { id });
  await send();
  const [, t, v1] = /^t=(\d+),v1=(\w+)$/.exec(String(heard[0]?.headers['x-recount-signature'])) ?? [];
  expect(v1).toBe(createHmac('sha256', renewed.secret).update(`${t}.${heard[0]?.body}`).digest('hex'));
  expect(heard[0]?.said).toMatchObject({ event: 'test', patch: null, incident: null });
});

it('sends nothing where the host is not allowed any more, or the key is another one', async () => {
  const { id } = await add();
  await testWebhook(context, { id });
  const closed = { ...context, env: { ...context.env, webhookHosts: [] } };
  expect(await sendDue(closed, NEVER)).toBe(1);
  expect((await rowsOf(id))[0]?.problem).toMatch(/is not among the hosts/);
  await passTime();
  await sql(test.url, `update webhook set secret = '\\x00'`);
  expect(await send()).toBe(1);
  expect((await rowsOf(id))[0]?.problem).toMatch(/the key is another one/);
  expect(heard).toEqual([]);
  expect((await listWebhooks(context)).webhooks[0]).toMatchObject({ isLost: true });
  for (const one of [() => renew(id), () => endOldSecret(context, { id })])
    await expect(one()).rejects.toMatchObject({ code: 'secret.lost' });
  expect((await changeWebhook(context, { id, url })).secret).toMatch(/^whsec_/);
  expect((await changeWebhook(context, { id, url })).secret).toBeNull();
  await passTime();
  await send();
  expect(heard).toHaveLength(1);
});

it('takes no address off the list, and tells everything in the audit', async () => {
  for (const bad of ['https://evil.example/', 'http://hooks.example.org/', 'http://127.0.0.1:1/', 'x']) {
    const input = checked(AddWebhookInput, { name: 'x', url: bad, events: ['patch.lost'] });
    await expect(addWebhook(context, input)).rejects.toMatchObject({ code: 'webhook.refused' });
  }
  expect(() => checked(AddWebhookInput, { name: 'x', url, events: [] })).toThrow(/choose at least one/);
  const { id } = await add();
  expect(await lastAudit()).toMatchObject({ action: 'webhook.add', subject: `webhook ${id}` });
  await expect(changeWebhook(context, { id, url: 'https://evil.example/' })).rejects.toMatchObject({
    code: 'webhook.refused',
  });
  await changeWebhook(context, { id, name: 'Other', url: 'https://hooks.example.org/x' });
  expect(await lastAudit()).toMatchObject({
    action: 'webhook.change',
    detail: { name: 'Other', host: 'https://hooks.example.org' },
  });
  await removeWebhook(context, { id });
  expect(await lastAudit()).toMatchObject({ action: 'webhook.remove', detail: { name: 'Other' } });
  await expect(removeWebhook(context, { id })).rejects.toMatchObject({ code: 'not_found' });
  await expect(listDeliveries(context, { id })).rejects.toMatchObject({ code: 'not_found' });
});

it('is for admins in the page: no other role, no program', async () => {
  const { id } = await add();
  for (const actor of [
    { ...context.actor, role: 'approver' as const },
    { ...context.actor, via: 'token' as const },
  ]) {
    const other = { ...context, actor };
    const refused = { code: 'access.forbidden' };
    await expect(listWebhooks(other)).rejects.toMatchObject(refused);
    await expect(listDeliveries(other, { id })).rejects.toMatchObject(refused);
    await expect(addWebhook(other, { name: 'x', url, events: ['patch.lost'] })).rejects.toMatchObject(
      refused,
    );
    await expect(changeWebhook(other, { id })).rejects.toMatchObject(refused);
    await expect(renewSecret(other, { id, hours: 1 })).rejects.toMatchObject(refused);
    await expect(endOldSecret(other, { id })).rejects.toMatchObject(refused);
    await expect(removeWebhook(other, { id })).rejects.toMatchObject(refused);
    await expect(testWebhook(other, { id })).rejects.toMatchObject(refused);
    await expect(resendDelivery(other, { id, deliveryId: id })).rejects.toMatchObject(refused);
  }
});

it('lets no title call everybody in a chat', async () => {
  await add(['patch.lost']);
  const { incidentId } = await context.store.patch.findFirstOrThrow();
  const title = 'A <!channel> & <https://evil.example|click>';
  await context.store.incident.update({ where: { id: incidentId }, data: { title } });
  await tell('patch.lost');
  await send();
  expect(heard[0]?.said.text).toContain('“A &lt;!channel&gt; &amp; &lt;https://evil.example|click&gt;”');
  expect(heard[0]?.said.incident?.title).toBe(title);
});

it('forgets what was told 90 days ago, never what waits; what comes then is numbered on', async () => {
  const { id } = await add(['patch.lost']);
  const age = () => sql(test.url, `update webhook_delivery set at = now() - interval '91 days'`);
  const kept = () => context.store.webhookDelivery.findMany({ where: { webhookId: id } });
  await tell('patch.lost');
  await tell('patch.lost');
  await age();
  await sweepRetention(context);
  expect(await kept()).toHaveLength(2);
  await send();
  await age();
  await sweepRetention(context);
  expect(await kept()).toMatchObject([{ occurrence: 2, state: 'sent', body: null, problem: null }]);
  const lines = await context.store.audit.findMany({
    where: { action: 'retention.sweep', subject: 'deliveries' },
  });
  expect(lines.at(-1)?.detail).toMatchObject({ days: 90, deliveries: expect.any(Number) });
  await tell('patch.lost');
  expect((await kept()).map(({ occurrence }) => occurrence).sort()).toEqual([2, 3]);
});
