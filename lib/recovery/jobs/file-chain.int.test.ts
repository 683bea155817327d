import { cpSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { readPatchHeader } from '#lib/adapters/duckdb/sealed-patch';
import type { DraftPlan } from '#lib/incident/incident';
import { addArchive } from '#lib/recovery/archives/add-archive';
import { checked } from '#lib/recovery/http/http';
import { OpenIncidentInput, openIncident } from '#lib/recovery/incidents/open-incident';
import { readIncident } from '#lib/recovery/incidents/read-incident';
import { startPreview } from '#lib/recovery/incidents/start-preview';
import { surveyArchive } from '#lib/recovery/incidents/survey-archive';
import { previewJob } from '#lib/recovery/jobs/job-preview';
import { surveyJob } from '#lib/recovery/jobs/job-survey';
import { workOf } from '#lib/recovery/jobs/jobs-run';
import { addLiveStore } from '#lib/recovery/live-stores/add-live-store';
import { LiveStoreInput } from '#lib/recovery/live-stores/live-input';
import { readRun } from '#lib/recovery/runs/read-run';
import { runFolder } from '#lib/recovery/setup/places';
import { openTestContext, type TestContext } from '#lib/recovery/setup/testing';

// The smallest example by the way of the page: a CSV archive and a CSV as live store, both under a configured root.

let test: TestContext;
const NEVER = new AbortController().signal;
const EXAMPLE = path.resolve('samples/first-incident');

beforeAll(async () => {
  test = await openTestContext();
  cpSync(EXAMPLE, path.join(test.root, 'first'), { recursive: true });
});
afterAll(() => test.close());

const PLAN: DraftPlan = {
  archive: { fields: { id: 'event_id', time: 'timestamp' } },
  window: { from: '2024-06-10T12:00:00Z', to: '2024-06-10T12:30:00Z' },
  calculation: {
    name: 'user-totals',
    versions: [{ version: 1, keys: { user_id: 'user_id' }, measures: { value: 'sum(value)' } }],
  },
  live: { state: 'window', keys: ['user_id'], table: 'left.over' },
};

it('gives the corrections that the example expects', async () => {
  const { context } = test;
  const archive = await addArchive(context, { kind: 'path', root: 'files', path: 'first/archive.csv' });
  const live = await addLiveStore(
    context,
    checked(LiveStoreInput, { kind: 'file', root: 'files', path: 'first/live.csv' }),
  );
  const incident = await openIncident(
    context,
    OpenIncidentInput.parse({ title: 'First', plan: PLAN, archiveId: archive.id, liveStoreId: live.id }),
  );
  expect(incident.missing).toEqual([]);
  const ref = `INC-${incident.number}`;
  const { id } = await surveyArchive(context, { ref });
  await workOf('survey', surveyJob, context, NEVER)(id, NEVER);
  expect(await readIncident(context, { ref })).toMatchObject({ survey: { state: 'done' }, stage: 'window' });
  const run = await startPreview(context, { ref });
  await workOf('preview', previewJob, context, NEVER)(run.id, NEVER);
  expect(await readRun(context, { id: run.id })).toMatchObject({ state: 'done', error: null });
  const dir = runFolder(context.env, run.id);
  for (const name of ['corrections.csv', 'discrepancies.csv'])
    expect(readFileSync(path.join(dir, name), 'utf8')).toBe(
      readFileSync(path.join(EXAMPLE, 'expected', name), 'utf8'),
    );
  // the name in the seal is the file's own: it is the same wherever the folder is
  expect((await readPatchHeader(dir)).target).toEqual({ kind: 'file', path: 'live.csv' });
}, 60_000);

it('tells a file that is gone, and writes nothing', async () => {
  const { context } = test;
  const archive = await addArchive(context, { kind: 'path', root: 'files', path: 'first/archive.csv' });
  const live = await context.store.liveStore.create({
    data: {
      name: 'gone',
      kind: 'file',
      config: { root: 'files', path: 'first/gone.csv' },
      createdBy: 'local',
    },
  });
  const input = { title: 'Gone', plan: PLAN, archiveId: archive.id, liveStoreId: live.id };
  const incident = await openIncident(context, OpenIncidentInput.parse(input));
  const run = await startPreview(context, { ref: incident.id });
  await workOf('preview', previewJob, context, NEVER)(run.id, NEVER);
  expect(await readRun(context, { id: run.id })).toMatchObject({
    state: 'failed',
    error: { code: 'live.not_found' },
  });
}, 60_000);
