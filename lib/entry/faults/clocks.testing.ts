import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { pathToFileURL } from 'node:url';
import {
  auditOf,
  image,
  notEnded,
  type Started,
  start,
  type Work,
} from '#lib/entry/faults/job-scenes.testing';
import { leftOfWorkers } from '#lib/entry/faults/leftovers.testing';
import type { Suite } from '#lib/entry/faults/suite.testing';
import type { Ended } from '#lib/entry/faults/tally.testing';
import { type Asked, askAll, begun, hasEnded, killed, startWorker } from '#lib/entry/faults/workers.testing';
import { Admin, storeAt } from '#lib/entry/faults/world.testing';
import type { Random } from '#lib/patch/simulation/random.testing';
import { partPath } from '#lib/recovery/setup/places';
import { openTestContext, type TestContext } from '#lib/recovery/setup/testing';

// Two real workers with clocks of their own: three days ahead, three days behind, or set by three days while they work.
// Leases, schedules and what is swept go by the database's clock, so nothing of it may matter.

const THREE_DAYS_MS = 3 * 24 * 3_600_000;
const CLOCKS: Readonly<Record<string, string>> = {
  'three days ahead': `${THREE_DAYS_MS}`,
  'three days behind': `${-THREE_DAYS_MS}`,
  'jumps ahead': `${THREE_DAYS_MS} after 3000`,
  'jumps back': `${-THREE_DAYS_MS} after 3000`,
};
const NAMES = Object.keys(CLOCKS);
const WORKS: readonly Work[] = ['apply', 'undo', 'rehearse'];
const LIMIT_MS = 120_000;
const FIRST = pathToFileURL(path.join(import.meta.dirname, 'wrong-clock.testing.ts')).href;

export const clocks: Suite = {
  name: 'clocks',
  runs: 4,
  lanes: 1,
  open: async () => {
    const test = await openTestContext();
    const admin = new Admin(test.url);
    await storeAt(test.url, 'none').createLedger();
    const patches: Started[] = [];
    for (const work of WORKS) patches.push(await start(test, admin, work));
    const upload = await halfAnUpload(test);
    return {
      run: (_lane, random, seed) => workWithWrongClocks({ test, admin, patches, upload }, random, seed),
      close: async () => {
        await admin.close();
        await test.close();
      },
    };
  },
};

/** A file on its way, which only a day of silence may take away. */
async function halfAnUpload({ context }: TestContext): Promise<string> {
  const { store, env, actor } = context;
  const archive = await store.archive.create({
    data: { kind: 'upload', name: 'on its way', location: {}, createdBy: actor.id },
  });
  const file = await store.uploadFile.create({
    data: { archiveId: archive.id, path: 'events.csv', declaredBytes: 100, receivedBytes: 5 },
  });
  const part = partPath(env, archive.id, file.id);
  mkdirSync(path.dirname(part), { recursive: true });
  writeFileSync(part, 'id,at');
  return file.id;
}

type World = {
  readonly test: TestContext;
  readonly admin: Admin;
  readonly patches: readonly Started[];
  readonly upload: string;
};

async function workWithWrongClocks(world: World, random: Random, seed: number): Promise<Ended[]> {
  const { test, admin, patches } = world;
  const name = NAMES[seed % NAMES.length] ?? '';
  const asked = await askAll(test, admin, patches);
  const wrongOne = startWorker(test, { RECOUNT_FAULTS_CLOCK: CLOCKS[name] ?? '' }, [FIRST]);
  const otherIsWrong = random.chance(0.5);
  const other = otherIsWrong
    ? startWorker(test, { RECOUNT_FAULTS_CLOCK: CLOCKS[NAMES[random.below(4)] ?? ''] ?? '' }, [FIRST])
    : startWorker(test);
  const kill = random.chance(0.5);
  if (kill) {
    await begun(test, asked);
    await sleep(random.below(4_000));
    await killed(random.chance(0.5) ? wrongOne : other);
  }
  const startedMs = performance.now();
  const wrong = new Map<Asked, string[]>(asked.map((one) => [one, []]));
  for (const one of asked)
    while (!(await hasEnded(test, one))) {
      if (performance.now() - startedMs > LIMIT_MS) {
        wrong.get(one)?.push('it did not end');
        break;
      }
      await sleep(100);
    }
  for (const worker of [wrongOne, other]) if (worker.signalCode === null) await killed(worker);
  const left = await leftOfWorkers(test, admin);
  const ended: Ended[] = [];
  for (const [at, one] of asked.entries()) {
    const audited = (await auditOf(test, one.patch.id)) - one.told;
    ended.push({
      fault: `worker's clock ${name}: ${one.patch.work}`,
      applied: (await image(admin, one.patch.target)) !== one.patch.before,
      wrong: [
        ...(wrong.get(one) ?? []),
        ...(await notEnded(test, admin, one.patch, audited)),
        ...(await wrongTimes(world, one)),
        ...(at === 0 ? left : []),
      ],
      times: at === 0 ? 1 : 0,
    });
  }
  return ended;
}

/** What a wrong clock must not have touched. */
async function wrongTimes({ test, upload }: World, { patch }: Asked): Promise<string[]> {
  const { store } = test.context;
  const wrong: string[] = [];
  if ((await store.uploadFile.count({ where: { id: upload } })) !== 1)
    wrong.push('an upload on its way was swept');
  if (patch.work === 'rehearse') return wrong;
  const [row] = await store.$queryRaw<{ applied: string | null; next: string | null; leases: number }[]>`
    select (abs(extract(epoch from now() - applied_at)) < 600)::text as applied,
           (next_verify_at is null or next_verify_at between now() and now() + interval '25 hours')::text as next,
           (select count(*)::int from job_lease where record_id = patch.id) as leases
      from patch where id = ${patch.id}::uuid`;
  if (row?.applied !== 'true') wrong.push('the time of the apply is not that of the ledger');
  if (row?.next !== 'true') wrong.push('the next comparison is not within a day');
  return wrong;
}
