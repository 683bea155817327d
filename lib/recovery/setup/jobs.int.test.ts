import { randomUUID } from 'node:crypto';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { startTestPostgres, type TestPostgres } from '#lib/adapters/postgres-server/testing';
import { closeStore, openStore, type Store } from '#lib/adapters/store/client';
import { migrate } from '#lib/adapters/store/migrate';
import { type Jobs, openJobs } from '#lib/recovery/setup/jobs';

let postgres: TestPostgres;
let store: Store;
let sender: Jobs;
let worker: Jobs;

beforeAll(async () => {
  postgres = await startTestPostgres();
  await migrate(postgres.url, path.resolve('prisma/migrations'));
  store = openStore(postgres.url);
  sender = await openJobs(postgres.url, 'sender');
  worker = await openJobs(postgres.url, 'worker');
});
afterAll(async () => {
  await worker.close(1_000);
  await sender.close(0);
  await closeStore(store);
  await postgres.stop();
});

async function until(condition: () => boolean | Promise<boolean>): Promise<void> {
  for (let tries = 0; tries < 300; tries++) {
    if (await condition()) return;
    await sleep(50);
  }
  throw new Error('it never came');
}

it('runs one job for a record, however often it is asked for, and again when asked later', async () => {
  const id = randomUUID();
  await Promise.all(Array.from({ length: 10 }, () => sender.enqueue('preview', id)));
  expect(await sender.isPending('preview', id)).toBe(true);
  const seen: string[] = [];
  await worker.work('preview', async (at) => {
    seen.push(at);
    await sender.enqueue('preview', at); // while it runs: refused
    await sleep(200);
  });
  await until(async () => seen.length > 0 && !(await sender.isPending('preview', id)));
  await sleep(1_500);
  expect(seen).toEqual([id]);
  await sender.enqueue('preview', id);
  await until(() => seen.length === 2);
});

it('queues with the transaction, or not at all', async () => {
  const [kept, lost] = [randomUUID(), randomUUID()];
  await store.$transaction((tx) => sender.enqueue('verify', kept, tx));
  const failing = store.$transaction(async (tx) => {
    await sender.enqueue('verify', lost, tx);
    throw new Error('rolled back');
  });
  await expect(failing).rejects.toThrow('rolled back');
  expect([await sender.isPending('verify', kept), await sender.isPending('verify', lost)]).toEqual([
    true,
    false,
  ]);
});

it('tries again what threw', async () => {
  const id = randomUUID();
  let attempts = 0;
  await worker.work('survey', async () => {
    attempts += 1;
    if (attempts === 1) throw new Error('the process died, say');
  });
  await sender.enqueue('survey', id);
  await until(async () => attempts === 2 && !(await sender.isPending('survey', id)));
});
