import { type AddressInfo, connect, createServer } from 'node:net';
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
import type { JobOrder } from '#lib/entry/faults/job-victim.testing';
import { auditFaults, leftOfPatch, leftOfWorkers } from '#lib/entry/faults/leftovers.testing';
import type { Suite } from '#lib/entry/faults/suite.testing';
import type { Ended } from '#lib/entry/faults/tally.testing';
import { Victims } from '#lib/entry/faults/victims.testing';
import type { Moment } from '#lib/entry/faults/watch.testing';
import { Admin, storeAt } from '#lib/entry/faults/world.testing';
import type { Random } from '#lib/patch/simulation/random.testing';
import { doJob } from '#lib/recovery/patches/patches.testing';
import { openTestContext, type TestContext } from '#lib/recovery/setup/testing';

// The whole job of an apply, an undo or a rehearsal, with its records: the worker is killed, or loses its records, at any
// message. Its successor must end it, and the record must say what the ledger says.

const MOMENTS: Readonly<Record<string, (random: Random) => Moment>> = {
  'worker killed before any message': (random) => ({
    kind: 'message',
    n: 1 + random.below(90),
    when: 'before',
  }),
  'worker killed after any message': (random) => ({
    kind: 'message',
    n: 1 + random.below(90),
    when: 'after',
  }),
  'worker killed as COMMIT is sent': () => ({ kind: 'commit_sent', afterUs: 0 }),
  'worker killed soon after COMMIT is sent': (random) => ({
    kind: 'commit_sent',
    afterUs: 1 + random.below(30_000),
  }),
  'records away from any message on': (random) => ({
    kind: 'records_away',
    from: 4 + random.below(80),
    ms: 200 + random.below(3_000),
  }),
  'records away from COMMIT on': (random) => ({
    kind: 'records_away',
    from: 'COMMIT',
    ms: 200 + random.below(3_000),
  }),
};
const NAMES = Object.keys(MOMENTS);
const WORKS: readonly Work[] = ['apply', 'apply', 'undo', 'undo', 'rehearse'];

export const jobs: Suite = {
  name: 'jobs',
  runs: 60,
  lanes: 3,
  open: async () => {
    const test = await openTestContext();
    const admin = new Admin(test.url);
    // as a DBA does; the live stores that are added afterwards may use it
    await storeAt(test.url, 'none').createLedger();
    await admin.rows('create schema shop');
    const door = await passage(Number(new URL(test.url).port));
    const url = new URL(test.url);
    url.port = String(door.port);
    const victims = new Victims(4, 'job-victim', {
      ...process.env,
      DATABASE_URL: url.href,
      RECOUNT_DATA_DIR: test.context.env.dataDir,
      RECOUNT_ARCHIVE_ROOTS: `files=${test.root}`,
      RECOUNT_MEMORY_LIMIT: '512MB',
      RECOUNT_THREADS: '1',
    });
    // one after the other: two grants on the same database at once are refused
    let making: Promise<unknown> = Promise.resolve();
    const make = (work: Work): Promise<Started> => {
      const next = making.then(() => start(test, admin, work));
      making = next.catch(() => undefined);
      return next;
    };
    const free: Record<Work, Started[]> = { apply: [], undo: [], rehearse: [] };
    return {
      run: async (_lane, random) => {
        const work = WORKS[random.below(WORKS.length)] ?? 'apply';
        const started = free[work].pop() ?? (await make(work));
        const ended = await jobOnce(test, admin, victims, started, random);
        free[work].push(started);
        return ended;
      },
      last: () => leftOfWorkers(test, admin),
      close: async () => {
        await victims.close();
        door.close();
        await admin.close();
        await test.close();
      },
    };
  },
};

/** A second way to the records' server, so that messages to it can be told from those to the live store. */
async function passage(to: number): Promise<{ readonly port: number; close(): void }> {
  const server = createServer((client) => {
    const upstream = connect(to, '127.0.0.1');
    for (const socket of [client, upstream]) socket.on('error', () => undefined);
    client.on('close', () => upstream.destroy());
    upstream.on('close', () => client.destroy());
    client.pipe(upstream).pipe(client);
  });
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  return { port: (server.address() as AddressInfo).port, close: () => server.close() };
}

async function jobOnce(
  test: TestContext,
  admin: Admin,
  victims: Victims,
  started: Started,
  random: Random,
): Promise<Ended> {
  const { work, id, target, before } = started;
  const { store } = test.context;
  const names = work === 'rehearse' ? NAMES.filter((name) => !/COMMIT/.test(name)) : NAMES;
  const fault = names[random.below(names.length)] ?? '';
  const recordId = await reset(test, admin, started);
  const told = await auditOf(test, id);
  const kind = work === 'rehearse' ? 'rehearse' : 'apply';
  let times = 0;
  do {
    times += 1;
    const moment = MOMENTS[fault]?.(random) ?? { kind: 'ms', ms: 0 };
    const order: JobOrder = { kind, id: recordId, moment };
    await victims.kill(order);
  } while (random.chance(0.15) && times < 3);
  const sessions = openSessions(started);
  while ((await admin.rows(sessions)).length > 0) await sleep(20);
  const wrong: string[] = [];
  const isThere = (await image(admin, target)) !== before;
  const { state } = await store.patch.findUniqueOrThrow({ where: { id } });
  if (work === 'rehearse') {
    if (isThere) wrong.push('a rehearsal wrote');
  } else if (/^(applied|verified)$/.test(state) !== isThere && !/^(applying|committing|unknown)$/.test(state))
    wrong.push(`recorded as ${state}, and the live store ${isThere ? 'has' : 'does not have'} it`);
  if (isThere && state === 'applying') wrong.push('committed while the record says that COMMIT was not sent');
  await doJob(test, kind, recordId);
  wrong.push(...(await notEnded(test, admin, started, (await auditOf(test, id)) - told)));
  wrong.push(
    ...(await auditFaults(test)),
    ...(await leftOfPatch(admin, started.undone?.seal ?? started.seal)),
  );
  if (work === 'rehearse') {
    const rehearsal = await store.rehearsal.findUniqueOrThrow({ where: { id: recordId } });
    if (!/^(done|failed)$/.test(rehearsal.state)) wrong.push(`the rehearsal stayed ${rehearsal.state}`);
  }
  return { fault: `${work}: ${fault}`, applied: isThere, unknown: state === 'unknown', wrong, times };
}
