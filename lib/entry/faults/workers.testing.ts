import { type ChildProcess, spawn } from 'node:child_process';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { auditOf, image, notEnded, reset, type Started, start } from '#lib/entry/faults/jobs.testing';
import type { Suite } from '#lib/entry/faults/suite.testing';
import type { Ended } from '#lib/entry/faults/tally.testing';
import { Admin, storeAt } from '#lib/entry/faults/world.testing';
import type { Random } from '#lib/patch/simulation/random.testing';
import { openTestContext, type TestContext } from '#lib/recovery/setup/testing';

// The real worker process (lib/entry/worker.ts) with its queue: killed again and again while it has three patches to
// write, and started again each time.

const PATCHES = 3;
const LIMIT_MS = 120_000;

export const workers: Suite = {
  name: 'workers',
  runs: 40,
  lanes: 1,
  open: async () => {
    const test = await openTestContext();
    const admin = new Admin(test.url);
    await storeAt(test.url, 'none').createLedger();
    const patches: Started[] = [];
    for (let n = 0; n < PATCHES; n += 1) patches.push(await start(test, admin));
    return {
      run: (_lane, random) => killWorkers(test, admin, patches, random),
      close: async () => {
        await admin.close();
        await test.close();
      },
    };
  },
};

function startWorker(test: TestContext): ChildProcess {
  return spawn(process.execPath, [path.resolve('lib/entry/worker.ts')], {
    stdio: ['ignore', 'ignore', 'inherit'],
    env: {
      ...process.env,
      NODE_ENV: 'production',
      RECOUNT_DATA_DIR: test.context.env.dataDir,
      DATABASE_URL: test.url,
      RECOUNT_ARCHIVE_ROOTS: `files=${test.root}`,
      RECOUNT_MEMORY_LIMIT: '512MB',
      RECOUNT_THREADS: '1',
    },
  });
}

const killed = (worker: ChildProcess): Promise<void> =>
  new Promise((done) => {
    worker.once('exit', () => done());
    worker.kill('SIGKILL');
  });

async function killWorkers(
  test: TestContext,
  admin: Admin,
  patches: readonly Started[],
  random: Random,
): Promise<Ended[]> {
  const { store, jobs } = test.context;
  const ids = patches.map(({ id }) => id);
  const told = new Map<string, number>();
  for (const patch of patches) {
    await reset(admin, patch);
    told.set(patch.id, await auditOf(test, patch.id));
    await jobs.enqueue('apply', patch.id);
  }
  const states = async (): Promise<string[]> =>
    (await store.patch.findMany({ where: { id: { in: ids } }, select: { state: true } })).map(
      ({ state }) => state,
    );
  const begun = async (): Promise<number> => store.jobLease.count({ where: { recordId: { in: ids } } });
  const wrong: string[] = [];
  const kills = 1 + random.below(3);
  let applied = 0;
  for (let n = 0; n < kills; n += 1) {
    const worker = startWorker(test);
    const startedMs = performance.now();
    // from when it has taken a patch, any time
    while ((await begun()) === 0 && performance.now() - startedMs < LIMIT_MS / 4) await sleep(20);
    await sleep(random.below(1_500));
    await killed(worker);
    for (const patch of patches) {
      while ((await admin.rows(openSessions(patch))).length > 0) await sleep(20);
      const isThere = (await image(admin, patch.target)) !== patch.before;
      const { state } = await store.patch.findUniqueOrThrow({ where: { id: patch.id } });
      if (/^(applied|verified)$/.test(state) && !isThere) wrong.push(`recorded as ${state}, and not there`);
      if (state === 'applying' && isThere) wrong.push('committed while recorded as applying');
    }
    applied = (await states()).filter((state) => /^(applied|verified)$/.test(state)).length;
  }
  const last = startWorker(test);
  const startedMs = performance.now();
  while ((await states()).some((state) => state !== 'verified')) {
    if (performance.now() - startedMs > LIMIT_MS) {
      wrong.push(`stayed ${await states()}`);
      break;
    }
    await sleep(100);
  }
  await killed(last);
  for (const patch of patches)
    wrong.push(
      ...(await notEnded(test, admin, patch, (await auditOf(test, patch.id)) - (told.get(patch.id) ?? 0))),
    );
  return [{ fault: 'real worker killed, three patches', applied: applied === PATCHES, wrong, times: kills }];
}

const openSessions = ({ seal }: Started): string =>
  `select from pg_stat_activity where application_name like 'recount:${seal.slice(0, 12)}%' and xact_start is not null`;
