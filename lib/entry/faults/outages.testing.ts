import { setTimeout as sleep } from 'node:timers/promises';
import {
  auditOf,
  image,
  notEnded,
  type Started,
  start,
  type Work,
} from '#lib/entry/faults/job-scenes.testing';
import { leftOfWorkers } from '#lib/entry/faults/leftovers.testing';
import { type Server, startServer } from '#lib/entry/faults/server.testing';
import type { Suite } from '#lib/entry/faults/suite.testing';
import type { Ended } from '#lib/entry/faults/tally.testing';
import {
  type Asked,
  askAll,
  begun,
  hasEnded,
  holders,
  killed,
  startWorker,
} from '#lib/entry/faults/workers.testing';
import { Admin, storeAt } from '#lib/entry/faults/world.testing';
import type { Random } from '#lib/patch/simulation/random.testing';
import { openTestContext, type TestContext } from '#lib/recovery/setup/testing';

// The live store's server, or that of the records, is killed while the real worker writes, and stays away: for seconds, and
// for minutes. The worker lives on, and ends its work when it is back.

const WORKS: readonly Work[] = ['apply', 'undo', 'apply'];
const LONG_MS = Number(process.env.RECOUNT_FAULTS_OUTAGE_MS ?? 150_000);
/** With the longest pause of a worker between two questions, and a machine that is busy. */
const LIMIT_MS = 240_000;

type World = {
  /** Its `url` is the live store's; the records are on a server of their own. */
  readonly test: TestContext;
  readonly admin: Admin;
  readonly live: Server;
  readonly records: Server;
  readonly patches: readonly Started[];
};

export const outages: Suite = {
  name: 'outages',
  runs: 4,
  lanes: 1,
  open: async () => {
    const live = await startServer();
    const records = await startServer();
    const context = await openTestContext(records.url);
    await storeAt(live.url, 'none').createLedger();
    const test = { ...context, url: live.url };
    const admin = new Admin(live.url);
    const patches: Started[] = [];
    for (const work of WORKS) patches.push(await start(test, admin, work));
    const world = { test, admin, live, records, patches };
    return {
      run: (_lane, random, seed) => awayOnce(world, random, seed),
      close: async () => {
        await admin.close();
        await context.close();
        await live.stop();
        await records.stop();
      },
    };
  },
};

/** Asks again while a server is away or its connections are being opened anew. */
export async function answered<T>(ask: () => Promise<T>): Promise<T> {
  for (;;) {
    try {
      return await ask();
    } catch (error) {
      if (error instanceof TypeError) throw error;
      await sleep(200);
    }
  }
}

/** Until the last word before a COMMIT was said; not for ever. */
async function committing({ context }: TestContext, asked: readonly Asked[]): Promise<void> {
  const where = { id: { in: asked.map(({ patch }) => patch.id) }, state: 'committing' };
  const startedMs = performance.now();
  while ((await context.store.patch.count({ where })) === 0 && performance.now() - startedMs < 5_000);
}

/** What an outage of the live store may end as: written, or told as not written. */
async function standing(test: TestContext, one: Asked): Promise<'written' | 'not written' | 'under way'> {
  if (await hasEnded(test, one)) return 'written';
  const { state } = await test.context.store.patch.findUniqueOrThrow({ where: { id: one.patch.id } });
  return state === 'failed' ? 'not written' : 'under way';
}

async function awayOnce(world: World, random: Random, seed: number): Promise<Ended[]> {
  const { test, admin, patches } = world;
  const isRecords = seed % 2 === 1;
  // every fourth: for minutes
  const awayMs = seed % 4 === 2 ? LONG_MS : 2_000 + random.below(15_000);
  const server = isRecords ? world.records : world.live;
  const asked = await answered(() => askAll(test, admin, patches));
  // what the worker of the case before held is still in the records: it was killed
  const before = await answered(() => holders(test));
  const worker = startWorker(test, { DATABASE_URL: test.context.env.databaseUrl ?? '' });
  // a worker that cannot reach its records at its start ends, and is started again by what started it: not looked at here
  await begun(test, asked, LIMIT_MS, before);
  if (random.chance(0.5)) await committing(test, asked);
  else await sleep(random.below(2_500));
  await server.crash();
  await sleep(awayMs);
  await server.start();
  const backMs = performance.now();
  const ended: Ended[] = [];
  for (const [at, one] of asked.entries()) {
    const wrong: string[] = [];
    let end = await answered(() => standing(test, one));
    while (end === 'under way' && performance.now() - backMs < LIMIT_MS) {
      await sleep(200);
      end = await answered(() => standing(test, one));
    }
    const tookMs = performance.now() - backMs;
    if (end === 'under way') {
      const { state, error } = await test.context.store.patch.findUniqueOrThrow({
        where: { id: one.patch.id },
      });
      wrong.push(`it did not end within ${LIMIT_MS / 1000} s: ${state}, ${JSON.stringify(error)}`);
    }
    if (worker.exitCode !== null || worker.signalCode !== null) wrong.push('the worker ended');
    if (end === 'not written') {
      // told as failed: the live store must be as before, and stay so
      if (isRecords) wrong.push('failed, though only the records were away');
      if ((await answered(() => image(admin, one.patch.target))) !== one.patch.before)
        wrong.push('failed, and it was written');
    } else {
      const audited = (await auditOf(test, one.patch.id)) - one.told;
      wrong.push(...(await answered(() => notEnded(test, admin, one.patch, audited))));
    }
    const whose = isRecords ? 'records' : 'live store';
    const long = awayMs === LONG_MS ? `${LONG_MS / 1_000} s` : '2 to 17 s';
    console.log(
      `${whose} away ${awayMs} ms, ${one.patch.work}: ${end} ${Math.round(tookMs)} ms after it was back`,
    );
    ended.push({
      fault: `${whose} away for ${long}: ${one.patch.work}`,
      applied: end === 'written',
      wrong,
      times: at === 0 ? 1 : 0,
    });
  }
  await killed(worker);
  const database = new Admin(test.context.env.databaseUrl ?? '');
  const left = await leftOfWorkers(test, database);
  await database.close();
  return ended.map((one, at) => (at === 0 ? { ...one, wrong: [...one.wrong, ...left] } : one));
}
