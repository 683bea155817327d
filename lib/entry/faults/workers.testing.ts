import { type ChildProcess, spawn } from 'node:child_process';
import { openSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import {
  auditOf,
  image,
  notEnded,
  openSessions,
  reset,
  type Started,
  start,
  type Work,
} from '#lib/entry/faults/job-scenes.testing';
import { leftOfWorkers } from '#lib/entry/faults/leftovers.testing';
import type { Suite } from '#lib/entry/faults/suite.testing';
import type { Ended } from '#lib/entry/faults/tally.testing';
import { Admin, storeAt } from '#lib/entry/faults/world.testing';
import type { Random } from '#lib/patch/simulation/random.testing';
import { openTestContext, type TestContext } from '#lib/recovery/setup/testing';

// The real worker process (lib/entry/worker.ts) with its queue: killed again and again while it has two patches to write,
// one to put back and one to rehearse, and started again each time.

const WORKS: readonly Work[] = ['apply', 'apply', 'undo', 'rehearse'];
const LIMIT_MS = 120_000;

export const workers: Suite = {
  name: 'workers',
  runs: 4,
  lanes: 1,
  open: async () => {
    const test = await openTestContext();
    const admin = new Admin(test.url);
    await storeAt(test.url, 'none').createLedger();
    const patches: Started[] = [];
    for (const work of WORKS) patches.push(await start(test, admin, work));
    return {
      run: (_lane, random) => killWorkers(test, admin, patches, random),
      close: async () => {
        await admin.close();
        await test.close();
      },
    };
  },
};

/** What the workers say of the faults they meet fills a file of its own, if there is one. */
const logOf = (): number | 'ignore' => {
  const log = process.env.RECOUNT_FAULTS_LOG;
  return log === undefined ? 'ignore' : openSync(`${log}.workers`, 'a');
};

/** The real worker. `settings`: variables of its own; `first`: a file that it loads before anything else. */
export function startWorker(
  test: TestContext,
  settings: Readonly<Record<string, string>> = {},
  first: readonly string[] = [],
): ChildProcess {
  const loaded = first.flatMap((file) => ['--import', file]);
  return spawn(process.execPath, [...loaded, path.resolve('lib/entry/worker.ts')], {
    stdio: ['ignore', 'ignore', logOf()],
    env: {
      ...process.env,
      NODE_ENV: 'production',
      RECOUNT_DATA_DIR: test.context.env.dataDir,
      DATABASE_URL: test.url,
      RECOUNT_ARCHIVE_ROOTS: `files=${test.root}`,
      RECOUNT_MEMORY_LIMIT: '512MB',
      RECOUNT_THREADS: '1',
      ...settings,
    },
  });
}

export const killed = (worker: ChildProcess): Promise<void> =>
  new Promise((done) => {
    if (worker.exitCode !== null || worker.signalCode !== null) return done();
    worker.once('exit', () => done());
    worker.kill('SIGKILL');
  });

/** What the worker was asked for, and how its record stands. */
export type Asked = { readonly patch: Started; readonly recordId: string; readonly told: number };

export async function askAll(test: TestContext, admin: Admin, patches: readonly Started[]): Promise<Asked[]> {
  const asked: Asked[] = [];
  for (const patch of patches) {
    const recordId = await reset(test, admin, patch);
    if (patch.work !== 'rehearse') await test.context.jobs.enqueue('apply', patch.id);
    asked.push({ patch, recordId, told: await auditOf(test, patch.id) });
  }
  return asked;
}

export const hasEnded = async ({ context }: TestContext, { patch, recordId }: Asked): Promise<boolean> =>
  patch.work === 'rehearse'
    ? /^(done|failed)$/.test(
        (await context.store.rehearsal.findUniqueOrThrow({ where: { id: recordId } })).state,
      )
    : (await context.store.patch.findUniqueOrThrow({ where: { id: patch.id } })).state === 'verified';

/** What is wrong right after a kill, once no session of the patch is left. */
async function afterKill(test: TestContext, admin: Admin, { patch }: Asked): Promise<string[]> {
  const sessions = openSessions(patch);
  while ((await admin.rows(sessions)).length > 0) await sleep(20);
  const isThere = (await image(admin, patch.target)) !== patch.before;
  const { state } = await test.context.store.patch.findUniqueOrThrow({ where: { id: patch.id } });
  const wrong: string[] = [];
  if (/^(applied|verified)$/.test(state) && !isThere) wrong.push(`recorded as ${state}, and not there`);
  if (state === 'applying' && isThere) wrong.push('committed while recorded as applying');
  if (patch.work === 'rehearse' && isThere) wrong.push('a rehearsal wrote');
  return wrong;
}

/** The workers that hold a job by now, be they alive or killed. */
export async function holders({ context }: TestContext): Promise<number[]> {
  return (await context.store.jobLease.findMany()).map(({ worker }) => worker);
}

/** Waits until a worker, none of those before, has taken one of them; not for ever, since all may be done. */
export async function begun(
  { context }: TestContext,
  asked: readonly Asked[],
  limitMs = LIMIT_MS / 4,
  before: readonly number[] = [],
): Promise<void> {
  const where = {
    recordId: { in: asked.map(({ recordId }) => recordId) },
    worker: { notIn: [...before] },
  };
  const startedMs = performance.now();
  while ((await context.store.jobLease.count({ where })) === 0 && performance.now() - startedMs < limitMs)
    await sleep(20);
}

async function killWorkers(
  test: TestContext,
  admin: Admin,
  patches: readonly Started[],
  random: Random,
): Promise<Ended[]> {
  const asked = await askAll(test, admin, patches);
  const wrong = new Map<Asked, string[]>(asked.map((one) => [one, []]));
  const kills = 1 + random.below(3);
  for (let n = 0; n < kills; n += 1) {
    const worker = startWorker(test);
    await begun(test, asked);
    await sleep(random.below(4_000));
    await killed(worker);
    for (const one of asked) wrong.get(one)?.push(...(await afterKill(test, admin, one)));
  }
  const there = new Map<Asked, boolean>();
  for (const one of asked) there.set(one, (await image(admin, one.patch.target)) !== one.patch.before);
  const last = startWorker(test);
  const startedMs = performance.now();
  for (const one of asked)
    while (!(await hasEnded(test, one))) {
      if (performance.now() - startedMs > LIMIT_MS) {
        wrong.get(one)?.push('it did not end');
        break;
      }
      await sleep(100);
    }
  await killed(last);
  const left = await leftOfWorkers(test, admin);
  const ended: Ended[] = [];
  for (const [at, one] of asked.entries()) {
    const audited = (await auditOf(test, one.patch.id)) - one.told;
    ended.push({
      fault: `real worker killed: ${one.patch.work}`,
      applied: there.get(one) === true,
      wrong: [
        ...(wrong.get(one) ?? []),
        ...(await notEnded(test, admin, one.patch, audited)),
        ...(at === 0 ? left : []),
      ],
      times: at === 0 ? kills : 0,
    });
  }
  return ended;
}
