import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { writeAudit } from '#lib/adapters/store/audit';
import type { PatchView } from '#lib/patch/patch';
import type { Actor } from '#lib/recovery/access/actor';
import { type Role, scopeHolds } from '#lib/recovery/access/policy';
import { changePlan } from '#lib/recovery/incidents/change-plan';
import { startPreview } from '#lib/recovery/incidents/start-preview';
import { applyPatch } from '#lib/recovery/patches/apply-patch';
import { approvePatch } from '#lib/recovery/patches/approve-patch';
import { cancelApply } from '#lib/recovery/patches/cancel-apply';
import { expireApprovals } from '#lib/recovery/patches/expire-approvals';
import { exportPatchSql } from '#lib/recovery/patches/export-sql';
import { doJob, type Prepared, preparePostgres, sql } from '#lib/recovery/patches/patches.testing';
import { preflightPatch } from '#lib/recovery/patches/preflight-patch';
import { proposePatch } from '#lib/recovery/patches/propose-patch';
import { showPatch } from '#lib/recovery/patches/read-patch';
import { rehearsePatch } from '#lib/recovery/patches/rehearse-patch';
import { requestChanges } from '#lib/recovery/patches/request-changes';
import { readUndoOutlook } from '#lib/recovery/patches/undo-outlook';
import { verifyPatch } from '#lib/recovery/patches/verify-patch';
import { changePerson } from '#lib/recovery/people/change-person';
import { erasePerson } from '#lib/recovery/people/erase-person';
import { changePolicies } from '#lib/recovery/policies/change-policies';
import { readPolicies } from '#lib/recovery/policies/read-policies';
import { leaveOutRows } from '#lib/recovery/runs/leave-out-rows';
import { oneMore } from '#lib/recovery/setup/at-once';
import type { Context } from '#lib/recovery/setup/context';
import { isoOf } from '#lib/recovery/setup/iso';
import { LIMITS } from '#lib/recovery/setup/limits';
import { openTestContext, type TestContext } from '#lib/recovery/setup/testing';

let test: TestContext;
beforeAll(async () => {
  test = await openTestContext();
}, 60_000);
afterAll(() => test.close());

const PEOPLE: readonly (readonly [id: string, role: Role])[] = [
  ['mira', 'approver'],
  ['ben', 'approver'],
  ['ole', 'operator'],
  ['vic', 'viewer'],
];
/** The context of a person. */
const as = (id: string, change: Partial<Actor> = {}): Context => {
  const role = PEOPLE.find(([one]) => one === id)?.[1] ?? 'admin';
  return { ...test.context, actor: { ...test.context.actor, id, name: id, role, ...change } };
};

beforeEach(async () => {
  const { store } = test.context;
  for (const [id, role] of PEOPLE) {
    const person = { name: id, role, disabledAt: null };
    await store.person.upsert({ where: { id }, create: { id, ...person }, update: person });
  }
  await store.approvalRule.deleteMany();
  await store.policy.updateMany({ data: { approvalHours: 24, proofMinutes: 10, selfApproval: false } });
});

const proposed = async (prepared?: Prepared): Promise<PatchView> =>
  proposePatch(test.context, { id: (prepared ?? (await preparePostgres(test))).runId });
const approve = (context: Context, { id, seal }: PatchView, reason = 'checked by hand') =>
  approvePatch(context, { id, seal, reason });
const start = (context: Context, { id, seal, target }: PatchView) =>
  applyPatch(context, { id, seal, confirm: target });
const view = ({ id }: PatchView): Promise<PatchView> => showPatch(test.context, { id });
const needTwo = (fromRows = 1) =>
  test.context.store.approvalRule.create({ data: { fromRows, approvals: 2, liveStoreId: null } });
const auditOf = async (action: string, { id }: PatchView) =>
  test.context.store.audit.findMany({
    where: { action, subject: `patch ${id}` },
    orderBy: { seq: 'asc' },
  });
/** As if the approvals had been given that long ago. */
const age = (patch: PatchView, hours: number) =>
  test.context.store.$transaction(async (tx) => {
    await tx.$executeRaw`alter table approval disable trigger approval_unchanged`;
    await tx.$executeRaw`
      update approval set created_at = created_at - make_interval(hours => ${hours}) where patch_id = ${patch.id}::uuid`;
    await tx.$executeRaw`alter table approval enable trigger approval_unchanged`;
  });

describe('approving', () => {
  it('is somebody else’s: not the author’s, not of whoever changed the plan or left rows out, not a program’s', async () => {
    const prepared = await preparePostgres(test);
    await leaveOutRows(as('ben', { role: 'operator' }), { id: prepared.runId, rows: [0], reason: 'by hand' });
    const patch = await proposed(prepared);
    expect(patch.authors).toEqual([
      { id: 'ben', name: 'ben' },
      { id: 'local', name: 'Alex Test' },
    ]);
    expect(patch.approvers).toEqual([{ id: 'mira', name: 'mira' }]);
    await expect(approve(test.context, patch)).rejects.toMatchObject({ code: 'patch.own' });
    await expect(approve(as('ben'), patch)).rejects.toMatchObject({ code: 'patch.own' });
    for (const id of ['ole', 'vic'])
      await expect(approve(as(id), patch)).rejects.toMatchObject({ code: 'access.forbidden' });
    const token = as('mira', { via: 'token', scope: ['patch.approve', 'patch.apply'] });
    await expect(approve(token, patch)).rejects.toMatchObject({ code: 'access.forbidden' });
    // nor by way of the records
    const own = { patchId: patch.id, seal: patch.seal, author: 'local', reason: 'me' };
    for (const approver of ['local', 'ben'])
      await expect(
        test.context.store.approval.create({ data: { ...own, approver, selfApproved: true } }),
      ).rejects.toThrow(/approval_two_people/);
    expect((await view(patch)).state).toBe('proposed');
    expect(await approve(as('mira'), patch)).toMatchObject({ state: 'approved' });
    expect(await auditOf('patch.approve', patch)).toMatchObject([
      { actor: 'mira', seal: patch.seal, detail: { selfApproved: false, approvals: 1, needed: 1 } },
    ]);
  }, 60_000);

  it('is not of whoever uploaded the events that it is made of', async () => {
    const prepared = await preparePostgres(test);
    const { archiveId } = await test.context.store.run.findUniqueOrThrow({ where: { id: prepared.runId } });
    expect(archiveId).not.toBeNull();
    await test.context.store.$transaction((tx) =>
      writeAudit(tx, { actor: as('ben').actor, action: 'upload.complete', subject: `archive ${archiveId}` }),
    );
    const patch = await proposed(prepared);
    expect(patch.authors).toContainEqual({ id: 'ben', name: 'ben' });
    await expect(approve(as('ben'), patch)).rejects.toMatchObject({ code: 'patch.own' });
  }, 60_000);

  it('needs as many people as the strictest rule says, each once', async () => {
    await needTwo(3);
    await test.context.store.approvalRule.create({ data: { fromRows: 4, approvals: 5 } });
    const patch = await proposed();
    expect(patch).toMatchObject({ approvalsNeeded: 2, approvalRule: { fromRows: 3, liveStore: null } });
    const first = await approve(as('mira'), patch);
    expect(first).toMatchObject({ state: 'proposed', approvals: [{ approver: 'mira', counts: true }] });
    await expect(start(as('ole'), patch)).rejects.toMatchObject({ code: 'patch.state' });
    await expect(approve(as('mira'), patch)).rejects.toMatchObject({ code: 'patch.state' });
    expect(await approve(as('ben'), patch)).toMatchObject({ state: 'approved', approvers: [] });
    expect((await start(as('ole'), patch)).state).toBe('applying');
    await doJob(test, 'apply', patch.id);
    const [line] = await test.context.store.$queryRaw<{ approved_by: string }[]>`
      select approved_by from recount.patch_ledger where seal = ${patch.seal}`;
    expect(line?.approved_by).toBe('mira, ben');
  }, 60_000);

  it('is counted by the rules of its live store, under whatever name it is recorded', async () => {
    const { store } = test.context;
    const prepared = await preparePostgres(test);
    const patch = await proposed(prepared);
    const own = await store.liveStore.findUniqueOrThrow({ where: { id: prepared.liveStoreId } });
    expect(own.identity).toMatch(/^postgres \d+ /);
    const rule = async (identity: string | null, config: object, count: number) => {
      const other = await store.liveStore.create({
        data: { name: 'Shop', kind: 'postgres', config, identity, createdBy: 'local' },
      });
      await store.approvalRule.create({ data: { fromRows: 1, approvals: count, liveStoreId: other.id } });
      return (await view(patch)).approvalsNeeded;
    };
    const there = { host: 'db.example.org', port: 1, user: 'u', ssl: 'disable' };
    const { database } = own.config as { database: string };
    expect(await rule('postgres 1 elsewhere', { ...there, database }, 2)).toBe(1);
    expect(await rule(null, { ...there, database: 'elsewhere' }, 2)).toBe(1);
    // nobody has looked what that one is: the name of its database is the same
    expect(await rule(null, { ...there, database }, 2)).toBe(2);
    expect(await rule(own.identity, { ...there, database }, 3)).toBe(3);
    await approve(as('mira'), patch);
    expect((await approve(as('ben'), patch)).state).toBe('proposed');
  }, 60_000);

  it('stands in the ledger with those whose votes count, by name and id', async () => {
    const { store } = test.context;
    await store.person.upsert({
      where: { id: 'kim' },
      create: { id: 'kim', name: 'Kim', role: 'approver' },
      update: { role: 'approver' },
    });
    const patch = await proposed();
    await needTwo();
    for (const id of ['mira', 'kim', 'ben']) {
      // the third vote where two are enough by now
      if (id === 'ben') await store.approvalRule.updateMany({ data: { approvals: 3 } });
      if ((await view(patch)).state !== 'approved') await approve(as(id, { role: 'approver' }), patch);
      if (id === 'kim') await store.patch.update({ where: { id: patch.id }, data: { state: 'proposed' } });
    }
    await store.approvalRule.updateMany({ data: { approvals: 2 } });
    // no vote of hers counts any more, though nothing has voided it
    await store.person.update({ where: { id: 'kim' }, data: { role: 'operator' } });
    await start(as('ole'), patch);
    await doJob(test, 'apply', patch.id);
    const [line] = await store.$queryRaw<{ approved_by: string; signed: object }[]>`
      select approved_by, columns -> 'signed_by' as signed from recount.patch_ledger where seal = ${patch.seal}`;
    expect(line).toEqual({
      approved_by: 'mira, ben',
      signed: { author: 'local', approvers: ['mira', 'ben'] },
    });
  }, 60_000);

  it('hands out the SQL only while enough approvals count, and to who shows who they are', async () => {
    const { store } = test.context;
    const patch = await proposed();
    await approve(as('mira'), patch);
    const hand = (change: Partial<Actor> = {}, one = patch) => exportPatchSql(as('ole', change), one);
    await expect(hand({ provedAt: null })).rejects.toMatchObject({ code: 'access.prove' });
    await expect(hand({}, { ...patch, seal: '0'.repeat(64) })).rejects.toMatchObject({ code: 'patch.seal' });
    // whoever approved it is out, and no worker has looked at it since
    await store.person.update({ where: { id: 'mira' }, data: { disabledAt: new Date() } });
    expect((await view(patch)).state).toBe('approved');
    await expect(hand()).rejects.toMatchObject({ code: 'patch.not_approved' });
    expect(await auditOf('patch.export', patch)).toEqual([]);
    await store.person.update({ where: { id: 'mira' }, data: { disabledAt: null } });
    expect(await (await hand()).text()).toContain(patch.seal);
    expect(await auditOf('patch.export', patch)).toMatchObject([{ actor: 'ole' }]);
  }, 60_000);

  it('asks for a fresh proof, of persons, for the apply too', async () => {
    const patch = await proposed();
    const old = { provedAt: new Date(Date.now() - 11 * 60_000) };
    await expect(approve(as('mira', old), patch)).rejects.toMatchObject({ code: 'access.prove' });
    await test.context.store.policy.updateMany({ data: { proofMinutes: 12 } });
    await approve(as('mira', old), patch);
    await expect(start(as('ole', { provedAt: null }), patch)).rejects.toMatchObject({ code: 'access.prove' });
    const token = as('ole', { via: 'token', scope: ['patch.apply'], provedAt: null });
    expect((await start(token, patch)).state).toBe('applying');
    expect(await auditOf('patch.apply', patch)).toMatchObject([{ via: 'token', detail: { proved: null } }]);
  }, 60_000);

  it('uses a proof up where each time needs its own', async () => {
    const { store } = test.context;
    await store.policy.updateMany({ data: { proofMinutes: 0 } });
    const provedAt = new Date();
    const session = {
      id: 'of-mira',
      token: 'h'.repeat(43),
      userId: 'mira',
      expiresAt: new Date(Date.now() + 1e6),
    };
    await store.session.create({ data: { ...session, provedAt, provedHow: 'passkey' } });
    const mira = as('mira', { provedAt, from: { address: '192.0.2.9', session: 'of-mira' } });
    const patches = [await proposed(), await proposed()];
    const results = await Promise.allSettled(patches.map((patch) => approve(mira, patch)));
    expect(results.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected']);
    const refused = results.find((one) => one.status === 'rejected');
    expect(refused).toMatchObject({ reason: { code: 'access.prove' } });
    expect((await store.session.findFirstOrThrow()).provedAt.getTime()).toBe(0);
    const [approved] = patches.filter((_, i) => results[i]?.status === 'fulfilled');
    const { run } = await store.patch.findUniqueOrThrow({
      where: { id: approved?.id ?? '' },
      include: { run: true },
    });
    expect(
      await store.audit.findFirst({ where: { action: 'patch.approve', subject: `patch ${approved?.id}` } }),
    ).toMatchObject({
      seal: approved?.seal,
      via: 'session',
      address: '192.0.2.9',
      session: 'of-mira',
      detail: { plan: run.planSha256, proved: { at: isoOf(provedAt), how: 'passkey' } },
    });
  }, 60_000);
});

it('one person has so much waiting at once, whatever it is, and others go on', async () => {
  const { store } = test.context;
  const prepared = await preparePostgres(test);
  const patch = await proposed(prepared);
  const { incidentId, plan, planSha256 } = await store.run.findUniqueOrThrow({
    where: { id: prepared.runId },
  });
  const waiting = (number: number) => ({
    number: 100 + number,
    incidentId,
    plan: plan ?? {},
    planSha256,
    // those that run count until they have stopped, also where a new preview of the incident stops them
    state: 'running',
    createdBy: 'ole',
  });
  await store.run.createMany({ data: Array.from({ length: LIMITS.work - 1 }, (_, at) => waiting(at)) });
  const { id, seal } = patch;
  const rehearse = (who: string) => rehearsePatch(as(who), { id, seal, limitMs: 1_000 });
  const other = await preparePostgres(test);
  const second = await proposed(other);
  // the last place is taken by one of many who press at once
  const asked = [patch, second].map((one) => rehearsePatch(as('ole'), { ...one, limitMs: 1_000 }));
  const results = await Promise.allSettled(asked);
  expect(results.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected']);
  expect(results.find(({ status }) => status === 'rejected')).toMatchObject({
    reason: {
      code: 'work.too_much',
      message: expect.stringContaining('12 previews, test runs and rehearsals'),
    },
  });
  const window = { from: '2024-06-10T12:00:00Z', to: '2024-06-10T12:20:00Z' };
  // of the incident that has no rehearsal: a preview ends that of its own
  const ref = results[0]?.status === 'rejected' ? incidentId : other.incidentId;
  await expect(startPreview(as('ole'), { ref, window })).rejects.toMatchObject({
    code: 'work.too_much',
  });
  await store.rehearsal.deleteMany();
  await rehearse('mira');
  await store.run.deleteMany({ where: { createdBy: 'ole' } });
}, 60_000);

it('a person has so many looks at live stores under way at once; an undo is looked at by who may make one', async () => {
  const patch = await proposed();
  const { id } = patch;
  // as many as are under way already, of other requests
  const others = Array.from({ length: LIMITS.looks }, () => oneMore('looks', 'ole'));
  const looks = [preflightPatch, verifyPatch, readUndoOutlook] as const;
  await approve(as('mira'), patch);
  await start(as('ole'), patch);
  await doJob(test, 'apply', id);
  for (const look of looks)
    await expect(look(as('ole'), { id }), look.name).rejects.toMatchObject({ code: 'work.too_much' });
  expect(await preflightPatch(as('mira'), { id })).toMatchObject({ checks: expect.any(Array) });
  for (const end of others) end();
  expect(await readUndoOutlook(as('ole'), { id })).toMatchObject({ rows: 3, unmoved: 3 });
  await expect(readUndoOutlook(as('vic'), { id })).rejects.toMatchObject({ code: 'access.forbidden' });
  const token = as('ole', { via: 'token', scope: scopeHolds('read') });
  await expect(readUndoOutlook(token, { id })).rejects.toMatchObject({ code: 'access.forbidden' });
}, 60_000);

it('every line of the audit about a patch has its seal', async () => {
  const prepared = await preparePostgres(test);
  const patch = await proposed(prepared);
  await preflightPatch(as('ole'), { id: patch.id });
  await cancelApply(as('ole'), { id: patch.id });
  const second = await proposed(prepared);
  await changePlan(test.context, { ref: prepared.incidentId, archiveId: null });
  for (const { id } of [patch, second]) {
    const lines = await test.context.store.audit.findMany({ where: { subject: `patch ${id}` } });
    expect(lines.length).toBeGreaterThan(1);
    expect(lines.filter(({ seal }) => seal !== patch.seal).map(({ action }) => action)).toEqual([]);
  }
}, 60_000);

describe('an approval', () => {
  it('expires: the apply refuses, the patch waits again, and a new one counts', async () => {
    const patch = await proposed();
    await approve(as('mira'), patch);
    await age(patch, 25);
    await expect(start(as('ole'), patch)).rejects.toMatchObject({ code: 'patch.not_approved' });
    expect(await expireApprovals(test.context)).toBe(1);
    expect(await expireApprovals(test.context)).toBe(0);
    expect(await view(patch)).toMatchObject({
      state: 'expired',
      approvals: [{ counts: false, voidedBecause: 'It expired.' }],
    });
    expect(await auditOf('patch.expired', patch)).toMatchObject([{ actor: 'recount' }]);
    expect(await approve(as('mira'), patch)).toMatchObject({ state: 'approved' });
    expect((await start(as('ole'), patch)).state).toBe('applying');
  }, 60_000);

  it('counts while its person may approve, and while the policy asks for no more', async () => {
    const patch = await proposed();
    await approve(as('mira'), patch);
    await test.context.store.person.update({ where: { id: 'mira' }, data: { role: 'operator' } });
    await expect(start(as('ole'), patch)).rejects.toMatchObject({ code: 'patch.not_approved' });
    await test.context.store.person.update({ where: { id: 'mira' }, data: { role: 'approver' } });
    await needTwo();
    await expect(start(as('ole'), patch)).rejects.toThrow(/1 of 2 approvals/);
    await expireApprovals(test.context);
    expect(await view(patch)).toMatchObject({ state: 'proposed', approvals: [{ counts: true }] });
    expect(await auditOf('patch.reopened', patch)).toMatchObject([{ detail: { approvals: 1, needed: 2 } }]);
    expect((await approve(as('ben'), patch)).state).toBe('approved');
  }, 60_000);

  it('is void once its person was disabled, and does not count again when they are back', async () => {
    const patch = await proposed();
    await approve(as('mira'), patch);
    for (const disabled of [true, false]) await changePerson(test.context, { id: 'mira', disabled });
    expect(await view(patch)).toMatchObject({ state: 'proposed', approvals: [{ counts: false }] });
    expect(await approve(as('mira'), patch)).toMatchObject({ state: 'approved' });
  }, 60_000);

  it('counts until COMMIT: an apply that waits is not begun without it, one that writes is rolled back', async () => {
    const { store } = test.context;
    const disable = (id: string, disabledAt: Date | null) =>
      store.person.update({ where: { id }, data: { disabledAt } });
    const prepared = await preparePostgres(test);
    const before = await prepared.read();
    const patch = await proposed(prepared);
    await approve(as('mira'), patch);
    await start(as('ole'), patch);
    // no worker came by, and meanwhile
    await disable('mira', new Date());
    await doJob(test, 'apply', patch.id);
    expect(await view(patch)).toMatchObject({
      state: 'proposed',
      approvals: [{ counts: false }],
      error: { code: 'patch.not_approved', message: expect.stringContaining('0 of the 1 approval') },
    });
    expect(await auditOf('patch.reopened', patch)).toMatchObject([{ detail: { applyStopped: true } }]);
    expect(await approve(as('ben'), patch)).toMatchObject({ state: 'approved', error: null });

    // the rows are being written: another session holds one of them
    await start(as('ole'), patch);
    const other = new pg.Client({ connectionString: test.url });
    await other.connect();
    await other.query(`begin; select 1 from ${prepared.target} where user_id = 'ann' for update`);
    const applying = doJob(test, 'apply', patch.id);
    const waits = `select from pg_stat_activity where application_name like 'recount:%' and wait_event_type = 'Lock'`;
    while ((await sql(test.url, waits)).length === 0) await sleep(20);
    await age(patch, 25);
    await other.query('rollback');
    await other.end();
    await applying;
    expect(await view(patch)).toMatchObject({ state: 'expired', progress: [] });
    expect(await prepared.read()).toEqual(before);
    expect(await auditOf('patch.expired', patch)).toMatchObject([{ detail: { applyStopped: true } }]);
    await disable('mira', null);
    await approve(as('mira'), patch);
    await start(as('ole'), patch);
    await doJob(test, 'apply', patch.id);
    expect((await view(patch)).state).toBe('applied');
  }, 120_000);

  it.each(['committing', 'unknown'])(
    'is not asked for once COMMIT may have been sent: an outcome %s is settled',
    async (state) => {
      const { store } = test.context;
      const patch = await proposed();
      await approve(as('mira'), patch);
      await start(as('ole'), patch);
      await store.patch.update({ where: { id: patch.id }, data: { state } });
      await store.person.update({ where: { id: 'mira' }, data: { disabledAt: new Date() } });
      await doJob(test, 'apply', patch.id);
      expect((await view(patch)).state).toBe('applied');
    },
    60_000,
  );

  it.each([
    ['the window', { plan: { window: { from: '2024-06-10T12:00:00Z', to: '2024-06-10T12:29:00Z' } } }],
    ['the live store', { liveStoreId: null }],
    ['the archive', { archiveId: null }],
  ])(
    'is void when %s changes before the apply',
    async (_, change) => {
      const patch = await proposed();
      await approve(as('mira'), patch);
      await changePlan(as('ole'), { ref: patch.incidentId, ...change } as Parameters<typeof changePlan>[1]);
      expect(await view(patch)).toMatchObject({
        state: 'cancelled',
        approvals: [{ voidedBecause: 'The plan was changed.' }],
      });
      await expect(start(as('ole'), patch)).rejects.toMatchObject({ code: 'patch.state' });
    },
    60_000,
  );
});

describe('self-approval', () => {
  const others = (disabledAt: Date | null) =>
    test.context.store.person.updateMany({ where: { id: { not: 'local' } }, data: { disabledAt } });
  const policies = async (context: Context, change: object) => {
    const { rules: _, liveStores, alone, ...now } = await readPolicies(context);
    return changePolicies(context, { ...now, rules: [], ...change });
  };

  it('is allowed by an admin while one person is there, and counts only so long', async () => {
    await expect(policies(test.context, { selfApproval: true })).rejects.toThrow(/one person/);
    const patch = await proposed();
    await others(new Date());
    expect(await view(patch)).toMatchObject({ alone: true, selfApproval: false });
    await expect(approve(test.context, patch)).rejects.toMatchObject({ code: 'patch.own' });
    expect(await policies(test.context, { selfApproval: true })).toMatchObject({ selfApproval: true });
    expect(await approve(test.context, patch)).toMatchObject({
      state: 'approved',
      approvals: [{ selfApproved: true }],
    });
    await others(null);
    await expect(start(test.context, patch)).rejects.toMatchObject({ code: 'patch.not_approved' });
    await expireApprovals(test.context);
    expect(await view(patch)).toMatchObject({ state: 'proposed', selfApproval: false });
    await expect(approve(test.context, patch)).rejects.toMatchObject({ code: 'patch.own' });
    expect((await approve(as('mira'), patch)).state).toBe('approved');
  }, 60_000);
});

describe('asking for changes', () => {
  it('sends the patch back with its approvals, says who and why, and a new one is reviewed anew', async () => {
    await needTwo();
    const prepared = await preparePostgres(test);
    const patch = await proposed(prepared);
    await approve(as('ben'), patch);
    const { id, seal } = patch;
    const ask = (context: Context, change: object = {}) =>
      requestChanges(context, { id, seal, reason: 'leave ann out', ...change });
    await expect(ask(as('ole'))).rejects.toMatchObject({ code: 'access.forbidden' });
    await expect(ask(as('mira'), { seal: '0'.repeat(64) })).rejects.toMatchObject({ code: 'patch.seal' });
    expect(await ask(as('mira'))).toMatchObject({
      state: 'cancelled',
      changesRequested: { by: 'mira', reason: 'leave ann out' },
      approvals: [{ counts: false, voidedBecause: 'mira asked for changes.' }],
    });
    await expect(ask(as('mira'))).rejects.toMatchObject({ code: 'patch.state' });
    expect(await auditOf('patch.request_changes', patch)).toMatchObject([
      { actor: 'mira', seal, detail: { reason: 'leave ann out' } },
    ]);
    await leaveOutRows(test.context, { id: prepared.runId, rows: [0], reason: 'as mira asked' });
    const next = await proposed(prepared);
    expect(next.seal).not.toBe(seal);
    expect(next).toMatchObject({ state: 'proposed', approvals: [], changesRequested: null });
    await expect(approve(as('ben'), { ...next, seal })).rejects.toMatchObject({ code: 'patch.seal' });
  }, 60_000);

  it('leaves no name of who asked once they are erased, nor one that they had before', async () => {
    const { store } = test.context;
    await store.person.create({ data: { id: 'zoe', name: 'Zoe Before', role: 'approver' } });
    const patch = await proposed();
    await approve(as('ben'), patch);
    const zoe = as('zoe', { name: 'Zoe Before' });
    await requestChanges(zoe, { id: patch.id, seal: patch.seal, reason: 'not yet' });
    await changePerson(test.context, { id: 'zoe', name: 'Zoe Now', disabled: true });
    await erasePerson(test.context, { id: 'zoe', reason: 'left', confirm: 'Zoe Now' });
    const { approvals } = await view(patch);
    expect(approvals).toMatchObject([{ voidedBecause: 'Changes were asked for.' }]);
    await store.person.delete({ where: { id: 'zoe' } });
  }, 60_000);
});

it.each([1, 2])(
  'of 2,000 who press at once, exactly %i succeed where so many are needed',
  async (needed) => {
    const { store } = test.context;
    if (needed === 2) await needTwo();
    const crowd = Array.from({ length: 12 }, (_, at) => `one-${at}`);
    for (const id of crowd) {
      const person = { id, name: id, role: 'approver' };
      await store.person.upsert({ where: { id }, create: person, update: person });
    }
    const patch = await proposed();
    const wrong = { ...patch, seal: '0'.repeat(64) };
    const ways = [
      ...crowd.map((id) => () => approve(as(id, { role: 'approver' }), patch)),
      () => approve(test.context, patch),
      () => approve(as('mira'), wrong),
      () => approve(as('ben', { provedAt: null }), patch),
      () => approve(as('ole'), patch),
    ];
    const calls = Array.from({ length: 2_000 }, (_, at) => ways[at % ways.length]!());
    const results = await Promise.allSettled(calls);
    expect(results.filter(({ status }) => status === 'fulfilled')).toHaveLength(needed);
    const codes = new Set(results.flatMap((one) => (one.status === 'rejected' ? [one.reason.code] : [])));
    // P2028: too many waited for a connection, answered as server.busy
    expect([...codes].filter((code) => code !== 'P2028').sort()).toEqual([
      'access.forbidden',
      'access.prove',
      'patch.own',
      'patch.seal',
      'patch.state',
    ]);
    const approvals = await store.approval.findMany({ where: { patchId: patch.id } });
    expect(new Set(approvals.map(({ approver }) => approver)).size).toBe(needed);
    expect(approvals).toHaveLength(needed);
    expect((await view(patch)).state).toBe('approved');
    expect((await auditOf('patch.approve', patch)).map(({ detail }) => detail)).toMatchObject(
      Array.from({ length: needed }, (_, at) => ({ approvals: at + 1 })),
    );
  },
  180_000,
);
