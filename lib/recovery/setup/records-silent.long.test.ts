import { randomUUID } from 'node:crypto';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, expect, it } from 'vitest';
import { startTestPostgres, type TestPostgres } from '#lib/adapters/postgres-server/testing';
import { closeStore, openStore, type Store } from '#lib/adapters/store/client';
import { isHeld, takeLease } from '#lib/adapters/store/job-leases';
import { migrate } from '#lib/adapters/store/migrate';
import { RECORDS_LIMITS } from '#lib/adapters/store/records-connection';
import { recordsTrouble } from '#lib/adapters/store/records-trouble';
import { type SilentProxy, startSilentProxy } from '#lib/adapters/store/silent-proxy.testing';
import { openJobs } from '#lib/recovery/setup/jobs';
import { openWorkerSession } from '#lib/recovery/setup/worker-session';

// The network to the records goes silent: nothing is refused or closed, no byte comes or goes any more.

const LIMITS = { statementMs: 1_000, silenceMs: 1_500 };
const SOON_MS = 6_000;

let postgres: TestPostgres;
let proxy: SilentProxy;
let direct: Store;
beforeAll(async () => {
  postgres = await startTestPostgres();
  await migrate(postgres.url, path.resolve('prisma/migrations'));
  proxy = await startSilentProxy(postgres.url);
  direct = openStore(postgres.url);
}, 60_000);
afterEach(() => proxy.silence(false));
afterAll(async () => {
  await closeStore(direct);
  await proxy.close();
  await postgres.stop();
});

/** What it ends with, if it ends in good time. */
const troubleOf = async (work: Promise<unknown>): Promise<unknown> => {
  const outcome = work.then(
    () => 'answered',
    (error: unknown) => recordsTrouble(error) ?? error,
  );
  return Promise.race([outcome, sleep(SOON_MS, 'hangs')]);
};

it('no limit of a statement is longer than the patience with a silent network', () => {
  expect(RECORDS_LIMITS.silenceMs).toBeGreaterThan(RECORDS_LIMITS.statementMs);
});

it('a question ends, and the next one finds a fresh connection', async () => {
  const store = openStore(proxy.url, LIMITS);
  expect(await store.person.count()).toBe(0);
  proxy.silence(true);
  expect(await troubleOf(store.person.count())).toBe('away');
  proxy.silence(false);
  expect(await store.person.count()).toBe(0);
  await closeStore(store);
}, 30_000);

it('a transaction ends in the middle, and its locks are not kept', async () => {
  const store = openStore(proxy.url, LIMITS);
  const lost = store.$transaction(async (tx) => {
    await tx.person.create({ data: { id: 'x', name: 'X' } });
    proxy.silence(true);
    await tx.person.count();
  });
  expect(await troubleOf(lost)).toBe('away');
  proxy.silence(false);
  expect(await store.person.count()).toBe(0);
  await closeStore(store);
}, 30_000);

it('what waits for a lock is told that it waited in vain', async () => {
  const store = openStore(proxy.url, LIMITS);
  await direct.person.create({ data: { id: 'held', name: 'Held' } });
  await direct.$transaction(async (tx) => {
    await tx.$queryRaw`select 1 as held from person where id = 'held' for update`;
    expect(await troubleOf(store.person.update({ where: { id: 'held' }, data: { name: 'y' } }))).toBe('busy');
  });
  await closeStore(store);
}, 30_000);

it('the queue says so, and goes on afterwards', async () => {
  const jobs = await openJobs(proxy.url, 'sender', LIMITS);
  const id = randomUUID();
  await jobs.enqueue('verify', id);
  proxy.silence(true);
  expect(await troubleOf(jobs.isPending('verify', id))).toBe('away');
  proxy.silence(false);
  expect(await jobs.isPending('verify', id)).toBe(true);
  await jobs.close(0);
}, 30_000);

it("a worker's sign of life is given again, though the server keeps the dead session's", async () => {
  const session = await openWorkerSession(proxy.url, { statementMs: 2_000, silenceMs: 7_000 });
  const lease = { kind: 'verify', recordId: randomUUID(), jobId: randomUUID(), worker: session.worker };
  await takeLease(direct, lease);
  const holders = () => direct.$queryRaw`
    select a.pid, a.backend_start::text from pg_locks l join pg_stat_activity a using (pid)
     where l.locktype = 'advisory' and l.objsubid = 2 and l.objid = ${session.worker}::int8::oid and l.granted`;
  const before = await holders();
  expect(before).toHaveLength(1);
  proxy.silence(true);
  await sleep(8_500);
  expect(await holders()).toEqual(before); // the server knows nothing of it
  proxy.silence(false);
  await expect.poll(holders, { timeout: 20_000, interval: 200 }).not.toEqual(before);
  await expect.poll(() => isHeld(direct, lease.kind, lease.recordId), { timeout: 5_000 }).toBe(true);
  expect(await holders()).toHaveLength(1);
  await session.close();
}, 60_000);
