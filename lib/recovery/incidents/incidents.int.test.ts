import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { DraftPlan } from '#lib/incident/incident';
import { changePlan } from '#lib/recovery/incidents/change-plan';
import { closeIncident } from '#lib/recovery/incidents/close-incident';
import { listIncidents } from '#lib/recovery/incidents/list-incidents';
import { OpenIncidentInput, openIncident } from '#lib/recovery/incidents/open-incident';
import { readIncident } from '#lib/recovery/incidents/read-incident';
import { startPreview } from '#lib/recovery/incidents/start-preview';
import { cancelRun } from '#lib/recovery/runs/cancel-run';
import { openTestContext, type TestContext } from '#lib/recovery/setup/testing';

let test: TestContext;
beforeAll(async () => {
  test = await openTestContext();
});
afterAll(() => test.close());

const PLAN: DraftPlan = {
  archive: { fields: { id: 'event_id', time: 'at' } },
  window: { from: '2024-06-10T12:00:00Z', to: '2024-06-10T12:30:00Z' },
  calculation: {
    name: 'totals',
    versions: [
      { version: 1, keys: { user_id: 'user_id' }, measures: { total: 'sum(value)', events: 'count(*)' } },
    ],
  },
  live: { table: 'public.totals', state: 'window', keys: ['user_id'] },
};

const open = (title: string, more: Record<string, unknown> = {}) =>
  openIncident(test.context, OpenIncidentInput.parse({ title, ...more }));
const audits = (incidentId: string) =>
  test.context.store.audit
    .findMany({ where: { incidentId }, orderBy: { seq: 'asc' } })
    .then((all) => all.map((a) => a.action));

/** An incident that can be previewed, with the records that it needs. */
async function whole(title: string) {
  const { store } = test.context;
  const archive = await store.archive.create({
    data: { name: 'files', kind: 'path', location: { root: 'files', path: '' }, createdBy: 'local' },
  });
  const live = await store.liveStore.create({
    data: {
      name: 'live',
      kind: 'postgres',
      config: { host: '127.0.0.1', port: 1, database: 'd', user: 'u', ssl: 'disable' },
      createdBy: 'local',
    },
  });
  return open(title, { plan: PLAN, archiveId: archive.id, liveStoreId: live.id });
}

/** A finished run of an incident with a patch in a state. */
async function patched(incidentId: string, state: string) {
  const { store } = test.context;
  const { planRevision } = await store.incident.findUniqueOrThrow({ where: { id: incidentId } });
  const number = (await store.run.count({ where: { incidentId } })) + 1;
  const seal = 'a'.repeat(64);
  const cells = { affected: 5, match: 2, changed: 2, missing_in_live: 1, only_in_live: 0, deleted: 0 };
  const run = await store.run.create({
    data: {
      number,
      incidentId,
      plan: {},
      planSha256: seal,
      planRevision,
      state: 'done',
      summary: {
        cells,
        net_delta: { total: '6.50', events: '2' },
        patch: { updates: 2, inserts: 1, deletes: 0, blocked_by: [] },
      },
      createdBy: 'local',
    },
  });
  return store.patch.create({ data: { incidentId, runId: run.id, seal, state, author: 'local' } });
}

describe('opening and changing', () => {
  it('opens a draft, finds it by number and id, and says what is missing', async () => {
    const made = await open('Totals are wrong');
    expect(made).toMatchObject({ stage: 'archive', stageWord: 'Draft', planRevision: 1, owner: 'Alex Test' });
    expect(made.missing.map((m) => m.path)).toContain('archive.fields.time');
    for (const ref of [`INC-${made.number}`, `inc-${made.number}`, made.id])
      expect((await readIncident(test.context, { ref })).id).toBe(made.id);
    for (const ref of ['INC-0', 'INC-99999', 'INC-99999999999', '7', randomUUID(), "x' or 1=1"])
      await expect(readIncident(test.context, { ref })).rejects.toMatchObject({ code: 'not_found' });
    expect(await audits(made.id)).toEqual(['incident.open']);
  });

  it('refuses an archive that is not there, and writes nothing', async () => {
    const before = await test.context.store.incident.count();
    await expect(open('Lost', { archiveId: randomUUID() })).rejects.toMatchObject({ code: 'not_found' });
    expect(await test.context.store.incident.count()).toBe(before);
  });

  it('counts a revision for what a preview depends on, and nothing for the same again', async () => {
    const { id, number } = await whole('Revisions');
    const ref = `INC-${number}`;
    const same = await changePlan(test.context, { ref, plan: PLAN });
    expect(same).toMatchObject({ planRevision: 1, missing: [] });
    expect(same.plan.live?.store).toBe(`\${LIVE_DATABASE_URL}`);
    const titled = await changePlan(test.context, { ref, title: 'Another title' });
    expect(titled).toMatchObject({ planRevision: 1, title: 'Another title' });
    const window = { ...PLAN.window, to: '2024-06-10T12:40:00Z' };
    expect(await changePlan(test.context, { ref, plan: { ...PLAN, window } })).toMatchObject({
      planRevision: 2,
    });
    expect(await audits(id)).toEqual(['incident.open', 'incident.change', 'incident.change']);
  });

  it('keeps the order of measures, and tells wrong expressions by their path', async () => {
    const { number } = await whole('Expressions');
    const measures = { total: 'sum(value)', events: 'count(*)', a: 'sum(random())' };
    const versions = [{ version: 1, keys: { user_id: 'user_id' }, measures }];
    const { window: _, ...withoutWindow } = PLAN;
    const { plan, missing } = await changePlan(test.context, {
      ref: `INC-${number}`,
      plan: { ...withoutWindow, calculation: { name: 'totals', versions } },
    });
    expect(Object.keys(plan.calculation?.versions?.[0]?.measures ?? {})).toEqual(['total', 'events', 'a']);
    expect(missing.map((m) => m.path)).toEqual([
      'window.from',
      'window.to',
      'calculation.versions[0].measures.a',
    ]);
  });

  it('takes back patches and approvals that stood on the old plan', async () => {
    const { id, number } = await whole('Voided');
    const patch = await patched(id, 'approved');
    await test.context.store.approval.create({
      data: {
        patchId: patch.id,
        seal: patch.seal,
        author: 'local',
        approver: 'local',
        selfApproved: true,
        reason: 'looks right',
      },
    });
    const ref = `INC-${number}`;
    expect(await readIncident(test.context, { ref })).toMatchObject({ stage: 'apply' });
    const view = await changePlan(test.context, {
      ref,
      plan: { ...PLAN, archive: { ...PLAN.archive, slack: '3h' } },
    });
    expect(view).toMatchObject({
      stage: 'preview',
      stageWord: 'Preview out of date',
      patch: { state: 'cancelled' },
    });
    expect(view.latestRun?.stale).toBe(true);
    const [approval] = await test.context.store.approval.findMany({ where: { patchId: patch.id } });
    expect(approval).toMatchObject({ voidedBecause: 'The plan was changed.' });
    expect(approval?.voidedAt).not.toBeNull();
    expect(await audits(id)).toEqual(['incident.open', 'patch.cancel', 'incident.change']);
  });

  it('refuses to change the plan while a patch of it is being written', async () => {
    const { id, number } = await whole('Writing');
    await patched(id, 'committing');
    const change = { ref: `INC-${number}`, plan: { ...PLAN, archive: { ...PLAN.archive, slack: '3h' } } };
    await expect(changePlan(test.context, change)).rejects.toMatchObject({ code: 'patch.state' });
    await expect(closeIncident(test.context, { ref: id })).rejects.toMatchObject({ code: 'patch.state' });
    expect(await test.context.store.incident.findUniqueOrThrow({ where: { id } })).toMatchObject({
      planRevision: 1,
      closedAt: null,
    });
  });
});

describe('starting and cancelling previews', () => {
  it('refuses an incomplete draft with every problem', async () => {
    const { number } = await open('Half');
    const failure = await startPreview(test.context, { ref: `INC-${number}` }).catch((e: unknown) => e);
    expect(failure).toMatchObject({ code: 'plan.invalid' });
    expect(JSON.stringify(failure)).toContain('archive.fields.time');
    expect(await test.context.store.run.count({ where: { incident: { number } } })).toBe(0);
  });

  it('freezes the plan, takes the window, answers a second ask with the same run', async () => {
    const { id, number } = await whole('Preview');
    const ref = `INC-${number}`;
    const window = { from: '2024-06-10T13:00:00Z', to: '2024-06-10T14:00:00Z' };
    const asked = await Promise.all(
      Array.from({ length: 5 }, () => startPreview(test.context, { ref, window })),
    );
    expect(new Set(asked.map((run) => run.id)).size).toBe(1);
    const [run] = asked;
    expect(run).toMatchObject({ number: 1, state: 'queued', stale: false, createdBy: 'Alex Test' });
    const stored = await test.context.store.run.findUniqueOrThrow({ where: { id: run!.id } });
    expect(stored).toMatchObject({ planRevision: 2, plan: { recount: 1, window } });
    expect(stored.archiveId).not.toBeNull();
    expect(await test.context.jobs.isPending('preview', run!.id)).toBe(true);
    expect(await audits(id)).toEqual(['incident.open', 'incident.change', 'preview.start']);
  });

  it('cancels the preview of an older window, and one that waits when asked', async () => {
    const { id, number } = await whole('Cancel');
    const ref = `INC-${number}`;
    const first = await startPreview(test.context, { ref });
    const window = { from: '2024-06-10T13:00:00Z', to: '2024-06-10T14:00:00Z' };
    const second = await startPreview(test.context, { ref, window });
    expect(second.number).toBe(2);
    const { store } = test.context;
    expect(await store.run.findUniqueOrThrow({ where: { id: first.id } })).toMatchObject({
      state: 'cancelled',
    });
    expect(await cancelRun(test.context, { id: second.id })).toMatchObject({ state: 'cancelled' });
    await cancelRun(test.context, { id: second.id });
    expect((await audits(id)).filter((a) => a === 'preview.cancel')).toHaveLength(1);
    await expect(cancelRun(test.context, { id: randomUUID() })).rejects.toMatchObject({ code: 'not_found' });
  });
});

describe('closing and listing', () => {
  it('closes once, takes back what is open, and changes nothing afterwards', async () => {
    const { id, number } = await whole('Closed one');
    const ref = `INC-${number}`;
    const run = await startPreview(test.context, { ref });
    const all = await Promise.all([1, 2, 3].map(() => closeIncident(test.context, { ref })));
    expect(all[0]).toMatchObject({ stageWord: 'Closed' });
    expect(await test.context.store.run.findUniqueOrThrow({ where: { id: run.id } })).toMatchObject({
      state: 'cancelled',
    });
    expect((await audits(id)).filter((a) => a === 'incident.close')).toHaveLength(1);
    for (const verb of [
      () => changePlan(test.context, { ref, title: 'New' }),
      () => startPreview(test.context, { ref }),
    ])
      await expect(verb()).rejects.toMatchObject({ code: 'conflict' });
  });

  it('lists by state, search and sort, with figures and counts', async () => {
    const verified = await whole('Zebra is verified');
    await patched(verified.id, 'verified');
    const waiting = await whole('Aardvark waits');
    await patched(waiting.id, 'proposed');
    const list = (input: { state?: string; q?: string; sort?: string }) => listIncidents(test.context, input);
    const { rows, counts } = await list({});
    expect(rows.find((r) => r.id === verified.id)).toMatchObject({
      group: 'applied',
      differ: 3,
      netDelta: [
        { measure: 'total', value: '6.50' },
        { measure: 'events', value: '2' },
      ],
      liveTable: 'public.totals',
      window: PLAN.window,
    });
    expect(counts.review).toBe((await list({ state: 'review' })).rows.length);
    expect(counts.all).toBe((await list({ state: 'all' })).rows.length);
    expect(counts.closed).toBe(1);
    expect((await list({ q: 'AARDVARK' })).rows.map((r) => r.id)).toEqual([waiting.id]);
    expect((await list({ q: `inc-${waiting.number}`, state: 'all' })).rows.map((r) => r.id)).toContain(
      waiting.id,
    );
    const titles = (await list({ state: 'all', sort: 'title' })).rows.map((r) => r.title);
    expect(titles).toEqual([...titles].sort((a, b) => a.localeCompare(b, 'en')));
    expect((await list({ state: 'all', sort: '-differ' })).rows.at(-1)?.differ).toBeNull();
    expect((await list({ state: 'nonsense' })).rows).toHaveLength(rows.length);
  });
});
