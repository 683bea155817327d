import { appendFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { PatchView } from '#lib/patch/patch';
import { checked } from '#lib/recovery/http/http';
import { changePlan } from '#lib/recovery/incidents/change-plan';
import { applyPatch } from '#lib/recovery/patches/apply-patch';
import { ApprovePatchInput, approvePatch } from '#lib/recovery/patches/approve-patch';
import { cancelApply } from '#lib/recovery/patches/cancel-apply';
import {
  doJob,
  type Prepared,
  preparePostgres,
  previewAgain,
  sql,
} from '#lib/recovery/patches/patches.testing';
import { proposePatch } from '#lib/recovery/patches/propose-patch';
import { downloadPatchSql, followPatch, showPatch } from '#lib/recovery/patches/read-patch';
import { listPatchRows } from '#lib/recovery/patches/read-patch-rows';
import { openTestContext, type TestContext } from '#lib/recovery/setup/testing';

let test: TestContext;
beforeAll(async () => {
  test = await openTestContext();
}, 60_000);
afterAll(() => test.close());

const actions = async (id: string): Promise<string[]> =>
  (
    await test.context.store.audit.findMany({ where: { subject: `patch ${id}` }, orderBy: { seq: 'asc' } })
  ).map((line) => line.action);
const propose = ({ runId }: Prepared): Promise<PatchView> => proposePatch(test.context, { id: runId });
const approve = ({ id, seal }: PatchView, reason = 'checked by hand') =>
  approvePatch(test.context, { id, seal, reason });
const start = ({ id, seal, target }: PatchView) => applyPatch(test.context, { id, seal, confirm: target });
const codesOf = (results: readonly PromiseSettledResult<unknown>[]): string[] =>
  results.flatMap((one) => (one.status === 'rejected' ? [String(one.reason.code)] : []));

describe('proposing', () => {
  let prepared: Prepared;
  let patch: PatchView;
  beforeAll(async () => {
    prepared = await preparePostgres(test);
  }, 60_000);

  it('makes one patch of a run, however often it is asked for', async () => {
    const views = await Promise.all(Array.from({ length: 5 }, () => propose(prepared)));
    expect(new Set(views.map((view) => view.id)).size).toBe(1);
    patch = views[0]!;
    expect(patch).toMatchObject({
      state: 'proposed',
      author: 'Alex Test',
      counts: { updates: 2, inserts: 1, deletes: 0 },
      net: [{ measure: 'total', net: '7.00', plus: '7.00', minus: '0.00' }],
      columns: ['total'],
      added: [],
      tableRows: 9,
      target: prepared.target,
      blockedBy: [],
      approvals: [],
      sql: expect.stringContaining('UPDATE'),
    });
    expect(await actions(patch.id)).toEqual(['patch.propose']);
  });

  it('pages its rows exactly, and gives its SQL as a file', async () => {
    const page = await listPatchRows(test.context, { id: patch.id, offset: 0, limit: 2 });
    expect(page).toEqual({
      total: 3,
      columns: { keys: ['user_id'], measures: ['total'] },
      rows: [
        { op: 'update', keys: ['=ben'], before: ['0.25'], after: ['2.50'], delta: ['2.25'] },
        { op: 'update', keys: ['ann'], before: ['0.25'], after: ['1.50'], delta: ['1.25'] },
      ],
    });
    const rest = await listPatchRows(test.context, { id: patch.id, offset: 2, limit: 500 });
    expect(rest.rows).toEqual([
      { op: 'insert', keys: ['c"o,l'], before: [null], after: ['3.50'], delta: ['3.50'] },
    ]);
    const file = await downloadPatchSql(test.context, { id: patch.id });
    expect(await file.text()).toBe(patch.sql);
    await expect(showPatch(test.context, { id: prepared.runId })).rejects.toMatchObject({
      code: 'not_found',
    });
  });

  it('withdraws a patch with its approval, and proposes the run again', async () => {
    await approve(patch);
    const withdrawn = await cancelApply(test.context, { id: patch.id });
    expect(withdrawn).toMatchObject({
      state: 'cancelled',
      approvals: [{ voidedBecause: 'The patch was withdrawn.', selfApproved: true }],
    });
    await expect(cancelApply(test.context, { id: patch.id })).rejects.toMatchObject({ code: 'patch.state' });
    const next = await propose(prepared);
    expect(next.id).not.toBe(patch.id);
    expect(next).toMatchObject({ state: 'proposed', seal: patch.seal, approvals: [] });
    expect(await actions(patch.id)).toEqual(['patch.propose', 'patch.approve', 'patch.withdraw']);
  });

  it('takes the earlier patch back when a newer preview is sent', async () => {
    const earlier = await propose(prepared);
    const runId = await previewAgain(test, prepared.incidentId);
    const newer = await proposePatch(test.context, { id: runId });
    expect((await showPatch(test.context, { id: earlier.id })).state).toBe('cancelled');
    expect(newer.state).toBe('proposed');
  });

  it('refuses a run with nothing to write, one of an older plan, and one that is not done', async () => {
    const { store } = test.context;
    const nothing = await preparePostgres(test);
    await sql(
      test.url,
      `update ${nothing.target} set total = case user_id when 'ann' then 1.50 when '=ben' then 2.50 else total end;
      insert into ${nothing.target} values ('c"o,l', 3.50)`,
    );
    const empty = await previewAgain(test, nothing.incidentId);
    await expect(proposePatch(test.context, { id: empty })).rejects.toMatchObject({ code: 'patch.nothing' });
    await store.incident.update({
      where: { id: nothing.incidentId },
      data: { planRevision: { increment: 1 } },
    });
    await expect(propose(nothing)).rejects.toMatchObject({ code: 'conflict' });
    await store.run.update({ where: { id: empty }, data: { state: 'running' } });
    await expect(proposePatch(test.context, { id: empty })).rejects.toMatchObject({ code: 'run.incomplete' });
    expect(await store.patch.count({ where: { incidentId: nothing.incidentId } })).toBe(0);
  });

  it('refuses a run whose patch is blocked, and says by what', async () => {
    const blocked = await preparePostgres(test);
    const file = `${test.root}/${blocked.target.replace('shop.', '')}.csv`;
    appendFileSync(file, '"0-1","2024-06-10T12:00:00Z","ann","7.00"\n');
    const id = await previewAgain(test, blocked.incidentId);
    await expect(proposePatch(test.context, { id })).rejects.toMatchObject({
      code: 'patch.blocked',
      details: { blocked_by: ['conflicting_ids'] },
    });
    expect(await test.context.store.patch.count({ where: { incidentId: blocked.incidentId } })).toBe(0);
  });
});

describe('approving', () => {
  it('gives exactly one approval to twenty who press at once', async () => {
    const patch = await propose(await preparePostgres(test));
    const results = await Promise.allSettled(Array.from({ length: 20 }, () => approve(patch)));
    expect(codesOf(results)).toEqual(Array.from({ length: 19 }, () => 'patch.state'));
    const view = await showPatch(test.context, { id: patch.id });
    expect(view).toMatchObject({
      state: 'approved',
      approvals: [
        { approver: 'Alex Test', reason: 'checked by hand', selfApproved: true, voidedBecause: null },
      ],
    });
    expect(await actions(patch.id)).toEqual(['patch.propose', 'patch.approve']);
  }, 60_000);

  it('is bound to the seal that was shown, and asks for a reason', async () => {
    const patch = await propose(await preparePostgres(test));
    const wrong = { id: patch.id, seal: 'f'.repeat(64), reason: 'yes' };
    await expect(approvePatch(test.context, wrong)).rejects.toMatchObject({ code: 'patch.seal' });
    expect(() => checked(ApprovePatchInput, { ...patch, reason: '  ' })).toThrow(/reason/);
    expect(await actions(patch.id)).toEqual(['patch.propose']);
    expect((await showPatch(test.context, { id: patch.id })).state).toBe('proposed');
  }, 60_000);

  it('is void as soon as the plan changes, and stands against a change that comes at the same time', async () => {
    const prepared = await preparePostgres(test);
    const patch = await propose(prepared);
    const { plan } = await test.context.store.incident.findUniqueOrThrow({
      where: { id: prepared.incidentId },
    });
    const other = {
      ...(plan as object),
      window: { from: '2024-06-10T12:00:00Z', to: '2024-06-10T12:25:00Z', clock: 'time' },
    };
    await Promise.allSettled([
      approve(patch),
      changePlan(test.context, { ref: prepared.incidentId, plan: other }),
      approve(patch),
    ]);
    const view = await showPatch(test.context, { id: patch.id });
    expect(view.state).toBe('cancelled');
    expect(view.approvals.filter((one) => one.voidedBecause === null)).toEqual([]);
    await expect(start(patch)).rejects.toMatchObject({ code: 'patch.state' });
  }, 60_000);

  it('does not outlast the revision that it is of', async () => {
    const prepared = await preparePostgres(test);
    const patch = await propose(prepared);
    await approve(patch);
    // as if a change had forgotten to take the approval back
    await test.context.store.incident.update({
      where: { id: prepared.incidentId },
      data: { planRevision: { increment: 1 } },
    });
    await expect(start(patch)).rejects.toMatchObject({ code: 'conflict' });
    expect((await showPatch(test.context, { id: patch.id })).state).toBe('approved');
  }, 60_000);
});

describe('starting an apply', () => {
  it('needs an approval, the seal, and the name of what is written', async () => {
    const patch = await propose(await preparePostgres(test));
    await expect(start(patch)).rejects.toMatchObject({ code: 'patch.state' });
    await approve(patch);
    await expect(start({ ...patch, target: 'other' })).rejects.toMatchObject({ code: 'request.invalid' });
    await expect(start({ ...patch, seal: '0'.repeat(64) })).rejects.toMatchObject({ code: 'patch.seal' });
    await test.context.store.approval.updateMany({
      where: { patchId: patch.id },
      data: { voidedAt: new Date(), voidedBecause: 'test' },
    });
    await expect(start(patch)).rejects.toMatchObject({ code: 'patch.not_approved' });
    expect(await actions(patch.id)).toEqual(['patch.propose', 'patch.approve']);
  }, 60_000);

  it('needs it said of a large patch how many rows it has', async () => {
    const patch = await propose(await preparePostgres(test));
    await approve(patch);
    await test.context.store.patch.update({
      where: { id: patch.id },
      data: { updates: 100_001, inserts: 0 },
    });
    const say = (rows?: number) => {
      const input = { id: patch.id, seal: patch.seal, confirm: patch.target };
      return applyPatch(test.context, rows === undefined ? input : { ...input, rows });
    };
    const unsaid = { code: 'request.invalid', message: expect.stringContaining('rows: 100001') };
    await expect(say()).rejects.toMatchObject(unsaid);
    await expect(say(100_000)).rejects.toMatchObject(unsaid);
    expect(await say(100_001)).toMatchObject({ state: 'applying' });
  }, 60_000);

  it('starts once for twenty who press at once, and queues one job', async () => {
    const patch = await propose(await preparePostgres(test));
    await approve(patch);
    const results = await Promise.allSettled(Array.from({ length: 20 }, () => start(patch)));
    expect(codesOf(results)).toEqual(Array.from({ length: 19 }, () => 'patch.state'));
    expect(await test.context.jobs.isPending('apply', patch.id)).toBe(true);
    const record = await test.context.store.patch.findUniqueOrThrow({ where: { id: patch.id } });
    expect(record).toMatchObject({ state: 'applying', attempt: 1 });
    expect(await actions(patch.id)).toEqual(['patch.propose', 'patch.approve', 'patch.apply']);
    await expect(changePlan(test.context, { ref: patch.incidentId, plan: {} })).rejects.toMatchObject({
      code: 'patch.state',
    });
  }, 60_000);
});

it('tells the page of an apply until it is compared', async () => {
  const patch = await propose(await preparePostgres(test));
  await approve(patch);
  await start(patch);
  const gone = new AbortController();
  const request = new Request('http://localhost/', { signal: gone.signal });
  const text = (await followPatch(test.context, { id: patch.id }, request)).text();
  await doJob(test, 'apply', patch.id);
  await doJob(test, 'verify', patch.id);
  const states = [...(await text).matchAll(/^data: (.*)$/gm)].map((m) => JSON.parse(m[1]!).state);
  expect(states[0]).toBe('applying');
  expect(states.at(-1)).toBe('verified');
}, 60_000);
