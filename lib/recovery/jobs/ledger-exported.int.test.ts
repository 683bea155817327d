import { afterAll, beforeAll, expect, it } from 'vitest';
import { checkLedgers } from '#lib/recovery/jobs/ledger-check';
import { withPatch } from '#lib/recovery/method/with-patch';
import { approvePatch } from '#lib/recovery/patches/approve-patch';
import { cancelApply } from '#lib/recovery/patches/cancel-apply';
import { exportPatchSql } from '#lib/recovery/patches/export-sql';
import { preparePostgres, sql } from '#lib/recovery/patches/patches.testing';
import { proposePatch } from '#lib/recovery/patches/propose-patch';
import { showPatch } from '#lib/recovery/patches/read-patch';
import { leaveOutRows } from '#lib/recovery/runs/leave-out-rows';
import { runVariables } from '#lib/recovery/setup/open-incident-store';
import { runFolder } from '#lib/recovery/setup/places';
import { openTestContext, type TestContext } from '#lib/recovery/setup/testing';

let test: TestContext;
beforeAll(async () => {
  test = await openTestContext();
}, 60_000);
afterAll(() => test.close());

it('an exported file that is run after its patch was withdrawn: it is found, and the other choice of its rows withdrawn', async () => {
  const { context } = test;
  const { runId } = await preparePostgres(test);
  const variables = await runVariables(context, runId);
  await withPatch(runFolder(context.env, runId), context.env, variables, ({ live }) => live.createLedger());
  const first = await proposePatch(context, { id: runId });
  await approvePatch(context, { id: first.id, seal: first.seal, reason: 'checked' });
  const file = await (await exportPatchSql(context, first)).text();
  await cancelApply(context, { id: first.id });
  await leaveOutRows(context, { id: runId, rows: [0], reason: 'not this one' });
  const second = await proposePatch(context, { id: runId });
  expect(second.seal).not.toBe(first.seal);
  await approvePatch(context, { id: second.id, seal: second.seal, reason: 'checked' });
  await sql(test.url, file);
  expect(await checkLedgers(context, true)).toBe(1);
  expect(await showPatch(context, { id: first.id })).toMatchObject({ state: 'applied' });
  expect(await showPatch(context, { id: second.id })).toMatchObject({
    state: 'cancelled',
    approvals: [{ voidedBecause: `Patch ${first.number} of this preview was written.` }],
  });
  expect(await checkLedgers(context, true)).toBe(0);
}, 60_000);
