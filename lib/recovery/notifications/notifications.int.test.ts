import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import { writeAudit } from '#lib/adapters/store/audit';
import type { PatchView } from '#lib/patch/patch';
import { NOBODY } from '#lib/recovery/access/actor';
import type { Role } from '#lib/recovery/access/policy';
import { addComment } from '#lib/recovery/comments/add-comment';
import { checked } from '#lib/recovery/http/http';
import { listNotifications } from '#lib/recovery/notifications/list-notifications';
import {
  changeNotificationSettings,
  NotificationSettingsInput,
  readNotificationSettings,
} from '#lib/recovery/notifications/notification-settings';
import { ReadNotificationsInput, readNotifications } from '#lib/recovery/notifications/read-notifications';
import { applyPatch } from '#lib/recovery/patches/apply-patch';
import { approvePatch } from '#lib/recovery/patches/approve-patch';
import { cancelApply } from '#lib/recovery/patches/cancel-apply';
import { expireApprovals } from '#lib/recovery/patches/expire-approvals';
import { doJob, preparePostgres, sql } from '#lib/recovery/patches/patches.testing';
import { proposePatch } from '#lib/recovery/patches/propose-patch';
import { requestChanges } from '#lib/recovery/patches/request-changes';
import type { Context } from '#lib/recovery/setup/context';
import { openTestContext, type TestContext } from '#lib/recovery/setup/testing';

const PEOPLE: Readonly<Record<string, Role>> = {
  mira: 'approver',
  ben: 'approver',
  ole: 'operator',
  vic: 'viewer',
};

let test: TestContext;
beforeAll(async () => {
  test = await openTestContext();
  const { store } = test.context;
  for (const [id, role] of Object.entries(PEOPLE))
    await store.person.create({ data: { id, name: id, role } });
  await store.person.create({ data: { id: 'gone', name: 'gone', role: 'approver', disabledAt: new Date() } });
}, 60_000);
afterAll(() => test.close());
beforeEach(async () => {
  await test.context.store.notification.deleteMany();
  await test.context.store.notificationOff.deleteMany();
});

const as = (id: string): Context => ({
  ...test.context,
  actor: { ...test.context.actor, id, name: id, role: PEOPLE[id] ?? 'admin' },
});
/** Who was told what since it was last asked. */
async function told(): Promise<string[]> {
  const { store } = test.context;
  const found = await store.notification.findMany({ orderBy: [{ personId: 'asc' }, { kind: 'asc' }] });
  await store.notification.deleteMany();
  return found.map(({ personId, kind }) => `${personId} ${kind}`);
}
const propose = async (runId: string): Promise<PatchView> => proposePatch(test.context, { id: runId });

it('tells of a patch whom each step concerns, in the transaction of the step', async () => {
  const { runId, target } = await preparePostgres(test);
  const first = await propose(runId);
  expect(await told()).toEqual(['ben approval_wanted', 'mira approval_wanted']);
  await requestChanges(as('mira'), { ...first, reason: 'leave ann out' });
  expect(await told()).toEqual(['local changes_requested']);
  const { id, seal } = await propose(runId);
  await told();
  await approvePatch(as('mira'), { id, seal, reason: 'checked by hand' });
  expect(await told()).toEqual(['local approved']);
  await applyPatch(as('ole'), { id, seal, confirm: target });
  await doJob(test, 'apply', id);
  expect(await told()).toEqual(['local applied', 'mira applied', 'ole applied']);
  await doJob(test, 'verify', id);
  expect(await told()).toEqual([]);
  await sql(test.url, `update ${target} set total = total + 1 where user_id = 'ann'`);
  await doJob(test, 'verify', id);
  await doJob(test, 'verify', id);
  // found again before anybody read of it
  expect(await told()).toEqual(['local alarm', 'mira alarm', 'ole alarm']);
}, 90_000);

it('a patch whose rows had changed, or whose commit is unknown, is told of', async () => {
  const { runId, target } = await preparePostgres(test);
  const { id, seal } = await propose(runId);
  await approvePatch(as('mira'), { id, seal, reason: 'checked by hand' });
  await sql(test.url, `update ${target} set total = total + 1 where user_id = 'ann'`);
  await applyPatch(as('ole'), { id, seal, confirm: target });
  await told();
  await doJob(test, 'apply', id);
  expect(await told()).toEqual(['local stale', 'mira stale', 'ole stale']);
  for (const [action, kind] of [
    ['patch.unknown', 'unknown'],
    ['patch.failed', 'failed'],
    ['patch.rolled_back', 'rolled_back'],
  ] as const) {
    await test.context.store.$transaction((tx) =>
      writeAudit(tx, { actor: 'recount', action, subject: `patch ${id}` }),
    );
    expect(await told()).toEqual(['local', 'mira', 'ole'].map((person) => `${person} ${kind}`));
  }
  // what is rolled back was never told
  const gone = test.context.store.$transaction(async (tx) => {
    await writeAudit(tx, { actor: 'recount', action: 'patch.failed', subject: `patch ${id}` });
    throw new Error('no');
  });
  await expect(gone).rejects.toThrow('no');
  expect(await told()).toEqual([]);
}, 60_000);

it('what is not so any more is told, and what is settled by it goes unless it was read', async () => {
  const { store } = test.context;
  const unread = async () => {
    const found = await store.notification.findMany({
      where: { readAt: null },
      orderBy: [{ personId: 'asc' }, { kind: 'asc' }],
    });
    return found.map(({ personId, kind, actor }) => `${personId} ${kind} ${actor}`).sort();
  };
  await store.approvalRule.create({ data: { fromRows: 1, approvals: 2, liveStoreId: null } });
  try {
    const { runId } = await preparePostgres(test);
    const { id, seal } = await propose(runId);
    await approvePatch(as('mira'), { id, seal, reason: 'checked by hand' });
    // who gave a vote is asked no more; the others are
    expect(await unread()).toEqual(['ben approval_wanted local', 'local approved mira']);
    await approvePatch(as('ben'), { id, seal, reason: 'checked too' });
    expect(await unread()).toEqual(['local approved ben', 'local approved mira']);
    // a third is needed by now; who gave a vote is not asked for another
    await store.approvalRule.updateMany({ data: { approvals: 3 } });
    await store.person.update({ where: { id: 'vic' }, data: { role: 'approver' } });
    await expireApprovals(test.context);
    expect(await unread()).toEqual([
      'ben reopened recount',
      'local reopened recount',
      'mira reopened recount',
      'vic approval_wanted recount',
    ]);
    await readNotifications(as('mira'), {});
    await cancelApply(as('ole'), { id });
    // those who voted, or read that a vote is wanted; nobody is asked for one
    expect(await unread()).toEqual(['ben withdrawn ole', 'local withdrawn ole', 'mira withdrawn ole']);
    const { newest } = await listNotifications(as('mira'));
    expect(newest.map(({ kind }) => kind).sort()).toEqual(['reopened', 'withdrawn']);
  } finally {
    await store.approvalRule.deleteMany();
    await store.person.update({ where: { id: 'vic' }, data: { role: 'viewer' } });
  }
}, 60_000);

it('lists the own ones with words and a way there, and marks them as read', async () => {
  const { runId } = await preparePostgres(test);
  const { id, number } = await propose(runId);
  const { first } = await addComment(as('mira'), {
    run: runId,
    row: 1,
    body: 'why\n\nthis?',
    mentions: ['ben'],
  });
  const { unread, newest } = await listNotifications(as('ben'));
  expect(unread).toBe(2);
  const [comment, patch] = newest;
  const incident = {
    reference: expect.stringMatching(/^INC-\d+$/),
    title: expect.stringContaining('Totals'),
  };
  expect(comment).toMatchObject({
    kind: 'mentioned',
    text: 'mira mentioned you in a comment on preview 1.',
    excerpt: 'why this?',
    incident,
    isRead: false,
  });
  expect(comment?.href).toBe(
    `/incidents/${comment?.incident?.reference}/preview?run=${runId}&key=1#thread-${first.id}`,
  );
  expect(patch).toMatchObject({
    kind: 'approval_wanted',
    text: `Patch ${number} waits for approval.`,
    excerpt: null,
    incident,
    href: `/incidents/${patch?.incident?.reference}/review?patch=${id}`,
  });
  // another's are not reached by their ids
  const ids = [comment?.id ?? ''];
  expect(await readNotifications(as('mira'), checked(ReadNotificationsInput, { ids }))).toEqual({
    unread: 1,
  });
  expect((await listNotifications(as('ben'))).unread).toBe(2);
  expect(await readNotifications(as('ben'), checked(ReadNotificationsInput, { ids }))).toEqual({ unread: 1 });
  expect(await readNotifications(as('ben'), checked(ReadNotificationsInput, {}))).toEqual({ unread: 0 });
  expect((await listNotifications(as('ben'))).newest.map(({ isRead }) => isRead)).toEqual([true, true]);
  expect((await listNotifications(as('vic'))).newest).toEqual([]);
}, 60_000);

it('tells nobody of what they turned off; nobody without signing in, and no program', async () => {
  const { store } = test.context;
  const off = checked(NotificationSettingsInput, { off: ['alarm', 'mentioned', 'alarm'] });
  expect(await changeNotificationSettings(as('mira'), off)).toEqual({ off: ['mentioned', 'alarm'] });
  expect(await readNotificationSettings(as('ben'))).toEqual({ off: [] });
  const { runId } = await preparePostgres(test);
  await addComment(as('vic'), { run: runId, body: 'x', mentions: ['mira', 'ben'] });
  expect(await told()).toEqual(['ben mentioned', 'local comment']);
  expect(await changeNotificationSettings(as('mira'), { off: [] })).toEqual({ off: [] });
  expect(() => checked(NotificationSettingsInput, { off: ['all'] })).toThrow();
  const lines = await store.audit.findMany({
    where: { action: 'notification.settings' },
    orderBy: { seq: 'asc' },
  });
  expect(lines.map(({ actor, subject, detail }) => ({ actor, subject, detail }))).toEqual([
    { actor: 'mira', subject: 'person mira', detail: { off: ['mentioned', 'alarm'] } },
    { actor: 'mira', subject: 'person mira', detail: { off: [] } },
  ]);
  const { actor } = as('mira');
  const token: Context = { ...as('mira'), actor: { ...actor, via: 'token', scope: ['incident.read'] } };
  for (const [context, code] of [
    [{ ...test.context, actor: NOBODY }, 'access.signed_out'],
    [token, 'access.forbidden'],
  ] as const) {
    await expect(listNotifications(context)).rejects.toMatchObject({ code });
    await expect(readNotifications(context, {})).rejects.toMatchObject({ code });
    await expect(readNotificationSettings(context)).rejects.toMatchObject({ code });
    await expect(changeNotificationSettings(context, { off: [] })).rejects.toMatchObject({ code });
  }
});

it('drops what is older than 90 days of those who are told', async () => {
  const { store } = test.context;
  const { runId } = await preparePostgres(test);
  await addComment(as('vic'), { run: runId, body: 'x', mentions: ['mira', 'ben'] });
  await store.notification.updateMany({ data: { createdAt: new Date(Date.now() - 91 * 86_400_000) } });
  await addComment(as('vic'), { run: runId, body: 'y', mentions: ['mira'] });
  expect(await told()).toEqual(['ben mentioned', 'local comment', 'mira mentioned']);
});
