import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { copyFileSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { hashToken } from '#lib/adapters/store/auth-records';
import { cli } from '#lib/entry/contract.testing';
import { KEPT_KINDS } from '#lib/incident/retention';
import type { PatchView } from '#lib/patch/patch';
import { addArchive } from '#lib/recovery/archives/add-archive';
import { announceFile } from '#lib/recovery/archives/receive-upload';
import { verifyRecords } from '#lib/recovery/audit/verify-records';
import { checked } from '#lib/recovery/http/http';
import { changePlan } from '#lib/recovery/incidents/change-plan';
import { closeIncident } from '#lib/recovery/incidents/close-incident';
import { readIncident } from '#lib/recovery/incidents/read-incident';
import { showTimeline, TimelineInput } from '#lib/recovery/incidents/read-timeline';
import { surveyArchive } from '#lib/recovery/incidents/survey-archive';
import { checkLedger } from '#lib/recovery/jobs/ledger-check';
import { applyPatch } from '#lib/recovery/patches/apply-patch';
import { approvePatch } from '#lib/recovery/patches/approve-patch';
import { changeVerifySchedule } from '#lib/recovery/patches/change-verify-schedule';
import {
  doJob,
  type Prepared,
  prepareFile,
  preparePostgres,
  previewAgain,
  sql,
} from '#lib/recovery/patches/patches.testing';
import { proposePatch } from '#lib/recovery/patches/propose-patch';
import { proposeUndo } from '#lib/recovery/patches/propose-undo';
import { showPatch } from '#lib/recovery/patches/read-patch';
import { listPatchRows } from '#lib/recovery/patches/read-patch-rows';
import { readUndoOutlook } from '#lib/recovery/patches/undo-outlook';
import { verifyPatch } from '#lib/recovery/patches/verify-patch';
import { ChangePersonInput, changePerson } from '#lib/recovery/people/change-person';
import { ErasePersonInput, erasePerson } from '#lib/recovery/people/erase-person';
import { listPeople } from '#lib/recovery/people/list-people';
import { downloadCorrections, showReport } from '#lib/recovery/reports/read-report';
import { ShareReportInput, shareReport } from '#lib/recovery/reports/share-report';
import { resumeErasures } from '#lib/recovery/retention/carry-out';
import { ChangeRetentionInput, changeRetention } from '#lib/recovery/retention/change-retention';
import { EraseIncidentInput, eraseIncident } from '#lib/recovery/retention/erase-incident';
import { readRetention } from '#lib/recovery/retention/read-retention';
import { sweepRetention } from '#lib/recovery/retention/sweep-retention';
import { listDiscrepancies } from '#lib/recovery/runs/read-run-files';
import type { Context } from '#lib/recovery/setup/context';
import { filesFolder, patchFolder, runFolder, surveyFolder, uploadFolder } from '#lib/recovery/setup/places';
import { openTestContext, type TestContext } from '#lib/recovery/setup/testing';
import { stageFolder } from '#lib/recovery/setup/wiring';

// What is kept goes by hand or by rule, on real files: with every patch state around it, and killed on its way.

let test: TestContext;
beforeAll(async () => {
  test = await openTestContext();
}, 60_000);
afterAll(() => test.close());

const as = (change: Partial<Context['actor']>): Context => ({
  ...test.context,
  actor: { ...test.context.actor, ...change },
});
const ERASED = { code: 'data.erased' };
const filesOf = (folder: string): string[] =>
  existsSync(folder) ? readdirSync(folder, { recursive: true }).map(String).sort() : [];
const numberOf = async (id: string) =>
  (await test.context.store.incident.findUniqueOrThrow({ where: { id } })).number;
const erase = async (id: string, part: object = {}, context = test.context) =>
  eraseIncident(
    context,
    checked(EraseIncidentInput, {
      ref: id,
      reason: 'The customer asked for it.',
      confirm: `INC-${await numberOf(id)}`,
      ...part,
    }),
  );
const staged = (sha256: string): string =>
  path.join(stageFolder(test.context.env.dataDir), sha256.slice(0, 2), sha256);

async function applied({ runId }: Pick<Prepared, 'runId'>): Promise<PatchView> {
  const { id, seal, target } = await proposePatch(test.context, { id: runId });
  await approvePatch(test.context, { id, seal, reason: 'looked at it' });
  await applyPatch(test.context, { id, seal, confirm: target });
  await doJob(test, 'apply', id);
  await doJob(test, 'verify', id);
  return showPatch(test.context, { id });
}

/** Puts an incident over an upload of its own, with the same events, and previews it again. */
async function overUpload(prepared: Prepared): Promise<Prepared & { archiveId: string; sha256: string }> {
  const { store, env } = test.context;
  const { archiveId: before } = await store.incident.findUniqueOrThrow({
    where: { id: prepared.incidentId },
  });
  const { name } = await store.archive.findUniqueOrThrow({ where: { id: before ?? '' } });
  const { id } = await addArchive(test.context, { kind: 'upload', name: 'Exports' });
  mkdirSync(filesFolder(env, id), { recursive: true });
  const file = path.join(filesFolder(env, id), name);
  copyFileSync(path.join(test.root, name), file);
  const sha256 = createHash('sha256').update(readFileSync(file)).digest('hex');
  await store.uploadFile.create({
    data: { archiveId: id, path: name, declaredBytes: 1, receivedBytes: 1, sha256, state: 'complete' },
  });
  await changePlan(test.context, { ref: prepared.incidentId, archiveId: id });
  return { ...prepared, archiveId: id, sha256, runId: await previewAgain(test, prepared.incidentId) };
}

it('erases everything of a closed incident that holds events or rows, and nothing else', async () => {
  const { store, env } = test.context;
  const prepared = await overUpload(await prepareFile(test));
  const { incidentId: id, runId, archiveId, sha256 } = prepared;
  const { id: surveyId } = await surveyArchive(test.context, { ref: id });
  await doJob(test, 'survey', surveyId);
  const patch = await applied(prepared);
  await expect(erase(id)).rejects.toMatchObject({ code: 'conflict', message: /can still be put back/ });
  await closeIncident(test.context, { ref: id });
  for (const role of ['viewer', 'operator', 'approver'] as const)
    await expect(erase(id, {}, as({ role }))).rejects.toMatchObject({ code: 'access.forbidden' });
  await expect(erase(id, {}, as({ via: 'token' }))).rejects.toMatchObject({ code: 'access.forbidden' });
  await expect(erase(id, {}, as({ provedAt: null }))).rejects.toMatchObject({ code: 'access.prove' });
  await expect(erase(id, { confirm: 'INC-0' })).rejects.toMatchObject({ code: 'request.invalid' });
  await expect(erase(id, { reason: ' ' })).rejects.toMatchObject({ code: 'request.invalid' });
  expect(await store.audit.count({ where: { incidentId: id, action: 'incident.erase' } })).toBe(0);
  expect(filesOf(staged(sha256))).not.toEqual([]);
  const before = await showReport(test.context, { ref: id });

  const erased = await erase(id);
  expect(erased).toMatchObject({
    by: 'Alex Test',
    reason: 'The customer asked for it.',
    doneAt: expect.any(String),
  });
  expect(erased.files).toBeGreaterThan(10);
  expect(erased.bytes).toBeGreaterThan(1_000);
  expect(filesOf(runFolder(env, runId))).toEqual(['patch.json']);
  expect(readFileSync(path.join(runFolder(env, runId), 'patch.json'), 'utf8')).not.toContain('c\\"o,l');
  for (const folder of [uploadFolder(env, archiveId), surveyFolder(env, surveyId), staged(sha256)])
    expect(filesOf(folder)).toEqual([]);
  const reading = await store.survey.findUniqueOrThrow({ where: { id: surveyId } });
  expect(JSON.stringify(reading.result)).not.toContain('=ben');
  expect(reading.result).toMatchObject({ records: '20', sampleRows: [], rejects: [] });
  // the live file and its own ledger are nobody's to erase
  expect(await prepared.read()).toMatchObject({ ann: '1.50', jon: '10.50' });

  expect((await readIncident(test.context, { ref: id })).erased).toMatchObject({
    by: 'Alex Test',
    doneAt: expect.any(String),
  });
  const refused = [
    () => listDiscrepancies(test.context, { id: runId }),
    () => listPatchRows(test.context, { id: patch.id, offset: 0, limit: 5 }),
    () => showTimeline(test.context, checked(TimelineInput, { ref: id })),
    () => downloadCorrections('safe')(test.context, { ref: id }),
    () => readUndoOutlook(test.context, { id: patch.id }),
    () => proposeUndo(test.context, { id: patch.id, choice: 'all', reason: 'x' }),
    () => verifyPatch(test.context, { id: patch.id }),
    () => changeVerifySchedule(test.context, { id: patch.id, every: '1h' }),
    () => announceFile(test.context, { id: archiveId, path: 'more.csv', bytes: 5 }),
  ];
  for (const one of refused) await expect(one()).rejects.toMatchObject(ERASED);
  await expect(erase(id)).rejects.toMatchObject({ code: 'conflict', message: /erased already/ });
  expect(await showReport(test.context, { ref: id })).toMatchObject({
    outcome: 'verified',
    largest: before.largest,
  });
  expect(await shareReport(test.context, checked(ShareReportInput, { ref: id, days: 7 }))).toMatchObject({
    url: /#/,
  });
  // the ledger is still found by the header, and nothing is compared by itself any more
  expect(await checkLedger(test.context, prepared.liveStoreId)).toBe(0);
  await doJob(test, 'verify', patch.id);
  expect(await showPatch(test.context, { id: patch.id })).toMatchObject({
    state: 'verified',
    error: null,
    verifyEvery: null,
    erasedAt: expect.any(String),
  });
  const lines = await store.audit.findMany({
    where: { incidentId: id, action: { startsWith: 'incident.erase' } },
  });
  expect(lines).toMatchObject([
    {
      actor: 'local',
      action: 'incident.erase',
      detail: { runs: 2, patches: 1, surveys: 1, archives: 1, staged: 1 },
    },
    {
      actor: 'recount',
      action: 'incident.erased',
      detail: { scope: 'incident', files: erased.files, bytes: erased.bytes },
    },
  ]);
}, 60_000);

it('what waits for approval is not erased; a withdrawn one is, and the incident is closed by it', async () => {
  const prepared = await prepareFile(test);
  const { id, seal } = await proposePatch(test.context, { id: prepared.runId });
  await expect(erase(prepared.incidentId)).rejects.toMatchObject({
    code: 'patch.state',
    message: /waits for approval/,
  });
  // the database itself refuses it
  await expect(sql(test.url, `update patch set erased_at = now() where id = '${id}'`)).rejects.toThrow(
    /patch_erased_check/,
  );
  await approvePatch(test.context, { id, seal, reason: 'looked at it' });
  await expect(erase(prepared.incidentId)).rejects.toMatchObject({
    code: 'patch.state',
    message: /is approved/,
  });
  await changePlan(test.context, { ref: prepared.incidentId, title: 'Another' });
  await sql(test.url, `update patch set state = 'cancelled' where id = '${id}'`);
  expect(await erase(prepared.incidentId)).toMatchObject({ doneAt: expect.any(String) });
  const { closedAt } = await test.context.store.incident.findUniqueOrThrow({
    where: { id: prepared.incidentId },
  });
  expect(closedAt).not.toBeNull();
  expect(await showReport(test.context, { ref: prepared.incidentId })).toMatchObject({
    counts: { updates: 2, inserts: 1 },
  });
  await expect(previewAgain(test, prepared.incidentId)).rejects.toMatchObject({ code: 'conflict' });
}, 60_000);

it('events that another incident reads stay until that one is erased too', async () => {
  const { store, env } = test.context;
  const first = await overUpload(await prepareFile(test));
  const second = await prepareFile(test);
  await changePlan(test.context, { ref: second.incidentId, archiveId: first.archiveId });
  await previewAgain(test, second.incidentId);
  await erase(first.incidentId);
  expect(filesOf(filesFolder(env, first.archiveId))).toHaveLength(1);
  expect(filesOf(staged(first.sha256))).not.toEqual([]);
  await previewAgain(test, second.incidentId);
  // while something is read, staged events wait; the worker goes on
  const other = await store.run.create({
    data: {
      incidentId: (await prepareFile(test)).incidentId,
      number: 9,
      plan: {},
      planSha256: 'x',
      state: 'running',
      createdBy: 'local',
    },
  });
  expect(await erase(second.incidentId)).toMatchObject({ doneAt: null });
  expect(filesOf(uploadFolder(env, first.archiveId))).toEqual([]);
  expect(filesOf(staged(first.sha256))).not.toEqual([]);
  await store.run.update({ where: { id: other.id }, data: { state: 'cancelled' } });
  expect(await resumeErasures(test.context)).toBe(1);
  expect(filesOf(staged(first.sha256))).toEqual([]);
}, 60_000);

it.each(['marked', 'counted', 'removed'])(
  'killed when it was %s, the next start ends it',
  async (step) => {
    const { store, env } = test.context;
    const prepared = await overUpload(await prepareFile(test));
    const victim = spawnSync(
      process.execPath,
      [path.resolve('lib/recovery/retention/erase-victim.testing.ts'), prepared.incidentId, step],
      {
        env: {
          ...process.env,
          DATABASE_URL: test.url,
          RECOUNT_DATA_DIR: env.dataDir,
          RECOUNT_ARCHIVE_ROOTS: `files=${test.root}`,
        },
        encoding: 'utf8',
      },
    );
    expect([victim.signal, victim.stderr]).toEqual(['SIGKILL', '']);
    // what is marked is erased for every reader, whatever still lies on disk
    await expect(listDiscrepancies(test.context, { id: prepared.runId })).rejects.toMatchObject(ERASED);
    expect((await readIncident(test.context, { ref: prepared.incidentId })).erased).toMatchObject({
      by: 'Recount',
      doneAt: null,
    });
    if (step === 'counted') rmSync(path.join(runFolder(env, prepared.runId), 'discrepancies.csv'));
    expect(await resumeErasures(test.context)).toBe(1);
    expect(await resumeErasures(test.context)).toBe(0);
    for (const folder of [
      runFolder(env, prepared.runId),
      uploadFolder(env, prepared.archiveId),
      staged(prepared.sha256),
    ])
      expect(filesOf(folder)).toEqual([]);
    const { files } = await store.erasure.findFirstOrThrow({ where: { incidentId: prepared.incidentId } });
    if (step === 'marked') expect(files).toBeGreaterThan(5);
    expect(
      await store.audit.count({ where: { incidentId: prepared.incidentId, action: 'incident.erased' } }),
    ).toBe(1);
  },
  60_000,
);

it('a rule lets old previews go and keeps what review and undo need', async () => {
  const { store, env } = test.context;
  const days = Object.fromEntries(
    (await readRetention(test.context)).rules.map((rule) => [rule.kind, rule.days]),
  );
  expect(days).toEqual({
    staged: 30,
    uploads: null,
    runs: null,
    deliveries: 90,
    notifications: null,
    access: 90,
  });
  const open = await prepareFile(test);
  const newer = await previewAgain(test, open.incidentId);
  const waiting = await prepareFile(test);
  await proposePatch(test.context, { id: waiting.runId });
  await previewAgain(test, waiting.incidentId);
  const standing = await preparePostgres(test);
  const patch = await applied(standing);
  await previewAgain(test, standing.incidentId);
  const put = await proposeUndo(test.context, { id: patch.id, choice: 'all', reason: 'kept whole' });
  await sql(
    test.url,
    `update run set finished_at = now() - interval '8 days'; update patch set applied_at = now() - interval '8 days' where applied_at is not null; update patch set created_at = now() - interval '8 days'`,
  );
  expect(await sweepRetention(test.context)).toBe(0);
  const { revision } = await readRetention(test.context);
  const change = async (part: object, context = test.context) =>
    changeRetention(context, checked(ChangeRetentionInput, { revision, days: { ...days, ...part } }));
  for (const role of ['viewer', 'operator', 'approver'] as const)
    await expect(change({ runs: 7 }, as({ role }))).rejects.toMatchObject({ code: 'access.forbidden' });
  await expect(change({ runs: 0 })).rejects.toMatchObject({ code: 'request.invalid' });
  expect((await change({ runs: 7 })).rules.find(({ kind }) => kind === 'runs')).toEqual({
    kind: 'runs',
    days: 7,
    defaultDays: null,
  });
  await expect(change({ runs: 8 })).rejects.toMatchObject({ code: 'conflict' });
  expect(await store.retentionRule.findMany()).toEqual([{ kind: 'runs', days: 7 }]);
  expect(await store.audit.findFirst({ where: { action: 'retention.change' } })).toMatchObject({
    actor: 'local',
    detail: { before: { runs: 'kept', staged: 30 }, after: { runs: 7 } },
  });

  await sweepRetention(test.context);
  // an undo that waits needs all of the patch that it puts back
  expect(filesOf(runFolder(env, standing.runId)).length).toBeGreaterThan(5);
  expect(filesOf(runFolder(env, open.runId))).toEqual([]);
  expect(filesOf(runFolder(env, newer)).length).toBeGreaterThan(5);
  expect(filesOf(runFolder(env, waiting.runId)).length).toBeGreaterThan(5);
  await expect(listDiscrepancies(test.context, { id: open.runId })).rejects.toMatchObject(ERASED);
  expect(await listDiscrepancies(test.context, { id: newer })).toMatchObject({ total: 3 });
  const line = await store.audit.findFirst({
    where: { incidentId: open.incidentId, action: 'incident.erase' },
  });
  expect(line).toMatchObject({ actor: 'recount', detail: { scope: 'rule', days: 7, runs: 1 } });
  expect((await readIncident(test.context, { ref: open.incidentId })).erased).toBeNull();

  await sql(test.url, `update patch set state = 'cancelled' where id = '${put.id}'`);
  await sweepRetention(test.context);
  expect(filesOf(runFolder(env, standing.runId))).toEqual(['patch.json', 'patch.parquet']);
  expect(filesOf(patchFolder(env, put.id))).toEqual(['patch.json']);
  expect(await showReport(test.context, { ref: standing.incidentId })).toMatchObject({ outcome: 'verified' });
  expect(await listPatchRows(test.context, { id: patch.id, offset: 0, limit: 5 })).toMatchObject({
    total: 3,
  });
  // what was written can still be put back
  const back = await proposeUndo(test.context, { id: patch.id, choice: 'all', reason: 'it was wrong' });
  await approvePatch(test.context, { id: back.id, seal: back.seal, reason: 'looked at it' });
  await applyPatch(test.context, { id: back.id, seal: back.seal, confirm: back.target });
  await doJob(test, 'apply', back.id);
  await doJob(test, 'verify', back.id);
  expect(await showPatch(test.context, { id: patch.id })).toMatchObject({ state: 'undone', error: null });
  expect(await standing.read()).toMatchObject({ ann: '0.25' });
}, 60_000);

it('uploads go by their rule when their last incident was closed long ago, and ended sign-ins go', async () => {
  const { store, env } = test.context;
  const { revision, rules } = await readRetention(test.context);
  const days = { ...Object.fromEntries(rules.map((rule) => [rule.kind, rule.days])), uploads: 5 };
  await changeRetention(test.context, checked(ChangeRetentionInput, { revision, days }));
  const held = await overUpload(await prepareFile(test));
  const over = await overUpload(await prepareFile(test));
  await closeIncident(test.context, { ref: over.incidentId });
  await sql(
    test.url,
    `update archive set created_at = now() - interval '6 days'; update incident set closed_at = now() - interval '6 days' where id = '${over.incidentId}'`,
  );
  const person = { userId: 'local', token: hashToken('x'), ipAddress: '10.0.0.9' };
  const old = new Date(Date.now() - 91 * 86_400_000);
  await store.session.create({ data: { id: 'old', ...person, expiresAt: old, lastSeenAt: old } });
  await store.session.create({
    data: { id: 'new', ...person, token: hashToken('y'), expiresAt: new Date(Date.now() + 1_000_000) },
  });
  const passing = { identifier: 'x', value: 'x' };
  await store.verification.create({ data: { id: 'over', ...passing, expiresAt: old } });
  await store.verification.create({ data: { id: 'open', ...passing, expiresAt: new Date() } });
  await store.signInTry.create({ data: { subject: 'address 10.0.0.9', at: old } });
  await sweepRetention(test.context);
  expect((await store.verification.findMany()).map(({ id }) => id)).toEqual(['open']);
  expect(await store.signInTry.count()).toBe(0);
  expect(filesOf(uploadFolder(env, over.archiveId))).toEqual([]);
  expect(filesOf(filesFolder(env, held.archiveId))).toHaveLength(1);
  expect((await store.session.findMany()).map(({ id }) => id)).toEqual(['new']);
  const told = await store.audit.findMany({ where: { action: 'retention.sweep' }, orderBy: { seq: 'asc' } });
  expect(told.map(({ subject }) => subject)).toEqual(['uploads', 'access']);
  expect(JSON.stringify(told.map(({ detail }) => detail))).not.toContain('10.0.0.9');
  expect(KEPT_KINDS).toHaveLength(rules.length);
}, 60_000);

it('is told by incident, the largest first, and by the command line', async () => {
  const prepared = await prepareFile(test);
  const view = await readRetention(as({ role: 'viewer' }));
  const mine = view.incidents.find(({ id }) => id === prepared.incidentId);
  expect(mine).toMatchObject({ isClosed: false, erased: null, keptBecause: null });
  expect(mine?.bytes.runs).toBeGreaterThan(1_000);
  expect(view.bytes.runs).toBeGreaterThan(mine?.bytes.runs ?? 0);
  expect(view.incidents.filter(({ erased }) => erased !== null).length).toBeGreaterThan(3);
  const sizes = view.incidents.map(({ bytes }) => bytes.uploads + bytes.runs);
  expect(sizes).toEqual([...sizes].sort((a, b) => b - a));
  const env = { DATABASE_URL: test.url, RECOUNT_DATA_DIR: test.context.env.dataDir };
  const number = String(await numberOf(prepared.incidentId));
  expect(await cli(['erase', '--incident', number], { env })).toMatchObject({ exit: 2 });
  expect(await cli(['erase', '--incident', number, '--reason', 'asked for'], { env })).toMatchObject({
    exit: 0,
    json: { status: 'erased', by: 'Recount', reason: 'asked for' },
  });
  expect(await cli(['erase', '--incident', number, '--reason', 'again'], { env })).toMatchObject({ exit: 4 });
}, 60_000);

it('a person who is disabled is erased but for the id and the audit, and is never let in again', async () => {
  const { store } = test.context;
  const email = 'quirin@example.org';
  await store.person.create({ data: { id: 'p-1', name: 'Quirin Zapf', role: 'operator', email } });
  const own = { id: 'x', userId: 'p-1' };
  const hash = hashToken('of quirin');
  const expiresAt = new Date(Date.now() + 1_000_000);
  await store.session.create({ data: { ...own, token: hash, ipAddress: '10.0.0.7', expiresAt } });
  await store.account.create({ data: { ...own, accountId: 'p-1', providerId: 'credential', password: 'x' } });
  await store.passkey.create({
    data: {
      ...own,
      name: 'key of Quirin',
      publicKey: 'x',
      credentialID: 'x',
      counter: 0,
      deviceType: 'x',
      backedUp: false,
    },
  });
  await store.apiToken.create({
    data: { personId: 'p-1', name: 'laptop of Quirin', scope: 'read', tokenSha256: hash, expiresAt },
  });
  const invitation = { name: 'Quirin Zapf', role: 'operator', createdBy: 'local', expiresAt };
  await store.invitation.create({ data: { ...invitation, tokenSha256: hash, email, acceptedBy: 'p-1' } });
  const input = { id: 'p-1', reason: 'Left, and asked for it.', confirm: 'Quirin Zapf' };
  const erasing = async (part: object = {}, context = test.context) =>
    erasePerson(context, checked(ErasePersonInput, { ...input, ...part }));
  await expect(erasing()).rejects.toMatchObject({ code: 'conflict', message: /may still come in/ });
  for (const role of ['viewer', 'operator', 'approver'] as const)
    await expect(erasing({}, as({ role }))).rejects.toMatchObject({ code: 'access.forbidden' });
  await expect(erasing({}, as({ via: 'token' }))).rejects.toMatchObject({ code: 'access.forbidden' });
  await expect(erasing({}, as({ provedAt: null }))).rejects.toMatchObject({ code: 'access.prove' });
  await store.person.update({ where: { id: 'p-1' }, data: { disabledAt: new Date() } });
  await expect(erasing({ confirm: 'Quirin' })).rejects.toMatchObject({ code: 'request.invalid' });
  await expect(erasing({ reason: ' ' })).rejects.toMatchObject({ code: 'request.invalid' });
  await expect(erasing({ id: 'nobody' })).rejects.toMatchObject({ code: 'not_found' });
  expect(await store.audit.count({ where: { action: 'person.erase' } })).toBe(0);

  await erasing();
  // no table has the name, the e-mail, the address or a way in; the audit says who, by the id
  const tables = await sql(
    test.url,
    `select table_name as name from information_schema.tables where table_schema = 'public' and table_type = 'BASE TABLE'`,
  );
  for (const { name } of tables) {
    const rows = await sql(test.url, `select to_jsonb(t)::text as row from "${name}" t`);
    const telling = rows.filter(({ row }) => /quirin|zapf|10\.0\.0\.7/i.test(String(row)));
    expect(telling, String(name)).toEqual([]);
  }
  expect(await store.account.count({ where: { userId: 'p-1' } })).toBe(0);
  expect(await store.audit.findFirstOrThrow({ where: { action: 'person.erase' } })).toMatchObject({
    actor: 'local',
    subject: 'person p-1',
    detail: { reason: input.reason, sessions: 1, accounts: 1, passkeys: 1, tokens: 1, invitations: 1 },
  });
  const { people } = await listPeople(test.context);
  expect(people.find(({ id }) => id === 'p-1')).toMatchObject({
    name: 'Erased person',
    email: null,
    ways: [],
    erasedAt: expect.any(String),
  });
  await expect(erasing({ confirm: 'Erased person' })).rejects.toMatchObject({ code: 'conflict' });
  await expect(
    changePerson(test.context, checked(ChangePersonInput, { id: 'p-1', disabled: false })),
  ).rejects.toMatchObject({ code: 'conflict' });
  await expect(sql(test.url, `update person set disabled_at = null where id = 'p-1'`)).rejects.toThrow(
    /person_erased_check/,
  );
  expect(await verifyRecords(test.context, null)).toMatchObject({ broken: null });
});
