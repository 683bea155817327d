import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { Failure } from '#lib/base/failure';
import { shaOfPlan } from '#lib/incident/draft';
import { parsePlan } from '#lib/plan/parse';
import type { Actor } from '#lib/recovery/access/actor';
import { scopeHolds } from '#lib/recovery/access/policy';
import { changePlan } from '#lib/recovery/incidents/change-plan';
import { checkSetUp } from '#lib/recovery/incidents/check-set-up';
import { exportPlan } from '#lib/recovery/incidents/export-plan';
import { OpenIncidentInput, openIncident } from '#lib/recovery/incidents/open-incident';
import { openPlan } from '#lib/recovery/incidents/open-plan';
import { openTestContext, type TestContext } from '#lib/recovery/setup/testing';

let test: TestContext;
beforeAll(async () => {
  test = await openTestContext();
  mkdirSync(join(test.root, 'archive'));
  writeFileSync(join(test.root, 'archive', 'a.csv'), 'id,at,user,value\ne1,2024-06-10T12:00:00Z,a,1.50\n');
  writeFileSync(join(test.root, 'live.csv'), 'user,total\na,1.50\n');
});
afterAll(() => test.close());

const planText = (over: readonly (readonly [string, string])[] = []): string =>
  over.reduce(
    (text, [from, to]) => text.replace(from, to),
    [
      'recount: 1',
      'title: Totals worker dropped events',
      'archive:',
      '  at: archive/*.csv',
      '  rejects: "0.1%"',
      '  conflicts: last',
      '  fields: { id: id, time: at }',
      'window: { from: 2024-06-10T14:00:00+02:00, to: 2024-06-10T12:30:00Z }',
      'calculation:',
      '  name: totals',
      '  versions:',
      '    - { version: 1, where: value > 0, keys: { user: user }, measures: { total: sum(value) } }',
      '    - { version: 2, since: 2024-06-10T12:10:00Z, keys: { user: user }, measures: { total: sum(value) } }',
      '  replay_with: 2',
      'live:',
      '  store: postgres://reader@db.internal/app',
      '  table: public.totals',
      '  state: running',
      '  keys: [user]',
      '  baseline: { at: 2024-06-10T00:00:00Z, table: public.totals_0610 }',
      '  cut: updated_at',
      'control: { from: 2024-06-10T10:00:00Z, to: 2024-06-10T11:00:00Z }',
      'patch: { guard: value }',
      '',
    ].join('\n'),
  );

const open = (text: string) => openPlan(test.context, { text });
const counts = async () => {
  const { store } = test.context;
  return [await store.incident.count(), await store.archive.count(), await store.liveStore.count()];
};
async function exported(number: number): Promise<string> {
  const request = new Request('http://127.0.0.1:3000/', { headers: { host: 'recount.test' } });
  return (await exportPlan(test.context, { ref: `INC-${number}` }, request)).text();
}
async function refused(text: string): Promise<Failure> {
  const error = await open(text).catch((thrown: unknown) => thrown);
  if (error instanceof Failure) return error;
  throw error;
}
const shaOf = (text: string): string => {
  const { plan, problems } = parsePlan(text);
  if (plan === null) throw new Error(JSON.stringify(problems));
  return shaOfPlan(plan);
};

it('opens a plan of a database: what it says is in the draft, the store is chosen afterwards', async () => {
  const view = await open(planText());
  expect(view.title).toBe('Totals worker dropped events');
  expect(view.archive?.location).toBe('files/archive/*.csv');
  expect(view.liveStore).toBeNull();
  expect(view.plan.live).toMatchObject({
    state: 'running',
    cut: 'updated_at',
    baseline: { table: 'public.totals_0610' },
  });
  expect(view.plan.live?.store).toBeUndefined();
  expect(view.missing.map((one) => one.path)).toEqual(['live.store']);
  const audit = await test.context.store.audit.findMany({ orderBy: { seq: 'desc' }, take: 2 });
  expect(audit.map((line) => line.action)).toEqual(['incident.open', 'archive.add']);
  expect(audit[0]?.incidentId).toBe(view.id);
});

it('export, open, export: the same plan, without the address of the database', async () => {
  const { store } = test.context;
  const config = { host: 'db.internal', port: 5432, database: 'app', user: 'reader', ssl: 'require' };
  const live = await store.liveStore.create({
    data: { name: 'app', kind: 'postgres', config, createdBy: 'local' },
  });
  const choose = async (text: string) => {
    const { number } = await open(text);
    await changePlan(test.context, { ref: `INC-${number}`, liveStoreId: live.id });
    return exported(number);
  };
  const first = await choose(planText());
  expect(first.split('\n')[0]).toBe(
    '# yaml-language-server: $schema=http://recount.test/recovery-plan.schema.json',
  );
  expect(first).toContain(`store: \${LIVE_DATABASE_URL}`);
  expect(first).not.toContain('db.internal');
  const [, archives] = await counts();
  const second = await choose(first);
  expect(shaOf(second)).toBe(shaOf(first));
  expect(second).toBe(first);
  expect((await counts())[1]).toBe(archives);
});

it('a live file under a root is taken, and only once', async () => {
  const text = planText([
    ['postgres://reader@db.internal/app\n  table: public.totals', 'live.csv'],
    ['table: public.totals_0610', 'table: totals_0610.csv'],
  ]);
  const view = await open(text);
  expect(view.liveStore).toMatchObject({ kind: 'file', name: 'live.csv' });
  expect(view.missing).toEqual([]);
  const again = await exported(view.number);
  const [, , stores] = await counts();
  const second = await open(again);
  expect(second.liveStore?.id).toBe(view.liveStore?.id);
  expect((await counts())[2]).toBe(stores);
  expect(shaOf(await exported(second.number))).toBe(shaOf(again));
});

it('tells every problem with its line and column, and writes nothing', async () => {
  const before = await counts();
  const error = await refused(
    planText([
      ['title:', 'titel:'],
      ['at: archive/*.csv', 'at: /etc/*.csv'],
      ['12:30:00Z }', '11:30:00Z }'],
      ['sum(value) } }', 'sum(value) + random() } }'],
    ]),
  );
  expect(error.code).toBe('plan.invalid');
  expect(error.details.problems).toEqual(
    expect.arrayContaining([
      expect.objectContaining({ code: 'plan.field.unknown', line: 2, column: 1 }),
      expect.objectContaining({ code: 'archive.outside_roots', line: 4, column: 7 }),
      expect.objectContaining({ code: 'plan.window.reversed', line: 8 }),
      expect.objectContaining({ code: 'plan.expression.not_allowed', line: 12 }),
    ]),
  );
  expect(await counts()).toEqual(before);
});

it('tells an archive outside of the roots, and one that is not there', async () => {
  for (const [at, code] of [
    ['/etc/passwd', 'archive.outside_roots'],
    ['../archive', 'archive.outside_roots'],
    ['nowhere/*.csv', 'archive.not_found'],
  ] as const) {
    const error = await refused(planText([['at: archive/*.csv', `at: ${at}`]]));
    expect([at, error.code]).toEqual([at, code]);
    expect(error.details.problems).toEqual([expect.objectContaining({ line: 4, path: 'archive.at' })]);
  }
});

it('does not export what is no plan yet', async () => {
  const draft = await openIncident(test.context, OpenIncidentInput.parse({ title: 'begun' }));
  await expect(exported(draft.number)).rejects.toMatchObject({ code: 'plan.invalid' });
});

it('looks at a live store for those who may use it, not for who may only read', async () => {
  const { number } = await openIncident(test.context, OpenIncidentInput.parse({ title: 'read by others' }));
  const check = (actor: Partial<Actor>) =>
    checkSetUp(
      { ...test.context, actor: { ...test.context.actor, ...actor } },
      { ref: `INC-${number}` },
      new Request('http://127.0.0.1:3000/'),
    );
  expect(await check({ role: 'operator' })).toEqual({ problems: [] });
  const forbidden = { code: 'access.forbidden' };
  await expect(check({ role: 'viewer' })).rejects.toMatchObject(forbidden);
  await expect(check({ via: 'token', scope: scopeHolds('read') })).rejects.toMatchObject(forbidden);
});

it('holds a set-up against the archive and the live file: columns, and the copy to begin with', async () => {
  const check = async (text: string) => {
    const { number } = await open(text);
    const request = new Request('http://127.0.0.1:3000/');
    return (await checkSetUp(test.context, { ref: `INC-${number}` }, request)).problems;
  };
  const file = [
    ['store: postgres://reader@db.internal/app', 'store: live.csv'],
    ['  table: public.totals\n', ''],
    ['public.totals_0610', 'copy.csv'],
    ['cut: updated_at', 'cut: 2024-06-10T13:00:00Z'],
  ] as const;
  writeFileSync(join(test.root, 'copy.csv'), 'user,total\na,0.50\n');
  expect(await check(planText(file))).toEqual([]);
  const wrong = await check(
    planText([
      ...file,
      ['copy.csv', 'gone.csv'],
      ['sum(value)', 'sum(valeu)'],
      ['time: at', 'time: att'],
      ['cut: 2024-06-10T13:00:00Z', 'cut: upto'],
    ]),
  );
  expect(wrong.map(({ path }) => path).sort()).toEqual([
    'archive.fields.time',
    'calculation.versions[0].measures.total',
    'live.baseline.table',
    'live.cut',
  ]);
  expect(wrong.find(({ path }) => path === 'live.baseline.table')?.message).toBe(
    'There is no file gone.csv beside the live file.',
  );
});
