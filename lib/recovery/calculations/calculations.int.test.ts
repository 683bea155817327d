import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { CalculationView } from '#lib/calculation/edition';
import { addArchive } from '#lib/recovery/archives/add-archive';
import { beginDraft, discardDraft } from '#lib/recovery/calculations/begin-draft';
import {
  changeCalculation,
  reinstateCalculation,
  retireCalculation,
} from '#lib/recovery/calculations/change-calculation';
import { changeDraft } from '#lib/recovery/calculations/change-draft';
import { publishEdition } from '#lib/recovery/calculations/publish-edition';
import { listCalculations, readCalculation } from '#lib/recovery/calculations/read-calculations';
import { SaveCalculationInput, saveCalculation } from '#lib/recovery/calculations/save-calculation';
import { StartTestInput, startTest } from '#lib/recovery/calculations/start-test';
import { checked } from '#lib/recovery/http/http';
import { ChangePlanInput, changePlan } from '#lib/recovery/incidents/change-plan';
import { OpenIncidentInput, openIncident } from '#lib/recovery/incidents/open-incident';
import { readIncident } from '#lib/recovery/incidents/read-incident';
import { reconcileJobs } from '#lib/recovery/jobs/jobs-reconcile';
import { addLiveStore } from '#lib/recovery/live-stores/add-live-store';
import { LiveStoreInput } from '#lib/recovery/live-stores/live-input';
import { doJob, previewAgain, sql } from '#lib/recovery/patches/patches.testing';
import { showReport } from '#lib/recovery/reports/read-report';
import { readRun } from '#lib/recovery/runs/read-run';
import type { Context } from '#lib/recovery/setup/context';
import { openTestContext, type TestContext } from '#lib/recovery/setup/testing';

// Four hours of events of three users; live rows an hour each. 12 o'clock is broken, the others are right.
const HOURS = [10, 11, 12, 13];
const USERS = ['ann', 'ben', 'cem'];
const TOTALS =
  'versions:\n  - version: 1\n    keys: { user_id: user_id }\n    measures: { total: sum(value) }\n';
const DOUBLED = TOTALS.replace('sum(value)', 'sum(value * 2)');
const HEALTHY = { from: '2024-06-10T10:00:00Z', to: '2024-06-10T11:00:00Z' };
const EMPTY = { from: '2024-06-10T02:00:00Z', to: '2024-06-10T03:00:00Z' };

let test: TestContext;
let operator: Context;
let incident = '';
let saved: CalculationView;

beforeAll(async () => {
  test = await openTestContext();
  const { context } = test;
  operator = { ...context, actor: { ...context.actor, role: 'operator' } };
  const events = HOURS.flatMap((hour) =>
    USERS.flatMap((user, i) =>
      [0, 1].map((n) => `${hour}-${i}-${n},2024-06-10T${hour}:1${n}:00Z,${user},${i + 1}.50`),
    ),
  );
  writeFileSync(path.join(test.root, 'events.csv'), ['id,at,user_id,value', ...events, ''].join('\n'));
  const rows = HOURS.flatMap((hour) =>
    USERS.map((user, i) => `${user},2024-06-10T${hour}:00:00Z,${hour === 12 ? '1.00' : `${2 * i + 3}.00`}`),
  );
  writeFileSync(path.join(test.root, 'live.csv'), ['user_id,hour,total', ...rows, ''].join('\n'));
  const archive = await addArchive(context, { kind: 'path', root: 'files', path: 'events.csv' });
  const live = await addLiveStore(
    context,
    checked(LiveStoreInput, { kind: 'file', root: 'files', path: 'live.csv' }),
  );
  const { number } = await openIncident(
    context,
    checked(OpenIncidentInput, {
      title: 'Totals at noon',
      archiveId: archive.id,
      liveStoreId: live.id,
      plan: {
        archive: { fields: { id: 'id', time: 'at' } },
        window: { from: '2024-06-10T12:00:00Z', to: '2024-06-10T13:00:00Z', clock: 'time' },
        calculation: {
          name: 'totals',
          versions: [{ version: 1, keys: { user_id: 'user_id' }, measures: { total: 'sum(value)' } }],
        },
        live: {
          state: 'bucketed',
          keys: ['user_id'],
          bucket: { column: 'hour', size: '1h', timezone: 'UTC' },
        },
      },
    }),
  );
  incident = `INC-${number}`;
}, 60_000);
afterAll(() => test.close());

const save = (name: string, context = operator) =>
  saveCalculation(context, checked(SaveCalculationInput, { name, incident }));
const draftIn = ({ editions: [first] }: CalculationView) => {
  if (first === undefined || first.published !== null) throw new Error('there is no draft');
  return first;
};
const rewrite = async (id: string, text: string): Promise<CalculationView> =>
  changeDraft(operator, { id, text, sha256: draftIn(await readCalculation(operator, { id })).sha256 });
const begin = async (view: CalculationView, stretch: object) =>
  startTest(
    operator,
    checked(StartTestInput, { id: view.id, editionId: view.editions[0]?.id, incident, ...stretch }),
  );
async function tested(view: CalculationView, stretch: object): Promise<CalculationView> {
  const id = draftIn(await begin(view, stretch)).tests[0]?.id ?? '';
  await doJob(test, 'test', id);
  return readCalculation(operator, { id: view.id });
}
const publish = (view: CalculationView, reason = '', context = test.context) =>
  publishEdition(context, { id: view.id, sha256: draftIn(view).sha256, reason });
const actions = async (id: string): Promise<string[]> =>
  (
    await test.context.store.audit.findMany({
      where: { subject: `calculation ${id}` },
      orderBy: { seq: 'asc' },
    })
  ).map(({ action }) => action.replace('calculation.', ''));
const asRole = (role: 'viewer' | 'operator'): Context => ({
  ...test.context,
  actor: { ...test.context.actor, role },
});

describe('a calculation', () => {
  it('is saved from an incident, as a draft, once under a name', async () => {
    saved = await save('totals');
    expect(saved.editions).toHaveLength(1);
    expect(draftIn(saved)).toMatchObject({ number: 1, published: null, tests: [], createdBy: 'Alex Test' });
    expect(`INC-${draftIn(saved).savedFrom}`).toBe(incident);
    await expect(save('totals')).rejects.toMatchObject({ code: 'conflict' });
    const twice = await Promise.allSettled([save('twice'), save('twice'), save('twice')]);
    expect(twice.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected', 'rejected']);
    expect((await listCalculations(asRole('viewer'))).rows.map(({ name }) => name)).toEqual([
      'totals',
      'twice',
    ]);
    expect(() => checked(SaveCalculationInput, { name: ' ', incident })).toThrow(/name/);
  });

  it('begins from a text as well, and can be given another name', async () => {
    const written = await saveCalculation(
      operator,
      checked(SaveCalculationInput, { name: 'by hand', text: TOTALS }),
    );
    expect(draftIn(written)).toMatchObject({ savedFrom: null, sha256: draftIn(saved).sha256 });
    const { id } = written;
    const give = (name: string) => changeCalculation(operator, { id, name });
    await expect(give('totals')).rejects.toMatchObject({ code: 'conflict' });
    expect((await give('by heart')).name).toBe('by heart');
    expect((await give('by heart')).name).toBe('by heart');
    await expect(retireCalculation(test.context, { id })).rejects.toThrow('never published');
    expect(await actions(id)).toEqual(['save', 'rename']);
    await discardDraft(operator, { id });
    const neither = { name: 'neither' };
    for (const given of [neither, { ...neither, incident, text: TOTALS }])
      expect(() => checked(SaveCalculationInput, given)).toThrow(/either an incident or a text/);
    await expect(
      saveCalculation(operator, { ...neither, description: '', text: '- 1' }),
    ).rejects.toMatchObject({
      code: 'plan.unreadable',
    });
  });

  it('is refused where its expressions are, with every problem', async () => {
    const wrong = TOTALS.replace('sum(value)', 'sum(random())').replace(
      'user_id: user_id',
      'user_id: "now("',
    );
    const refused = await rewrite(saved.id, wrong).catch((error: unknown) => error);
    expect(refused).toMatchObject({ code: 'plan.invalid' });
    expect(refused).toMatchObject({
      details: { problems: [{ path: expect.any(String) }, { path: expect.any(String) }] },
    });
    await expect(rewrite(saved.id, '- 1')).rejects.toMatchObject({ code: 'plan.unreadable' });
    expect((await readCalculation(operator, { id: saved.id })).editions).toEqual(saved.editions);
  });

  it('is not overwritten unseen', async () => {
    const shown = draftIn(saved).sha256;
    await changeDraft(operator, { id: saved.id, text: DOUBLED, sha256: shown });
    await expect(changeDraft(operator, { id: saved.id, text: TOTALS, sha256: shown })).rejects.toMatchObject({
      code: 'conflict',
    });
    expect(draftIn(await rewrite(saved.id, TOTALS)).sha256).toBe(shown);
    const description = 'Of every user and hour.';
    const told = await changeCalculation(operator, { id: saved.id, description });
    expect([told.name, told.description]).toEqual(['totals', description]);
  });
});

describe('publishing', () => {
  it('needs a finished test run of exactly this draft', async () => {
    await expect(publish(saved)).rejects.toMatchObject({
      code: 'conflict',
      message: expect.stringContaining('not tested'),
    });
    const before = await tested(await rewrite(saved.id, DOUBLED), HEALTHY);
    expect(draftIn(before).tests[0]).toMatchObject({ state: 'done', result: { cells: 3, differ: 3 } });
    saved = await rewrite(saved.id, TOTALS);
    expect(draftIn(saved).tests[0]).toMatchObject({ isCurrent: false });
    await expect(publish(saved)).rejects.toMatchObject({ message: expect.stringContaining('not tested') });
  });

  it('is for an approver in person, and keeps the run with the edition', async () => {
    saved = await tested(saved, HEALTHY);
    expect(draftIn(saved).tests[0]).toMatchObject({
      isCurrent: true,
      state: 'done',
      result: { cells: 3, differ: 0, withoutWindow: true },
    });
    await expect(publish(saved, '', operator)).rejects.toMatchObject({ code: 'access.forbidden' });
    const token: Context = { ...test.context, actor: { ...test.context.actor, via: 'token' } };
    await expect(publish(saved, '', token)).rejects.toMatchObject({ code: 'access.forbidden' });
    const test_ = draftIn(saved).tests[0]?.id;
    const shown = saved;
    const all = await Promise.allSettled(Array.from({ length: 10 }, () => publish(shown, 'not needed')));
    expect(all.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
    saved = await readCalculation(operator, { id: saved.id });
    expect(saved.editions[0]?.published).toMatchObject({ by: 'Alex Test', reason: null, testId: test_ });
    await expect(rewrite(saved.id, DOUBLED)).rejects.toThrow('no draft');
    await expect(discardDraft(operator, { id: saved.id })).rejects.toMatchObject({ code: 'conflict' });
  });

  it('is for good, whatever writes', async () => {
    const id = saved.editions[0]?.id;
    for (const change of [
      `update calculation_edition set content = '{}' where id = '${id}'`,
      `update calculation_edition set sha256 = repeat('a', 64) where id = '${id}'`,
      `update calculation_edition set published_at = null, published_by = null, test_id = null where id = '${id}'`,
      `update calculation_edition set reason = 'so' where id = '${id}'`,
      `delete from calculation_edition where id = '${id}'`,
      `update calculation_test set result = '{"cells": 9}' where edition_id = '${id}'`,
      `delete from calculation_test where edition_id = '${id}'`,
      `insert into calculation_edition (calculation_id, number, content, sha256, created_by, published_by, published_at, test_id)
       select calculation_id, 9, content, sha256, created_by, published_by, published_at, test_id
       from calculation_edition where id = '${id}'`,
    ])
      await expect(sql(test.url, change)).rejects.toThrow(/unchanged|tested|foreign key/);
    expect(await readCalculation(operator, { id: saved.id })).toEqual(saved);
  });

  it('says why where rows differ or none was compared, and never publishes the same twice', async () => {
    const again = await beginDraft(operator, { id: saved.id });
    await expect(beginDraft(operator, { id: saved.id })).rejects.toMatchObject({ code: 'conflict' });
    await expect(publish(await tested(again, HEALTHY))).rejects.toThrow('edition 1');
    const none = await tested(await rewrite(saved.id, DOUBLED), EMPTY);
    expect(draftIn(none).tests[0]).toMatchObject({ state: 'done', result: { cells: 0 } });
    await expect(publish(none)).rejects.toThrow('compared no row');
    const differs = await tested(none, HEALTHY);
    await expect(publish(differs)).rejects.toThrow('3 of 3 rows');
    saved = await publish(differs, 'Points count twice from July on.');
    expect(saved.editions.map(({ number, published }) => [number, published?.reason])).toEqual([
      [2, 'Points count twice from July on.'],
      [1, null],
    ]);
    const [line] = await test.context.store.audit.findMany({
      where: { action: 'calculation.publish' },
      orderBy: { seq: 'desc' },
    });
    expect(line?.detail).toMatchObject({
      edition: 2,
      compared: 3,
      differ: 3,
      reason: 'Points count twice from July on.',
    });
  });
});

describe('a test run', () => {
  it('needs an incident whose plan it fits, and one at a time', async () => {
    const view = await beginDraft(operator, { id: saved.id, incident });
    const other = await rewrite(view.id, TOTALS.replaceAll('user_id', 'who'));
    await expect(begin(other, HEALTHY)).rejects.toMatchObject({ code: 'plan.invalid' });
    const fits = await rewrite(view.id, `${TOTALS}replay_with: 1\n`);
    await begin(fits, HEALTHY);
    await expect(begin(fits, HEALTHY)).rejects.toThrow('under way');
    await expect(begin(fits, { ...HEALTHY, from: 'yesterday' })).rejects.toThrow('offset');
  });

  it('stops where the draft is changed or discarded, and the worker leaves it alone', async () => {
    const changed = await rewrite(saved.id, TOTALS.replace('sum(value)', 'sum(value + 0)'));
    const first = draftIn(changed).tests[0]?.id ?? '';
    await doJob(test, 'test', first);
    expect(draftIn(await readCalculation(operator, { id: saved.id })).tests[0]?.state).toBe('cancelled');
    const id = draftIn(await begin(changed, HEALTHY)).tests[0]?.id ?? '';
    expect(await discardDraft(operator, { id: saved.id })).toEqual({ removed: false });
    await doJob(test, 'test', id);
    expect((await readCalculation(operator, { id: saved.id })).editions).toHaveLength(2);
  });

  it('is told as failed where its worker is gone for good', async () => {
    const view = await beginDraft(operator, { id: saved.id });
    const { id, sha256 } = draftIn(view);
    await sql(
      test.url,
      `insert into calculation_test (edition_id, sha256, plan, stretch_from, stretch_to, state, created_by, created_at)
       values ('${id}', '${sha256}', '{}', 'a', 'b', 'running', 'local', now() - interval '1 minute')`,
    );
    await reconcileJobs(test.context);
    const [lost] = draftIn(await readCalculation(operator, { id: saved.id })).tests;
    expect(lost).toMatchObject({ state: 'failed', error: { code: 'engine.crashed' } });
    await discardDraft(operator, { id: saved.id });
  });

  it('tells in words why it could not be done', async () => {
    const view = await rewriteBegun(`${TOTALS.replace('sum(value)', 'sum(no_such)')}`);
    const failed = await tested(view, HEALTHY);
    expect(draftIn(failed).tests[0]).toMatchObject({
      state: 'failed',
      error: { code: 'plan.column.unknown' },
    });
    await discardDraft(operator, { id: saved.id });
    const [twice] = (await listCalculations(operator)).rows.filter(({ name }) => name === 'twice');
    expect(await discardDraft(operator, { id: twice?.id ?? '' })).toEqual({ removed: true });
    await expect(readCalculation(operator, { id: twice?.id ?? '' })).rejects.toMatchObject({
      code: 'not_found',
    });
  });
});

async function rewriteBegun(text: string): Promise<CalculationView> {
  await beginDraft(operator, { id: saved.id });
  return rewrite(saved.id, text);
}

describe('an incident', () => {
  const change = (what: object) => changePlan(operator, checked(ChangePlanInput, { ref: incident, ...what }));
  const edition = (number: number) => saved.editions.find((one) => one.number === number);

  it('says which edition its calculation was taken from, and its runs that they kept to it', async () => {
    const one = edition(1);
    const taken = await change({ editionId: one?.id });
    expect(taken.edition).toEqual({
      id: one?.id,
      calculationId: saved.id,
      calculation: 'totals',
      number: 1,
      isUnchanged: true,
    });
    const runId = await previewAgain(test, taken.id);
    expect((await readRun(operator, { id: runId })).edition).toMatchObject({
      calculation: 'totals',
      number: 1,
    });
    expect((await showReport(operator, { ref: incident })).source.calculation).toBe(
      'totals, version 1 (edition 1 of totals in the library)',
    );
    expect((await readCalculation(operator, { id: saved.id })).usedBy).toEqual([
      { number: taken.number, title: 'Totals at noon', edition: 1, isUnchanged: true, runs: 1 },
    ]);
  });

  it('says where its plan was changed since, and so do its runs', async () => {
    const { plan } = await readIncident(operator, { ref: incident });
    const changed = await change({
      plan: { ...plan, calculation: { ...plan.calculation, ...edition(2)?.content.calculation } },
    });
    expect(changed.edition).toMatchObject({ number: 1, isUnchanged: false });
    const runId = await previewAgain(test, changed.id);
    expect((await readRun(operator, { id: runId })).edition).toBeNull();
    expect((await change({ editionId: edition(2)?.id })).edition).toMatchObject({
      number: 2,
      isUnchanged: true,
    });
    expect((await change({ editionId: null })).edition).toBeNull();
  });

  it('keeps a calculation that is retired, and no other takes it until it is back', async () => {
    const approver: Context = { ...test.context, actor: { ...test.context.actor, role: 'approver' } };
    const { id } = saved;
    await change({ editionId: edition(1)?.id });
    await expect(retireCalculation(operator, { id })).rejects.toMatchObject({ code: 'access.forbidden' });
    const retired = await retireCalculation(approver, { id });
    expect(retired.retired).toMatchObject({ by: 'Alex Test' });
    expect((await listCalculations(operator)).rows.find((row) => row.id === id)?.isRetired).toBe(true);
    await expect(retireCalculation(approver, { id })).rejects.toThrow('retired already');
    const { title } = await change({ title: 'Totals at noon, again', editionId: edition(1)?.id });
    expect(title).toBe('Totals at noon, again');
    const other = { code: 'conflict', message: 'The calculation totals is retired.' };
    await expect(change({ editionId: edition(2)?.id })).rejects.toMatchObject(other);
    const fresh = checked(OpenIncidentInput, { title: 'New', editionId: edition(1)?.id });
    await expect(openIncident(operator, fresh)).rejects.toMatchObject(other);
    await expect(beginDraft(operator, { id })).rejects.toThrow('is retired');
    expect((await reinstateCalculation(approver, { id })).retired).toBeNull();
    await expect(reinstateCalculation(approver, { id })).rejects.toThrow('not retired');
    expect((await change({ editionId: edition(2)?.id })).edition?.number).toBe(2);
    await change({ title: 'Totals at noon', editionId: null });
  });

  it('takes no draft', async () => {
    const view = await beginDraft(operator, { id: saved.id });
    await expect(change({ editionId: draftIn(view).id })).rejects.toMatchObject({ code: 'not_found' });
  });
});

it('only who may changes the library, and every change is in the audit', async () => {
  const viewer = asRole('viewer');
  const { id } = saved;
  const sha256 = draftIn(await readCalculation(viewer, { id })).sha256;
  const shown = await readCalculation(viewer, { id });
  for (const refused of [
    () => save('mine', viewer),
    () => beginDraft(viewer, { id }),
    () => changeDraft(viewer, { id, text: TOTALS, sha256 }),
    () => changeCalculation(viewer, { id, name: 'mine', description: '' }),
    () => retireCalculation(viewer, { id }),
    () => reinstateCalculation(operator, { id }),
    () => discardDraft(viewer, { id }),
    () => startTest(viewer, { id, editionId: id, incident, ...HEALTHY }),
    () => publish(shown, '', viewer),
  ])
    await expect(refused()).rejects.toMatchObject({ code: 'access.forbidden' });
  const all = [
    'save',
    'change_draft',
    'describe',
    'test',
    'tested',
    'publish',
    'begin_draft',
    'discard_draft',
    'test_failed',
    'retire',
    'reinstate',
  ];
  expect(new Set(await actions(id))).toEqual(new Set(all));
});
