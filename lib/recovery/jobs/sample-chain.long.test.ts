import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { Failure } from '#lib/base/failure';
import type { IncidentView } from '#lib/incident/incident';
import { checked } from '#lib/recovery/http/http';
import { changePlan } from '#lib/recovery/incidents/change-plan';
import { closeIncident } from '#lib/recovery/incidents/close-incident';
import { openSample } from '#lib/recovery/incidents/open-sample';
import { readIncident } from '#lib/recovery/incidents/read-incident';
import { readSurvey } from '#lib/recovery/incidents/read-survey';
import { showTimeline, TimelineInput } from '#lib/recovery/incidents/read-timeline';
import { resetSample } from '#lib/recovery/incidents/reset-sample';
import { startPreview } from '#lib/recovery/incidents/start-preview';
import { surveyArchive } from '#lib/recovery/incidents/survey-archive';
import type { JobHandler } from '#lib/recovery/jobs/job-handler';
import { previewJob } from '#lib/recovery/jobs/job-preview';
import { surveyJob } from '#lib/recovery/jobs/job-survey';
import { workOf } from '#lib/recovery/jobs/jobs-run';
import { cancelRun } from '#lib/recovery/runs/cancel-run';
import { readRun, watchRun } from '#lib/recovery/runs/read-run';
import { runFolder, sampleFolder, surveyFolder } from '#lib/recovery/setup/places';
import { openTestContext, type TestContext } from '#lib/recovery/setup/testing';

// The way of the page, on the sample: opened, read, looked at on the timeline, previewed. Jobs run as the worker runs them.

let test: TestContext;
let incident: IncidentView;
const NEVER = new AbortController().signal;

beforeAll(async () => {
  test = await openTestContext();
}, 60_000);
afterAll(() => test.close());

const work = (kind: 'survey' | 'preview', handler: JobHandler, id: string, signal = NEVER) =>
  workOf(kind, handler, test.context, NEVER)(id, signal);
const again = (): Promise<IncidentView> => readIncident(test.context, { ref: incident.id });
const lines = (file: string): string[] =>
  readFileSync(path.join(sampleFolder(test.context.env), file), 'utf8')
    .trimEnd()
    .split('\n')
    .slice(1);
const actions = async (incidentId: string): Promise<string[]> =>
  (await test.context.store.audit.findMany({ where: { incidentId }, orderBy: { seq: 'asc' } })).map(
    (a) => a.action,
  );

it('opens the sample once, however often it is asked for', async () => {
  const opened = await Promise.all([1, 2, 3].map(() => openSample(test.context)));
  expect(new Set(opened.map((i) => i.id)).size).toBe(1);
  incident = opened[0]!;
  expect(incident).toMatchObject({
    sample: true,
    missing: [],
    stage: 'archive',
    survey: { state: 'queued' },
  });
  expect(incident.plan.window).toMatchObject({ clock: 'ingested' });
  expect(await test.context.store.incident.count()).toBe(1);
  expect(await test.context.store.audit.count({ where: { action: 'sample.open' } })).toBe(1);
}, 60_000);

it('reads the archive in a job and answers the timeline from what it wrote', async () => {
  const id = incident.survey!.id;
  await expect(
    showTimeline(test.context, checked(TimelineInput, { ref: incident.id })),
  ).rejects.toMatchObject({
    code: 'not_found',
  });
  await work('survey', surveyJob, id);
  const { state, result, error } = await readSurvey(test.context, { id });
  expect({ state, error }).toEqual({ state: 'done', error: null });
  expect(BigInt(result!.records)).toBe(
    BigInt(result!.accepted) + BigInt(result!.duplicates) + BigInt(result!.rejected),
  );
  expect(result).toMatchObject({ layout: 'hive', rejected: '0', files: 168 });
  expect(await again()).toMatchObject({ stage: 'window', survey: { files: 168, words: 'Read' } });
  const ask = {
    ref: incident.id,
    clock: 'ingested',
    from: '2026-11-21T12:00:00Z',
    to: '2026-11-21T13:00:00Z',
    bins: '60',
  };
  const timeline = await showTimeline(test.context, checked(TimelineInput, ask));
  expect(timeline).toMatchObject({ binMs: 60_000, hasArrival: true });
  expect(timeline.bins).toHaveLength(60);
  const whole = await showTimeline(test.context, checked(TimelineInput, { ref: incident.id }));
  const counted = whole.bins.reduce((sum, bin) => sum + bin.events, 0);
  expect(counted).toBe(Number(result!.accepted) + Number(result!.duplicates));
  for (const bad of [{ from: 'now' }, { bins: '0' }, { clock: 'mine' }, { from: ask.to, to: ask.from }])
    expect(() => checked(TimelineInput, { ...ask, ...bad })).toThrow(Failure);
}, 120_000);

it('previews in a job and finds exactly the truth', async () => {
  const run = await startPreview(test.context, { ref: incident.id });
  await work('preview', previewJob, run.id);
  const done = await readRun(test.context, { id: run.id });
  expect({ state: done.state, error: done.error }).toEqual({ state: 'done', error: null });
  const truth = lines('truth.csv');
  const { cells, patch } = done.summary!;
  expect(cells.changed + cells.missing_in_live).toBe(truth.length);
  expect(patch).toMatchObject({
    updates: cells.changed,
    inserts: cells.missing_in_live,
    deletes: 0,
    blocked_by: [],
  });
  expect(Object.keys(done.summary!.net_delta)).toEqual(['points', 'events']);
  expect(existsSync(path.join(runFolder(test.context.env, run.id), 'patch.json'))).toBe(true);
  expect(await again()).toMatchObject({ stage: 'preview', stageWord: 'Preview ready' });
  expect(await actions(incident.id)).toEqual([
    'incident.open',
    'survey.start',
    'survey.finish',
    'preview.start',
    'preview.finish',
  ]);
}, 120_000);

it('follows a run to its end over events', async () => {
  const response = await watchRun(
    test.context,
    { id: (await again()).latestRun!.id },
    new Request('http://localhost/'),
  );
  const text = await response.text();
  expect(text.match(/^data: /gm)).toHaveLength(1);
  expect(JSON.parse(text.replace('data: ', ''))).toMatchObject({ state: 'done' });
});

it('cancels a preview that runs, and leaves nothing of it', async () => {
  const run = await startPreview(test.context, { ref: incident.id });
  const running = work('preview', previewJob, run.id);
  while ((await readRun(test.context, { id: run.id })).state === 'queued') await sleep(20);
  await cancelRun(test.context, { id: run.id });
  await running;
  expect(await readRun(test.context, { id: run.id })).toMatchObject({
    state: 'cancelled',
    error: null,
    summary: null,
  });
  expect(existsSync(runFolder(test.context.env, run.id))).toBe(false);
  // given out again, it stays cancelled
  await work('preview', previewJob, run.id);
  expect((await readRun(test.context, { id: run.id })).state).toBe('cancelled');
}, 60_000);

it('tells a preview that fails in words, with its place', async () => {
  const plan = incident.plan;
  const bad = {
    version: 1,
    keys: { user_id: 'user_id' },
    measures: { points: 'sum(pionts)', events: 'count(*)' },
  };
  await changePlan(test.context, {
    ref: incident.id,
    plan: { ...plan, calculation: { name: 'hourly-points', versions: [bad] } },
  });
  const run = await startPreview(test.context, { ref: incident.id });
  await work('preview', previewJob, run.id);
  const failed = await readRun(test.context, { id: run.id });
  expect(failed).toMatchObject({ state: 'failed', error: { code: 'plan.column.unknown' } });
  expect(await again()).toMatchObject({ stageWord: 'Preview failed', tone: 'danger' });
  await changePlan(test.context, { ref: incident.id, plan });
}, 60_000);

it('stops a reading that another one replaces', async () => {
  const old = await surveyArchive(test.context, { ref: incident.id });
  expect(await surveyArchive(test.context, { ref: incident.id })).toEqual(old);
  const types = { points: 'bigint' };
  await changePlan(test.context, {
    ref: incident.id,
    plan: { ...incident.plan, archive: { ...incident.plan.archive, types } },
  });
  const next = await surveyArchive(test.context, { ref: incident.id });
  expect(next.id).not.toBe(old.id);
  await work('survey', surveyJob, old.id);
  expect(await readSurvey(test.context, { id: old.id })).toMatchObject({ state: 'cancelled' });
  expect(existsSync(surveyFolder(test.context.env, old.id))).toBe(false);
  await surveyJob.fail(test.context, next.id, new Failure('archive.unreadable', 'broken on purpose'));
  expect(await again()).toMatchObject({ survey: { state: 'failed', words: 'broken on purpose' } });
}, 60_000);

it('puts the faulty rows back, and counts what was applied as undone', async () => {
  const client = new pg.Client({ connectionString: test.url });
  await client.connect();
  await client.query('update points.hourly_points set points = 0');
  const { store } = test.context;
  const run = await store.run.findFirstOrThrow({ where: { incidentId: incident.id, state: 'done' } });
  const seal = 'b'.repeat(64);
  const patch = await store.patch.create({
    data: { incidentId: incident.id, runId: run.id, seal, state: 'verified', author: 'local' },
  });
  const { rows } = await resetSample(test.context);
  expect(rows).toBe(lines('live.csv').length);
  const left = await client.query('select count(*)::int as n from points.hourly_points where points <> 0');
  expect(left.rows[0].n).toBeGreaterThan(rows / 2);
  expect(await store.patch.findUniqueOrThrow({ where: { id: patch.id } })).toMatchObject({ state: 'undone' });
  expect((await actions(incident.id)).at(-1)).toBe('patch.undo');
  expect(await store.audit.count({ where: { action: 'sample.reset' } })).toBe(1);
  await store.patch.update({ where: { id: patch.id }, data: { state: 'committing' } });
  await expect(resetSample(test.context)).rejects.toMatchObject({ code: 'patch.state' });
  await store.patch.update({ where: { id: patch.id }, data: { state: 'undone' } });
  await closeIncident(test.context, { ref: incident.id });
  expect((await openSample(test.context)).id).not.toBe(incident.id);
  await client.end();
}, 60_000);
