import { appendFileSync } from 'node:fs';
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import { applyPatch } from '#lib/recovery/patches/apply-patch';
import { approvePatch } from '#lib/recovery/patches/approve-patch';
import { overrideBlock, readOverrides } from '#lib/recovery/patches/override-block';
import { doJob, type Prepared, preparePostgres, previewAgain } from '#lib/recovery/patches/patches.testing';
import { proposePatch } from '#lib/recovery/patches/propose-patch';
import { showPatch } from '#lib/recovery/patches/read-patch';
import { showReport } from '#lib/recovery/reports/read-report';
import { leaveOutRows } from '#lib/recovery/runs/leave-out-rows';
import { restoreRows } from '#lib/recovery/runs/restore-rows';
import type { Context } from '#lib/recovery/setup/context';
import { openTestContext, type TestContext } from '#lib/recovery/setup/testing';

let test: TestContext;
let mira: Context;
beforeAll(async () => {
  test = await openTestContext();
  const { context } = test;
  await context.store.person.create({ data: { id: 'mira', name: 'Mira', role: 'approver' } });
  mira = { ...context, actor: { ...context.actor, id: 'mira', name: 'Mira', role: 'approver' } };
}, 60_000);
afterAll(() => test.close());

/** A run with an id that occurs with two contents, and a healthy stretch or records that are not in order. */
let prepared: Prepared;
let run: string;
beforeEach(async () => {
  prepared = await preparePostgres(test);
  const file = `${test.root}/${prepared.target.replace('shop.', '')}.csv`;
  appendFileSync(file, '"0-1","2024-06-10T12:00:00Z","ann","7.00"\n"9-9","no time","ann","7.00"\n');
  run = await previewAgain(test, prepared.incidentId);
}, 60_000);

const through = (block: 'rejects' | 'conflicting_ids' | 'archive_gap', context = mira) =>
  overrideBlock(context, { id: run, block, reason: 'seen with the source team' });

it('lets blocks through one by one; the patch is then reviewed, approved and written as any other', async () => {
  await expect(proposePatch(test.context, { id: run })).rejects.toMatchObject({ code: 'patch.blocked' });
  expect(await through('conflicting_ids')).toMatchObject({
    overrides: [{ block: 'conflicting_ids', by: 'Mira', reason: 'seen with the source team' }],
    authors: [{ id: 'local' }],
  });
  await expect(proposePatch(test.context, { id: run })).rejects.toMatchObject({
    code: 'patch.blocked',
    details: { blocked_by: ['rejects'] },
  });
  await through('rejects');
  const patch = await proposePatch(test.context, { id: run });
  expect(patch).toMatchObject({
    blockedBy: [],
    overrides: [{ block: 'conflicting_ids' }, { block: 'rejects' }],
  });
  await approvePatch(mira, { id: patch.id, seal: patch.seal, reason: 'fine' });
  await applyPatch(test.context, { id: patch.id, seal: patch.seal, confirm: patch.target });
  await doJob(test, 'apply', patch.id);
  expect(await showPatch(test.context, { id: patch.id })).toMatchObject({ state: 'applied', error: null });
  const [line] = await test.context.store.$queryRaw<{ approved_by: string }[]>`
    select approved_by from recount.patch_ledger where seal = ${patch.seal}`;
  const { checks } = await showReport(test.context, { ref: prepared.incidentId });
  expect(checks.filter(({ name }) => name.startsWith('Let through'))).toMatchObject([
    { state: 'note', value: 'Mira', words: '“seen with the source team”' },
    { value: 'Mira' },
  ]);
  expect(checks.filter(({ state }) => state === 'failed')).toEqual([]);
  expect(line?.approved_by).toBe('Mira; conflicting_ids let through by Mira; rejects let through by Mira');
}, 60_000);

it('is somebody else’s with a role for it, of what blocks, once, and of no other run', async () => {
  await expect(through('rejects', test.context)).rejects.toMatchObject({ code: 'patch.own' });
  const operator: Context = { ...mira, actor: { ...mira.actor, role: 'operator' } };
  await expect(through('rejects', operator)).rejects.toMatchObject({ code: 'access.forbidden' });
  const token: Context = { ...mira, actor: { ...mira.actor, via: 'token' } };
  await expect(through('rejects', token)).rejects.toMatchObject({ code: 'access.forbidden' });
  await expect(through('archive_gap')).rejects.toMatchObject({ code: 'conflict' });
  await through('rejects');
  await expect(through('rejects')).rejects.toMatchObject({ code: 'conflict' });
  const lines = await test.context.store.audit.findMany({
    where: { subject: `run ${run}`, action: 'run.override' },
  });
  expect(lines).toMatchObject([
    { actor: 'mira', detail: { block: 'rejects', reason: 'seen with the source team' } },
  ]);
  const next = await previewAgain(test, prepared.incidentId);
  expect((await readOverrides(mira, { id: next })).overrides).toEqual([]);
  await expect(proposePatch(test.context, { id: next })).rejects.toMatchObject({ code: 'patch.blocked' });
}, 60_000);

it('is of nobody who prepares the patch afterwards', async () => {
  for (const block of ['rejects', 'conflicting_ids'] as const) await through(block);
  const own = { code: 'patch.own', message: expect.stringMatching(/^You let \w+ through for this preview/) };
  await expect(leaveOutRows(mira, { id: run, rows: [0], reason: 'x' })).rejects.toMatchObject(own);
  await leaveOutRows(test.context, { id: run, rows: [0], reason: 'x' });
  await expect(restoreRows(mira, { id: run, rows: [0] })).rejects.toMatchObject(own);
  await expect(proposePatch(mira, { id: run })).rejects.toMatchObject(own);
  expect(await proposePatch(test.context, { id: run })).toMatchObject({
    state: 'proposed',
    author: 'Alex Test',
  });
}, 60_000);

it('is not taken from the patch’s file: what was not let through, the worker refuses', async () => {
  for (const block of ['rejects', 'conflicting_ids'] as const) await through(block);
  const patch = await proposePatch(test.context, { id: run });
  await approvePatch(mira, { id: patch.id, seal: patch.seal, reason: 'fine' });
  await applyPatch(test.context, { id: patch.id, seal: patch.seal, confirm: patch.target });
  await test.context.store.runOverride.deleteMany({ where: { runId: run, block: 'rejects' } });
  const before = await prepared.read();
  await doJob(test, 'apply', patch.id);
  expect(await showPatch(test.context, { id: patch.id })).toMatchObject({
    state: 'failed',
    error: { code: 'patch.blocked' },
  });
  expect(await prepared.read()).toEqual(before);
}, 60_000);
