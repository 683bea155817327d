import { randomUUID } from 'node:crypto';
import path from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { startTestPostgres, type TestPostgres } from '#lib/adapters/postgres-server/testing';
import { openKeys } from '#lib/adapters/secrets/secret-keys';
import { closeStore, openStore } from '#lib/adapters/store/client';
import { migrate } from '#lib/adapters/store/migrate';
import { ensurePerson } from '#lib/adapters/store/person';
import { Failure } from '#lib/base/failure';
import { Secret } from '#lib/base/secret';
import { RECOUNT } from '#lib/recovery/access/actor';
import type { JobHandler } from '#lib/recovery/jobs/job-handler';
import { reconcileJobs } from '#lib/recovery/jobs/jobs-reconcile';
import { workOf } from '#lib/recovery/jobs/jobs-run';
import type { Context } from '#lib/recovery/setup/context';
import { readEnv } from '#lib/recovery/setup/env';
import { openJobs } from '#lib/recovery/setup/jobs';

let postgres: TestPostgres;
let context: Context;
const failed: [string, string][] = [];
const preview: JobHandler = {
  onStop: 'abort',
  run: async (_context, id, signal) => {
    if (id === 'refused') throw new Failure('run.cancelled', 'the operator ended it');
    if (id === 'broken') throw new Error('a fault');
    await new Promise((_, reject) =>
      signal.addEventListener('abort', () => reject(new Failure('run.cancelled', 'ended'))),
    );
  },
  fail: async ({ store }, id, failure) => {
    failed.push([id, failure.code]);
    if (id.includes('-'))
      await store.run.updateMany({ where: { id }, data: { state: 'failed', error: { code: failure.code } } });
  },
};

beforeAll(async () => {
  postgres = await startTestPostgres();
  await migrate(postgres.url, path.resolve('prisma/migrations'));
  await ensurePerson(postgres.url, 'local', 'ann');
  await ensurePerson(postgres.url, 'local', 'another name');
  const store = openStore(postgres.url);
  const jobs = await openJobs(postgres.url, 'sender');
  const person = await store.person.findUniqueOrThrow({ where: { id: 'local' } });
  context = {
    store,
    jobs,
    env: readEnv({}),
    key: openKeys({ secretKeyFile: '', secretKey: { current: new Secret('A'.repeat(43)), next: null } }),
    actor: RECOUNT,
  };
  expect(person.name).toBe('ann');
});
afterAll(async () => {
  await context.jobs.close(0);
  await closeStore(context.store);
  await postgres.stop();
});

async function makeRun(state: string, ageMs: number): Promise<string> {
  const id = randomUUID();
  const incident = await context.store.incident.create({
    data: { title: 'x', plan: {}, createdBy: 'local' },
  });
  const createdAt = new Date(Date.now() - ageMs);
  await context.store.run.create({
    data: {
      id,
      incidentId: incident.id,
      number: 1,
      plan: {},
      planSha256: 'x',
      state,
      createdBy: 'local',
      createdAt,
    },
  });
  return id;
}

it('gives a job to what waits without one, and tells what its worker left', async () => {
  const waiting = await makeRun('queued', 60_000);
  const lost = await makeRun('running', 60_000);
  const alive = await makeRun('running', 60_000);
  const young = await makeRun('queued', 0);
  const done = await makeRun('done', 60_000);
  await context.jobs.enqueue('preview', alive);
  expect(await reconcileJobs(context, { preview })).toBe(2);
  expect(failed).toEqual([[lost, 'engine.crashed']]);
  const pending = (id: string) => context.jobs.isPending('preview', id);
  expect(await Promise.all([waiting, lost, alive, young, done].map(pending))).toEqual([
    true,
    false,
    true,
    false,
    false,
  ]);
  expect(await reconcileJobs(context, { preview })).toBe(0);
});

it('writes a failure and a fault into the record, and gives back what a stop broke off', async () => {
  failed.length = 0;
  const stopping = new AbortController();
  const work = workOf('preview', preview, context, stopping.signal);
  const never = new AbortController().signal;
  await work('refused', never);
  await work('broken', never);
  expect(failed).toEqual([
    ['refused', 'run.cancelled'],
    ['broken', 'server.fault'],
  ]);
  const running = work('running', never);
  stopping.abort();
  await expect(running).rejects.toThrow(/broken off/);
  expect(failed).toHaveLength(2);
});
