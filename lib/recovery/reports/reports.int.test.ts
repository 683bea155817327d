import { readdirSync, readFileSync, renameSync } from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { PatchView } from '#lib/patch/patch';
import { checked } from '#lib/recovery/http/http';
import { OpenIncidentInput, openIncident } from '#lib/recovery/incidents/open-incident';
import { surveyArchive } from '#lib/recovery/incidents/survey-archive';
import { applyPatch } from '#lib/recovery/patches/apply-patch';
import { approvePatch } from '#lib/recovery/patches/approve-patch';
import {
  doJob,
  type Prepared,
  prepareFile,
  preparePostgres,
  previewAgain,
  sql,
} from '#lib/recovery/patches/patches.testing';
import { proposePatch } from '#lib/recovery/patches/propose-patch';
import { showPatch } from '#lib/recovery/patches/read-patch';
import { OpenSharedInput, openSharedReport } from '#lib/recovery/reports/open-shared-report';
import { downloadCorrections, downloadReport, showReport } from '#lib/recovery/reports/read-report';
import { reportOfRun } from '#lib/recovery/reports/report-of-run';
import { revokeShare } from '#lib/recovery/reports/revoke-share';
import { listShares, ShareReportInput, shareReport } from '#lib/recovery/reports/share-report';
import { runFolder } from '#lib/recovery/setup/places';
import { openTestContext, type TestContext } from '#lib/recovery/setup/testing';
import type { Report } from '#lib/report/report';

let test: TestContext;
let prepared: Prepared;
let ref: string;
beforeAll(async () => {
  test = await openTestContext();
  prepared = await preparePostgres(test);
  ref = prepared.incidentId;
}, 120_000);
afterAll(() => test.close());

async function approved({ runId }: Prepared): Promise<PatchView> {
  const patch = await proposePatch(test.context, { id: runId });
  return approvePatch(test.context, { id: patch.id, seal: patch.seal, reason: 'looked at every row' });
}
async function applied(patch: PatchView): Promise<void> {
  await applyPatch(test.context, { id: patch.id, seal: patch.seal, confirm: patch.target });
  await doJob(test, 'apply', patch.id);
}
const report = (): Promise<Report> => showReport(test.context, { ref });
const share = (input: object = {}) =>
  shareReport(test.context, checked(ShareReportInput, { ref, days: 7, ...input }));
const tokenOf = ({ url }: { url: string }): string => url.replace('/r#', '');
const open = (token: string): Promise<Report> => openSharedReport(test.context, { token });

describe('the report', () => {
  it('says that there is nothing to report before the first preview', async () => {
    const { id } = await openIncident(test.context, checked(OpenIncidentInput, { title: 'New' }));
    await expect(showReport(test.context, { ref: id })).rejects.toMatchObject({ code: 'run.incomplete' });
    await expect(shareReport(test.context, { ref: id, days: 1, maskKeys: true })).rejects.toMatchObject({
      code: 'run.incomplete',
    });
    expect(await test.context.store.shareLink.count()).toBe(0);
  });

  it('follows the recovery from the preview to the approval', async () => {
    const { id } = await surveyArchive(test.context, { ref });
    await doJob(test, 'survey', id);
    expect(await report()).toMatchObject({
      outcome: 'previewed',
      counts: { updates: 2, inserts: 1, deletes: 0 },
      net: [{ measure: 'total', net: '7.00', plus: '7.00', minus: '0.00' }],
      timeline: { clock: 'time' },
      approval: { approvedBy: null },
      source: { target: prepared.target, seal: expect.stringMatching(/^[0-9a-f]{64}$/) },
    });
    const first = await report();
    expect(first.largest.map((row) => [row.keys[0], row.delta[0]])).toEqual([
      ['c"o,l', '3.50'],
      ['=ben', '2.25'],
      ['ann', '1.25'],
    ]);
    expect(first.timeline?.bins.reduce((sum, bin) => sum + bin.events, 0)).toBe(20);
    expect(JSON.stringify(first)).not.toContain(test.root);
    await approved(prepared);
    expect(await report()).toMatchObject({
      outcome: 'approved',
      approval: {
        author: 'Alex Test',
        approvedBy: 'Alex Test',
        selfApproved: true,
        reason: 'looked at every row',
      },
    });
    expect((await report()).log.map(({ actor, words }) => `${actor} ${words}`)).toEqual([
      'Alex Test opened the incident',
      'Alex Test started preview 1',
      'Alex Test had the archive read',
      'Alex Test sent preview 1 for review: 3 rows',
      'Alex Test approved the patch (self-approved): “looked at every row”',
    ]);
  }, 60_000);

  it('is frozen when the apply was compared', async () => {
    const patch = await proposePatch(test.context, { id: prepared.runId });
    await applied(patch);
    expect((await report()).outcome).toBe('applied');
    await doJob(test, 'verify', patch.id);
    const frozen = await report();
    expect(frozen).toMatchObject({ outcome: 'verified', verification: { cells: 3, match: 3 } });
    expect(frozen.lead).toContain('3 rows (total +7.00) were corrected in one transaction');
    expect(frozen.lead).toContain('All 3 were compared again afterwards and match.');
    expect(frozen.checks.filter((one) => one.state === 'failed')).toEqual([]);
    // what comes later is not in it
    await test.context.store.incident.update({ where: { id: ref }, data: { title: 'Renamed' } });
    await doJob(test, 'verify', patch.id);
    const again = await showPatch(test.context, patch);
    const { later, ...shown } = await showReport(test.context, { ref });
    expect(shown).toEqual(frozen);
    // but the page says that there is more
    expect(later).toEqual(again.verifications[0]);
    expect(again.verifications).toHaveLength(2);
    expect(await test.context.store.report.count()).toBe(1);
    // and what is handed out tells of it
    const told = 'compared 3 rows with what the patch wrote: all are right';
    const toldAt = (one: Report) => one.log.findLast(({ words }) => words === told)?.at ?? '';
    const file = await downloadReport('json')(test.context, { ref });
    expect(await file.json()).toMatchObject({ title: 'Renamed' });
    const shared = await open(tokenOf(await share()));
    expect(toldAt(frozen)).not.toBe('');
    expect(toldAt(shared) > toldAt(frozen)).toBe(true);
    expect(await report()).toMatchObject({ title: 'Renamed', madeAt: shared.madeAt });
    expect(await report()).not.toHaveProperty('later');
    // one frozen anew, and the copy of it
    expect(await test.context.store.report.count()).toBe(3);
    await sql(test.url, `update ${prepared.target} set total = 0 where user_id = 'ann'`);
    await doJob(test, 'verify', patch.id);
    expect(await report()).toMatchObject({
      outcome: 'differs',
      verification: { differ: 1 },
      title: 'Renamed',
    });
    expect(await test.context.store.report.count()).toBe(4);
  }, 60_000);

  it('stays with the patch that was written when a newer preview comes', async () => {
    await previewAgain(test, ref);
    expect(await report()).toMatchObject({ outcome: 'differs' });
  }, 60_000);

  it('is given as Markdown, HTML and JSON, and all rows as CSV, exact or safe', async () => {
    const text = async (format: 'md' | 'html' | 'json') =>
      (await downloadReport(format)(test.context, { ref })).text();
    expect(await text('md')).toContain('- approved_by: self-approved by Alex Test');
    expect(await text('html')).toContain('<h2>How it was checked</h2>');
    expect(JSON.parse(await text('json'))).toMatchObject({ outcome: 'differs', author: 'Alex Test' });
    const safe = await downloadCorrections('safe')(test.context, { ref });
    expect(safe.headers.get('content-disposition')).toMatch(/attachment; filename="INC-1-corrections.csv"/);
    const head = 'op,user_id,total_before,total_after,total_change';
    expect(await safe.text()).toBe(
      `${head}\nupdate,"'=ben",0.25,2.50,2.25\nupdate,ann,0.25,1.50,1.25\ninsert,"c""o,l",,3.50,3.50\n`,
    );
    const exact = await downloadCorrections('exact')(test.context, { ref });
    expect(await exact.text()).toBe(
      `${head}\nupdate,=ben,0.25,2.50,2.25\nupdate,ann,0.25,1.50,1.25\ninsert,"c""o,l",,3.50,3.50\n`,
    );
  });
});

describe('a share link', () => {
  it('opens a frozen copy with masked keys, and its token is nowhere kept', async () => {
    const made = await share();
    const token = tokenOf(made);
    expect(token).toMatch(/^[A-Za-z0-9_-]{43}$/);
    expect(made.link).toMatchObject({ maskKeys: true, views: 0, createdBy: 'Alex Test', revokedAt: null });
    const shared = await open(token);
    const { largest, ...rest } = await report();
    expect(shared).toMatchObject({ ...rest, largest: largest.map(({ keys: _, ...row }) => row) });
    const keys = shared.largest.map((row) => row.keys[0]);
    expect(keys).toEqual([
      expect.stringMatching(/^c"…[0-9a-f]{5}$/),
      expect.stringMatching(/^=b…[0-9a-f]{5}$/),
      expect.stringMatching(/^…[0-9a-f]{5}$/),
    ]);
    expect(JSON.stringify(shared)).not.toMatch(/=ben|c\\"o,l/);
    const everything = await sql(
      test.url,
      `select (select json_agg(l) from share_link l)::text || (select json_agg(a) from audit a)::text
         || (select json_agg(r) from report r)::text as text`,
    );
    expect(String(everything[0]?.text)).not.toContain(token);
    // what the live store and the records do later does not reach it
    await test.context.store.incident.update({ where: { id: ref }, data: { title: 'Renamed again' } });
    expect(await open(token)).toEqual(shared);
    const { shares } = await listShares(test.context, { ref });
    expect(shares[0]).toMatchObject({
      id: made.link.id,
      views: 2,
      lastViewedAt: expect.stringMatching(/Z$/),
    });
  });

  it('shows the keys where the sharer says so', async () => {
    const shared = await open(tokenOf(await share({ maskKeys: false, days: 30 })));
    expect(shared.largest.map((row) => row.keys[0])).toEqual(['c"o,l', '=ben', 'ann']);
  });

  it('does not become the incident’s own report', async () => {
    expect((await report()).largest.map((row) => row.keys[0])).toContain('ann');
  });

  it('ends when it is revoked, once', async () => {
    const made = await share({ days: 1 });
    const revoked = await revokeShare(test.context, { id: made.link.id });
    expect(revoked.revokedAt).not.toBeNull();
    expect(await revokeShare(test.context, { id: made.link.id })).toEqual(revoked);
    await expect(open(tokenOf(made))).rejects.toMatchObject({ code: 'share.expired' });
    const subject = `share link ${made.link.id}`;
    const lines = await test.context.store.audit.findMany({ where: { subject }, orderBy: { seq: 'asc' } });
    expect(lines.map((line) => line.action)).toEqual(['share.create', 'share.revoke']);
    await expect(revokeShare(test.context, { id: ref })).rejects.toMatchObject({ code: 'not_found' });
  });

  it('ends by itself', async () => {
    const made = await share({ days: 1 });
    const days = (Date.parse(made.link.expiresAt) - Date.parse(made.link.createdAt)) / 86_400_000;
    expect(days).toBeCloseTo(1, 2);
    await test.context.store.shareLink.update({
      where: { id: made.link.id },
      data: { expiresAt: new Date(Date.now() - 1_000) },
    });
    await expect(open(tokenOf(made))).rejects.toMatchObject({ code: 'share.expired' });
    const link = await test.context.store.shareLink.findUniqueOrThrow({ where: { id: made.link.id } });
    expect(link.views).toBe(0);
  });

  it('of an unknown token is not found, and wrong wishes are refused', async () => {
    for (const token of ['', 'x', tokenOf(await share()).slice(1), '\u0000'.repeat(43)])
      await expect(open(token)).rejects.toMatchObject({ code: 'not_found' });
    expect(() => checked(OpenSharedInput, { token: 'x'.repeat(201) })).toThrow(/token/);
    expect(() => checked(ShareReportInput, { ref, days: 2 })).toThrow(/days/);
    await expect(
      shareReport(test.context, { ref: 'INC-999', days: 1, maskKeys: true }),
    ).rejects.toMatchObject({
      code: 'not_found',
    });
  });
});

describe('the report of a folder, for the command line', () => {
  const ofRun = (runId: string): Promise<Report> =>
    reportOfRun(
      runFolder(test.context.env, runId),
      test.context.env,
      () => undefined,
      async (run) => run.report,
    );

  it('asks the live store’s ledger, and says so where it cannot', async () => {
    const file = await prepareFile(test);
    const before = await ofRun(file.runId);
    expect(before).toMatchObject({ incident: null, outcome: 'previewed', approval: { approvedBy: null } });
    await applied(await approved(file));
    expect(await ofRun(file.runId)).toMatchObject({
      outcome: 'verified',
      approval: { author: 'Alex Test', approvedBy: 'Alex Test', selfApproved: true },
      verification: { cells: 3, match: 3, differ: 0 },
    });
    renameSync(file.file, `${file.file}.away`);
    const away = await ofRun(file.runId);
    expect(away.lead).toContain('Whether it was written is not checked:');
    expect(away.checks.find(({ name }) => name === 'Recorded in the ledger')).toMatchObject({
      state: 'not_done',
      value: 'not checked',
    });
    // a database's address stands in no folder, so that without the variable it cannot be asked
    expect((await ofRun(prepared.runId)).lead).toContain('not checked: ');
  }, 60_000);

  it('gives the whole patch as CSV, and refuses a folder without a preview', async () => {
    const dir = runFolder(test.context.env, prepared.runId);
    const csv = await reportOfRun(
      dir,
      test.context.env,
      () => undefined,
      async (run) => {
        const parts: string[] = [];
        for await (const part of run.csv()) parts.push(part);
        return parts.join('');
      },
    );
    expect(csv.split('\n')).toHaveLength(5);
    const none = path.join(test.context.env.dataDir, 'runs');
    await expect(
      reportOfRun(
        none,
        test.context.env,
        () => undefined,
        async () => null,
      ),
    ).rejects.toMatchObject({ code: 'run.incomplete' });
  });
});

it('keeps the live store’s password out of every file and record', async () => {
  const files = readdirSync(test.context.env.dataDir, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => readFileSync(path.join(entry.parentPath, entry.name)));
  expect(files.some((bytes) => bytes.includes('live secret'))).toBe(false);
  const rows = await sql(test.url, 'select json_agg(p)::text as text from patch p');
  expect(String(rows[0]?.text)).not.toContain('live secret');
});
