import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { checked } from '#lib/recovery/http/http';
import { listNotifications } from '#lib/recovery/notifications/list-notifications';
import { ChangePoliciesInput, changePolicies } from '#lib/recovery/policies/change-policies';
import { readPolicies } from '#lib/recovery/policies/read-policies';
import type { Context } from '#lib/recovery/setup/context';
import { openTestContext, type TestContext } from '#lib/recovery/setup/testing';

let test: TestContext;
beforeAll(async () => {
  test = await openTestContext();
}, 60_000);
afterAll(() => test.close());

const as = (change: Partial<Context['actor']>): Context => ({
  ...test.context,
  actor: { ...test.context.actor, ...change },
});
const RULE = { liveStoreId: null, fromRows: 1_000, approvals: 2 };
const change = async (context: Context, part: object) => {
  const { revision, approvalHours, proofMinutes, selfApproval } = await readPolicies(test.context);
  const now = { revision, approvalHours, proofMinutes, selfApproval, rules: [] };
  return changePolicies(context, checked(ChangePoliciesInput, { ...now, ...part }));
};

it('is read by everyone and changed by an admin in person, with a proof, and the audit says what', async () => {
  const { store } = test.context;
  expect(await readPolicies(as({ role: 'viewer' }))).toMatchObject({ approvalHours: 24, proofMinutes: 10 });
  for (const role of ['viewer', 'operator', 'approver'] as const)
    await expect(change(as({ role }), {})).rejects.toMatchObject({ code: 'access.forbidden' });
  await expect(change(as({ via: 'token' }), {})).rejects.toMatchObject({ code: 'access.forbidden' });
  await expect(change(as({ provedAt: null }), {})).rejects.toMatchObject({ code: 'access.prove' });
  expect(await store.audit.count({ where: { action: 'policy.change' } })).toBe(0);
  expect(await change(test.context, { approvalHours: 8, rules: [RULE] })).toMatchObject({
    approvalHours: 8,
    rules: [{ liveStore: null, fromRows: 1_000, approvals: 2 }],
  });
  const [line] = await store.audit.findMany({ where: { action: 'policy.change' } });
  expect(line).toMatchObject({
    actor: 'local',
    detail: {
      before: { approvalHours: 24, rules: [] },
      after: { approvalHours: 8, rules: ['every live store, from 1000 rows: 2'] },
    },
  });
});

it('everybody else who approves is told of a change', async () => {
  const { store } = test.context;
  for (const [id, role] of [
    ['mira', 'approver'],
    ['zoe', 'admin'],
    ['ole', 'operator'],
  ] as const)
    await store.person.create({ data: { id, name: id, role } });
  await store.notification.deleteMany();
  await change(test.context, { rules: [RULE] });
  const told = await store.notification.findMany({ orderBy: { personId: 'asc' } });
  expect(told.map(({ personId, kind, actor }) => [personId, kind, actor])).toEqual([
    ['mira', 'policies', 'local'],
    ['zoe', 'policies', 'local'],
  ]);
  const { newest } = await listNotifications(as({ id: 'mira', role: 'approver' }));
  expect(newest).toMatchObject([
    { text: 'Alex Test changed the policies of approvals.', href: '/settings/policies', incident: null },
  ]);
  await store.person.deleteMany({ where: { id: { in: ['mira', 'zoe', 'ole'] } } });
});

it('refuses what was changed meanwhile, two rules for the same, and a live store that is not there', async () => {
  const { revision } = await readPolicies(test.context);
  await expect(change(test.context, { revision: revision - 1 })).rejects.toMatchObject({ code: 'conflict' });
  await expect(change(test.context, { rules: [RULE, { ...RULE, approvals: 3 }] })).rejects.toThrow(
    /Two rules/,
  );
  const unknown = { ...RULE, liveStoreId: randomUUID() };
  await expect(change(test.context, { rules: [unknown] })).rejects.toMatchObject({ code: 'not_found' });
  for (const part of [
    { approvalHours: 0 },
    { proofMinutes: -1 },
    { rules: [{ ...RULE, approvals: 6 }] },
    { rules: [{ ...RULE, fromRows: 0 }] },
  ])
    await expect(change(test.context, part)).rejects.toMatchObject({ code: 'request.invalid' });
  expect((await readPolicies(test.context)).revision).toBe(revision);
});
