import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { PatchView } from '#lib/patch/patch';
import { readIncident } from '#lib/recovery/incidents/read-incident';
import { checkLedger } from '#lib/recovery/jobs/ledger-check';
import { undo as undoOutside } from '#lib/recovery/method/apply';
import { withPatch } from '#lib/recovery/method/with-patch';
import { applyPatch } from '#lib/recovery/patches/apply-patch';
import { approvePatch } from '#lib/recovery/patches/approve-patch';
import { cancelApply } from '#lib/recovery/patches/cancel-apply';
import {
  doJob,
  type Prepared,
  prepareBeside,
  prepareFile,
  preparePostgres,
  sql,
} from '#lib/recovery/patches/patches.testing';
import { proposePatch } from '#lib/recovery/patches/propose-patch';
import { proposeUndo } from '#lib/recovery/patches/propose-undo';
import { showPatch } from '#lib/recovery/patches/read-patch';
import { listPatchRows } from '#lib/recovery/patches/read-patch-rows';
import { readUndoOutlook } from '#lib/recovery/patches/undo-outlook';
import { showReport } from '#lib/recovery/reports/read-report';
import { runVariables } from '#lib/recovery/setup/open-incident-store';
import { openTestContext, type TestContext } from '#lib/recovery/setup/testing';

// An undo as a patch of its own, on a real PostgreSQL table and a real file: made, approved, written and compared.

let test: TestContext;
beforeAll(async () => {
  test = await openTestContext();
}, 60_000);
afterAll(() => test.close());

const KEY = 'c"o,l';
const RIGHT = { ann: '1.50', '=ben': '2.50', [KEY]: '3.50' };

const view = ({ id }: { id: string }): Promise<PatchView> => showPatch(test.context, { id });
const approve = ({ id, seal }: PatchView) => approvePatch(test.context, { id, seal, reason: 'looked at it' });
const start = ({ id, seal, target }: PatchView) => applyPatch(test.context, { id, seal, confirm: target });
const undo = ({ id }: { id: string }, choice: 'all' | 'unmoved' = 'all') =>
  proposeUndo(test.context, { id, choice, reason: 'the calculation was wrong' });
const actions = async (id: string): Promise<string[]> =>
  (
    await test.context.store.audit.findMany({ where: { subject: `patch ${id}` }, orderBy: { seq: 'asc' } })
  ).map(({ action }) => action.replace('patch.', ''));
const ledgerLines = (seal: string) =>
  sql(
    test.url,
    `select kind, outcome, approved_by from recount.patch_ledger where seal = '${seal}' order by entry`,
  );

async function write(patch: PatchView): Promise<PatchView> {
  await approve(patch);
  await start(patch);
  await doJob(test, 'apply', patch.id);
  await doJob(test, 'verify', patch.id);
  return view(patch);
}

const applied = async (prepared: Pick<Prepared, 'runId'>): Promise<PatchView> =>
  write(await proposePatch(test.context, { id: prepared.runId }));

const STORES = [
  ['a PostgreSQL table', () => preparePostgres(test)],
  ['a file', () => prepareFile(test)],
] as const;

describe.each(STORES)('of %s', (_, prepare) => {
  it('puts every row back, after an approval of its own, and says so everywhere', async () => {
    const prepared = await prepare();
    const before = await prepared.read();
    const patch = await applied(prepared);
    expect(patch).toMatchObject({ state: 'verified', kind: 'patch', undoes: null, undo: null });
    expect(await prepared.read()).toMatchObject(RIGHT);
    expect(await readUndoOutlook(test.context, { id: patch.id })).toEqual({ rows: 3, unmoved: 3, moved: [] });

    const made = await undo(patch);
    expect(made).toMatchObject({
      kind: 'undo',
      state: 'proposed',
      counts: { updates: 2, inserts: 0, deletes: 1 },
      undoes: { id: patch.id, number: patch.number, seal: patch.seal, choice: 'all', leftOut: 0 },
      net: [{ measure: 'total', net: '-7.00', plus: '0.00', minus: '-7.00' }],
      target: patch.target,
      approvals: [],
    });
    expect(made.seal).not.toBe(patch.seal);
    expect((await view(patch)).undo).toEqual({ id: made.id, number: made.number, state: 'proposed' });
    const { rows } = await listPatchRows(test.context, { id: made.id, offset: 0, limit: 50 });
    expect(rows.find(({ keys }) => keys[0] === 'ann')).toMatchObject({
      op: 'update',
      before: ['1.50'],
      after: ['0.25'],
      delta: ['-1.25'],
    });
    expect(rows.find(({ keys }) => keys[0] === KEY)).toMatchObject({ op: 'delete', after: [null] });
    // not without an approval, not with that of the patch, not with its seal
    await expect(start(made)).rejects.toMatchObject({ code: 'patch.state' });
    await expect(approve({ ...made, seal: patch.seal })).rejects.toMatchObject({ code: 'patch.seal' });

    const done = await write(made);
    expect(done).toMatchObject({
      state: 'verified',
      verification: { cells: 3, match: 3, differ: 0, moved: 0 },
    });
    expect(await prepared.read()).toEqual(before);
    const undone = await view(patch);
    expect(undone).toMatchObject({ state: 'undone', undo: { id: made.id, state: 'verified' } });
    expect(undone.undoneAt).not.toBeNull();
    expect((await actions(patch.id)).at(-1)).toBe('undo');
    expect(await actions(made.id)).toEqual(['propose_undo', 'approve', 'apply', 'applied', 'verified']);
    expect((await readIncident(test.context, { ref: patch.incidentId })).stageWord).not.toMatch(
      /pplied|erified/,
    );
    const report = await showReport(test.context, { ref: patch.incidentId });
    expect(report.outcome).toBe('undone');
    expect(report.log.map(({ words }) => words).join('\n')).toContain('the calculation was wrong');
    // the jobs given out again change nothing; another undo is refused
    await doJob(test, 'apply', made.id);
    expect((await view(made)).state).toBe('verified');
    await expect(undo(patch)).rejects.toMatchObject({ code: 'patch.state' });
    await expect(undo(made)).rejects.toMatchObject({ code: 'patch.state', message: /undo itself/ });
  }, 90_000);

  it('of what has not moved leaves the others as they are; all together are refused where one moved', async () => {
    const prepared = await prepare();
    const before = await prepared.read();
    const patch = await applied(prepared);
    await change(prepared, '=ben', '2.50', '9.00');
    const outlook = await readUndoOutlook(test.context, { id: patch.id });
    expect(outlook).toMatchObject({
      rows: 3,
      unmoved: 2,
      moved: [{ key: ['=ben'], column: 'total', wrote: '2.50', now: '9.00' }],
    });
    await expect(undo(patch)).rejects.toMatchObject({ code: 'patch.stale', details: { rows: ['=ben'] } });
    const made = await undo(patch, 'unmoved');
    expect(made).toMatchObject({
      counts: { updates: 1, inserts: 0, deletes: 1 },
      undoes: { choice: 'unmoved', leftOut: 1 },
    });
    expect(await write(made)).toMatchObject({ state: 'verified', verification: { cells: 2, match: 2 } });
    expect(await prepared.read()).toEqual({ ...before, '=ben': '9.00' });
    expect((await view(patch)).state).toBe('undone');
  }, 90_000);

  it('writes nothing where a row moved after the approval; a new one may be asked for', async () => {
    const prepared = await prepare();
    const patch = await applied(prepared);
    const made = await undo(patch);
    await approve(made);
    await change(prepared, 'ann', '1.50', '7.00');
    await start(made);
    await doJob(test, 'apply', made.id);
    expect(await view(made)).toMatchObject({ state: 'stale', error: { code: 'patch.stale' } });
    expect(await prepared.read()).toMatchObject({ ...RIGHT, ann: '7.00' });
    expect(await view(patch)).toMatchObject({ state: 'verified', undo: { state: 'stale' } });
    const again = await undo(patch, 'unmoved');
    expect((await write(again)).state).toBe('verified');
    expect((await prepared.read()).ann).toBe('7.00');
  }, 90_000);
});

/** Somebody else writes a live row. */
async function change(prepared: Prepared & { file?: string }, key: string, from: string, to: string) {
  if (prepared.file === undefined) {
    await sql(test.url, `update ${prepared.target} set total = ${to} where user_id = '${key}'`);
    return;
  }
  const text = readFileSync(prepared.file, 'utf8');
  const changed = text.replace(new RegExp(`^("?${key}"?,"?)${from}`, 'm'), `$1${to}`);
  expect(changed).not.toBe(text);
  writeFileSync(prepared.file, changed);
}

it('is made once by ten who ask at once, and again after it was withdrawn', async () => {
  const patch = await applied(await preparePostgres(test));
  const results = await Promise.allSettled(Array.from({ length: 10 }, () => undo(patch)));
  const made = results.flatMap((one) => (one.status === 'fulfilled' ? [one.value] : []));
  expect(made).toHaveLength(1);
  for (const one of results) {
    if (one.status === 'fulfilled') continue;
    expect(one.reason).toMatchObject({
      code: 'patch.overlap',
      details: { patch: { id: made[0]?.id, number: made[0]?.number } },
    });
  }
  expect(await test.context.store.patch.count({ where: { undoesId: patch.id } })).toBe(1);
  await cancelApply(test.context, { id: made[0]!.id });
  expect((await view(patch)).undo).toBeNull();
  expect((await undo(patch)).state).toBe('proposed');
}, 90_000);

it('is refused whose files are not what was approved', async () => {
  const prepared = await preparePostgres(test);
  const patch = await applied(prepared);
  const made = await undo(patch);
  await approve(made);
  const { dir } = await test.context.store.patch.findUniqueOrThrow({ where: { id: made.id } });
  const header = path.join(dir ?? '', 'patch.json');
  const text = readFileSync(header, 'utf8');
  writeFileSync(header, text.replace('"choice": "all"', '"choice": "unmoved"'));
  await start(made);
  await doJob(test, 'apply', made.id);
  expect(await view(made)).toMatchObject({ state: 'failed', error: { code: 'patch.damaged' } });
  expect(await prepared.read()).toMatchObject(RIGHT);
  expect((await view(patch)).state).toBe('verified');
}, 60_000);

it('outlives a change of the plan, is void when the patch was undone otherwise, and needs a written patch', async () => {
  const prepared = await preparePostgres(test);
  const proposed = await proposePatch(test.context, { id: prepared.runId });
  await expect(undo(proposed)).rejects.toMatchObject({ code: 'patch.state' });
  const patch = await write(proposed);
  const made = await undo(patch);
  await approve(made);
  await test.context.store.incident.update({
    where: { id: prepared.incidentId },
    data: { planRevision: { increment: 1 } },
  });
  await test.context.store.patch.update({ where: { id: patch.id }, data: { state: 'undone' } });
  await expect(start(made)).rejects.toMatchObject({ code: 'patch.state', message: /was undone/ });
  await test.context.store.patch.update({ where: { id: patch.id }, data: { state: 'verified' } });
  await start(made);
  await doJob(test, 'apply', made.id);
  expect((await view(made)).state).toBe('applied');
  expect(await ledgerLines(patch.seal)).toEqual([
    { kind: 'patch', outcome: 'applied', approved_by: 'self-approved by Alex Test' },
    { kind: 'undo', outcome: 'applied', approved_by: 'self-approved by Alex Test' },
  ]);
}, 60_000);

it('is taken back when the ledger says that the patch was put back otherwise', async () => {
  const prepared = await preparePostgres(test);
  const patch = await applied(prepared);
  const made = await undo(patch);
  await approve(made);
  // as the command line does it
  const { run } = await test.context.store.patch.findUniqueOrThrow({
    where: { id: patch.id },
    include: { run: true },
  });
  await sql(
    test.url,
    `insert into recount.patch_ledger (patch_id, attempt, kind, outcome, seal, target_table, undoes)
     select 'undo:' || patch_id, 1, 'undo', 'applied', seal, target_table, patch_id
       from recount.patch_ledger where seal = '${patch.seal}'`,
  );
  await checkLedger(test.context, run.liveStoreId ?? '');
  expect((await view(patch)).state).toBe('undone');
  expect(await view(made)).toMatchObject({
    state: 'cancelled',
    approvals: [{ voidedBecause: 'The patch was put back in another way.' }],
  });
}, 60_000);

it('settles by the ledger when the worker died between the commit and its record', async () => {
  const prepared = await preparePostgres(test);
  const before = await prepared.read();
  const patch = await applied(prepared);
  const made = await undo(patch);
  await approve(made);
  await start(made);
  await doJob(test, 'apply', made.id);
  await test.context.store.$executeRaw`
    update patch set state = 'committing', outcome = null, applied_at = null where id = ${made.id}::uuid`;
  await test.context.store.$executeRaw`update patch set state = 'verified' where id = ${patch.id}::uuid`;
  await doJob(test, 'apply', made.id);
  expect(await view(made)).toMatchObject({ state: 'applied', error: null });
  expect((await view(patch)).state).toBe('undone');
  expect(await prepared.read()).toEqual(before);
  expect(await ledgerLines(patch.seal)).toHaveLength(2);
}, 60_000);

it('subtracts what was added, also while a consumer went on adding', async () => {
  const prepared = await preparePostgres(test, 'running');
  const before = await prepared.read();
  const patch = await applied(prepared);
  await sql(test.url, `update ${prepared.target} set total = total + 10 where user_id = 'ann'`);
  const made = await undo(patch);
  expect([patch.added, made.added]).toEqual([['total'], ['total']]);
  expect(made).toMatchObject({ undoes: { leftOut: 0 } });
  expect(await write(made)).toMatchObject({
    state: 'verified',
    verification: { cells: 3, match: 2, moved: 1, differ: 0 },
  });
  expect(await prepared.read()).toEqual({ ...before, ann: '10.25' });
}, 60_000);

it('is refused where a newer patch wrote the same rows, and names it', async () => {
  const prepared = await preparePostgres(test);
  const patch = await applied(prepared);
  await change(prepared, 'ann', '1.50', '0.10');
  const newer = await applied(await prepareBeside(test, prepared));
  await expect(undo(patch, 'unmoved')).rejects.toMatchObject({
    code: 'patch.overlap',
    message: expect.stringContaining(
      `Patch ${newer.number} was applied later and has a row of this one (ann)`,
    ),
    details: { patch: { id: newer.id, number: newer.number } },
  });
  expect((await write(await undo(newer))).state).toBe('verified');
  expect((await undo(patch, 'unmoved')).undoes).toMatchObject({ leftOut: 1 });
}, 90_000);

it('leaves no alarm in the record of what it put back; names the rows that it put back and are wrong again', async () => {
  const prepared = await preparePostgres(test);
  const before = await prepared.read();
  const patch = await applied(prepared);
  await change(prepared, 'ann', '1.50', '7.00');
  await doJob(test, 'verify', patch.id);
  expect((await view(patch)).alarm).not.toBeNull();
  const made = await undo(patch, 'unmoved');
  await write(made);
  const record = await test.context.store.patch.findUniqueOrThrow({ where: { id: patch.id } });
  expect(record).toMatchObject({ state: 'undone', alarm: null });

  await change(prepared, '=ben', '0.25', '4.00');
  await sql(test.url, `insert into ${prepared.target} values ('c"o,l', 1)`);
  await doJob(test, 'verify', made.id);
  const wrong = await view(made);
  expect(wrong.alarm?.message).toContain('2 of 2');
  expect(wrong.alarm?.rows.toSorted()).toEqual(
    [
      `${KEY}: the deleted row is there again`,
      `=ben: total was written as ${before['=ben']}, is 4.00`,
    ].toSorted(),
  );
}, 60_000);

describe.each(STORES)('another undo of the same patch was first, of %s', (_, prepare) => {
  it.each([
    ['with other rows: this one was not written', 'unmoved', 'failed'],
    ['with the same rows: it is put back', 'all', 'applied'],
  ] as const)(
    '%s',
    async (_words, first, state) => {
      const prepared = await prepare();
      const patch = await applied(prepared);
      const made = await undo(patch);
      await approve(made);
      const { run } = await test.context.store.patch.findUniqueOrThrow({
        where: { id: patch.id },
        include: { run: true },
      });
      // as the command line does it
      const by = { author: 'a DBA', approvedBy: null, approvedAt: null };
      await withPatch(
        run.dir ?? '',
        test.context.env,
        await runVariables(test.context, patch.runId),
        (places) =>
          undoOutside(places, patch.seal, { signatures: by, leaveOut: first === 'unmoved' ? [0] : [] }),
      );
      const left = await prepared.read();
      await start(made);
      await doJob(test, 'apply', made.id);
      const now = await view(made);
      expect(now.state).toBe(state);
      if (state === 'failed') expect(now.error).toMatchObject({ code: 'patch.undone_otherwise' });
      expect(await view(patch)).toMatchObject({ state: 'undone' });
      expect(await prepared.read()).toEqual(left);
      expect(await checkLedger(test.context, prepared.liveStoreId)).toBe(0);
    },
    90_000,
  );
});

it('settles an undo of its own with rows left out as its own, also without its record', async () => {
  const prepared = await preparePostgres(test);
  const patch = await applied(prepared);
  await change(prepared, 'ann', '1.50', '7.00');
  const made = await undo(patch, 'unmoved');
  await approve(made);
  await start(made);
  await doJob(test, 'apply', made.id);
  await test.context.store.$executeRaw`
    update patch set state = 'committing', outcome = null, applied_at = null where id = ${made.id}::uuid`;
  await doJob(test, 'apply', made.id);
  expect(await view(made)).toMatchObject({ state: 'applied', error: null });
}, 60_000);
