import { setTimeout as sleep } from 'node:timers/promises';
import { type Backup, baseBackup, databaseCopy, dump } from '#lib/entry/faults/backups.testing';
import { auditOf, image, notEnded, reset, type Started, start } from '#lib/entry/faults/job-scenes.testing';
import { chainFaults } from '#lib/entry/faults/leftovers.testing';
import { type Server, startServer } from '#lib/entry/faults/server.testing';
import type { Suite } from '#lib/entry/faults/suite.testing';
import type { Ended } from '#lib/entry/faults/tally.testing';
import { Admin, storeAt } from '#lib/entry/faults/world.testing';
import { reconcileJobs } from '#lib/recovery/jobs/jobs-reconcile';
import { checkLedgers } from '#lib/recovery/jobs/ledger-check';
import { applyPatch } from '#lib/recovery/patches/apply-patch';
import { approvePatch } from '#lib/recovery/patches/approve-patch';
import { doJob, previewAgain } from '#lib/recovery/patches/patches.testing';
import { proposePatch } from '#lib/recovery/patches/propose-patch';
import { openTestContext, type TestContext } from '#lib/recovery/setup/testing';

// The live store, or the records, are put back to a backup that was made before a patch or an undo was written. Recount must
// say so, and write nothing by itself.

const DATABASE = 'live';

type World = {
  /** Its `url` is the live store's; the records are on a server of their own. */
  readonly test: TestContext;
  readonly admin: Admin;
  readonly live: Server;
  readonly records: Server;
};

export const restores: Suite = {
  name: 'restores',
  runs: 9,
  lanes: 1,
  open: async () => {
    const live = await startServer();
    const records = await startServer();
    const first = new Admin(live.url);
    await first.rows(`create database ${DATABASE}`);
    await first.close();
    const url = new URL(live.url);
    url.pathname = `/${DATABASE}`;
    const test = await openTestContext(records.url);
    await storeAt(url.href, 'none').createLedger();
    const world = { test: { ...test, url: url.href }, admin: new Admin(url.href), live, records };
    return {
      run: async (_lane, _random, seed) => CASES[seed % CASES.length]?.(world) ?? [],
      close: async () => {
        await world.admin.close();
        await test.close();
        await live.stop();
        await records.stop();
      },
    };
  },
};

const CASES: readonly ((world: World) => Promise<Ended | readonly Ended[]>)[] = [
  (world) => liveStoreRestored(world, 'base backup', 'apply'),
  (world) => recordsRestored(world, 'apply'),
  (world) => liveStoreRestored(world, 'copy of the database', 'undo'),
  (world) => recordsRestored(world, 'undo'),
  (world) => liveStoreRestored(world, 'dump', 'apply'),
  (world) => liveStoreRestored(world, 'base backup', 'undo'),
  (world) => recordsRestored(world, 'proposed'),
  (world) => liveStoreRestored(world, 'copy of the database', 'apply'),
  (world) => liveStoreRestored(world, 'dump', 'undo'),
];

type Way = 'base backup' | 'copy of the database' | 'dump';

const backUp = ({ live }: World, way: Way): Promise<Backup | null> =>
  way === 'base backup'
    ? baseBackup(live, 'backup')
    : way === 'dump'
      ? dump(live, DATABASE)
      : databaseCopy(live, DATABASE);

/** Connections of pools that a restore has cut are opened anew. */
async function awake({ test, admin }: World): Promise<void> {
  for (let calm = 0; calm < 10; ) {
    const isThere = await Promise.all([
      admin.rows('select 1'),
      test.context.store.patch.count(),
      test.context.jobs.isPending('apply', '00000000-0000-0000-0000-000000000000'),
    ]).then(
      () => true,
      () => false,
    );
    calm = isThere ? calm + 1 : 0;
    await sleep(20);
  }
}

async function written(world: World, started: Started): Promise<number> {
  const { test } = world;
  const told = await auditOf(test, started.id);
  await doJob(test, 'apply', started.id);
  await doJob(test, 'verify', started.id);
  return told;
}

const stateOf = async ({ test }: World, id: string): Promise<string> =>
  (await test.context.store.patch.findUniqueOrThrow({ where: { id } })).state;

/** The live store does not have any more what the record says: told as lost, once, and not written again by itself. */
async function liveStoreRestored(
  world: World,
  way: Way,
  work: 'apply' | 'undo',
): Promise<Ended | readonly Ended[]> {
  const { test, admin } = world;
  const started = await start(test, admin, work);
  await reset(test, admin, started);
  const backup = await backUp(world, way);
  if (backup === null) return [];
  await awake(world);
  const told = await written(world, started);
  const wrong = await notEnded(test, admin, started, (await auditOf(test, started.id)) - told);
  await backup.restore();
  await awake(world);
  if ((await image(admin, started.target)) !== started.before)
    wrong.push('the restore did not put the rows back');
  await checkLedgers(test.context, true);
  await checkLedgers(test.context, true);
  await reconcileJobs(test.context);
  if ((await stateOf(world, started.id)) !== 'lost')
    wrong.push(`after it: ${await stateOf(world, started.id)}`);
  const lost = { subject: `patch ${started.id}`, action: 'patch.lost' };
  const alarms = await test.context.store.audit.count({ where: lost });
  if (alarms !== 1) wrong.push(`told ${alarms} times`);
  // whatever comes to it late, of the queue or by hand, writes nothing
  await doJob(test, 'apply', started.id);
  await doJob(test, 'verify', started.id);
  if ((await image(admin, started.target)) !== started.before) wrong.push('it was written again by itself');
  wrong.push(...(await chainFaults(test)));
  wrong.push(...(work === 'apply' ? await writtenAnew(world, started) : await standsAgain(world, started)));
  return { fault: `live store put back to a ${way} before the ${work}`, applied: false, wrong };
}

/** A patch that was lost is previewed anew, approved, and written once. */
async function writtenAnew(world: World, { id, target }: Started): Promise<string[]> {
  const { test, admin } = world;
  const { context } = test;
  const { incidentId } = await context.store.patch.findUniqueOrThrow({ where: { id } });
  const runId = await previewAgain(test, incidentId);
  const patch = await proposePatch(context, { id: runId });
  await approvePatch(context, { id: patch.id, seal: patch.seal, reason: 'the live store was restored' });
  await applyPatch(context, { id: patch.id, seal: patch.seal, confirm: target });
  await doJob(test, 'apply', patch.id);
  await doJob(test, 'verify', patch.id);
  await checkLedgers(context, true);
  const anew: Started = { work: 'apply', id: patch.id, seal: patch.seal, undone: null, target, before: '' };
  return notEnded(test, admin, anew, await auditOf(test, patch.id));
}

/** An undo that was lost: the patch that it put back stands again. */
async function standsAgain(world: World, { undone }: Started): Promise<string[]> {
  const state = undone === null ? '' : await stateOf(world, undone.id);
  return /^(applied|verified)$/.test(state)
    ? []
    : [`the patch that the undo put back is recorded as ${state}`];
}

/** The records do not know any more what the live store has: found in its ledger, and not written again. */
async function recordsRestored(world: World, point: 'apply' | 'undo' | 'proposed'): Promise<Ended> {
  const { test, admin, records } = world;
  const { store } = test.context;
  const started = await start(test, admin, point === 'undo' ? 'undo' : 'apply');
  await reset(test, admin, started);
  if (point === 'proposed') {
    await store.approval.updateMany({
      where: { patchId: started.id },
      data: { voidedAt: new Date(), voidedBecause: 'not yet approved' },
    });
    await store.$executeRaw`update patch set state = 'proposed' where id = ${started.id}::uuid`;
  }
  const backup = await baseBackup(records, 'backup');
  if (point === 'proposed') {
    const { id, seal, target } = started;
    await approvePatch(test.context, { id, seal, reason: 'checked' });
    await applyPatch(test.context, { id, seal, confirm: target });
  }
  const wrong: string[] = [];
  const told = await written(world, started);
  wrong.push(...(await notEnded(test, admin, started, (await auditOf(test, started.id)) - told)));
  await backup.restore();
  await awake(world);
  const state = await stateOf(world, started.id);
  if (state !== (point === 'proposed' ? 'proposed' : 'applying')) wrong.push(`restored as ${state}`);
  await checkLedgers(test.context, true);
  // what the restored queue still has is given to a worker, and so is what waits without a job
  await reconcileJobs(test.context);
  await doJob(test, 'apply', started.id);
  await doJob(test, 'verify', started.id);
  await checkLedgers(test.context, true);
  const lines = await store.audit.count({
    where: { subject: `patch ${started.id}`, action: { in: ['patch.applied', 'patch.found'] } },
  });
  wrong.push(...(await notEnded(test, admin, started, lines)), ...(await chainFaults(test)));
  return {
    fault: `records put back to a base backup before the ${point === 'proposed' ? 'approval' : point}`,
    applied: true,
    wrong,
  };
}
