import { existsSync, readdirSync } from 'node:fs';
import { z } from 'zod';
import { auditOf, image, type Started, start } from '#lib/entry/faults/job-scenes.testing';
import type { JobOrder } from '#lib/entry/faults/job-victim.testing';
import { leftOfWorkers } from '#lib/entry/faults/leftovers.testing';
import type { Suite } from '#lib/entry/faults/suite.testing';
import type { Ended } from '#lib/entry/faults/tally.testing';
import { Victims } from '#lib/entry/faults/victims.testing';
import type { Moment } from '#lib/entry/faults/watch.testing';
import { Admin, storeAt } from '#lib/entry/faults/world.testing';
import type { Random } from '#lib/patch/simulation/random.testing';
import { startPreview } from '#lib/recovery/incidents/start-preview';
import { doJob } from '#lib/recovery/patches/patches.testing';
import { runFolder } from '#lib/recovery/setup/places';
import { openTestContext, type TestContext } from '#lib/recovery/setup/testing';

// The worker is killed in a job that only reads the live store: a preview (staging, replay, compare) or a comparison of what
// was written. Done again, it must find the same as one that nobody killed.

type World = {
  readonly test: TestContext;
  readonly admin: Admin;
  readonly victims: Victims;
  /** A patch that is not written yet, with the seal of a preview that nobody killed. */
  readonly previewed: Started;
  readonly verified: Started;
};

export const reads: Suite = {
  name: 'reads',
  runs: 30,
  lanes: 1,
  open: async () => {
    const test = await openTestContext();
    const admin = new Admin(test.url);
    await storeAt(test.url, 'none').createLedger();
    const previewed = await start(test, admin, 'rehearse');
    const verified = await start(test, admin, 'apply');
    await doJob(test, 'apply', verified.id);
    const victims = new Victims(3, 'job-victim', {
      ...process.env,
      DATABASE_URL: test.url,
      RECOUNT_DATA_DIR: test.context.env.dataDir,
      RECOUNT_ARCHIVE_ROOTS: `files=${test.root}`,
      RECOUNT_MEMORY_LIMIT: '512MB',
      RECOUNT_THREADS: '1',
    });
    const world = { test, admin, victims, previewed, verified };
    return {
      run: async (_lane, random) => {
        const ended = await (random.chance(0.6) ? killPreview : killVerify)(world, random);
        return { ...ended, wrong: [...ended.wrong, ...(await leftOfWorkers(test, admin))] };
      },
      close: async () => {
        await victims.close();
        await admin.close();
        await test.close();
      },
    };
  },
};

const momentOf = (random: Random, messages: number): Moment =>
  random.chance(0.5)
    ? { kind: 'ms', ms: random.next() * 4_000 }
    : { kind: 'message', n: 1 + random.below(messages), when: random.chance(0.5) ? 'before' : 'after' };

const Summary = z.object({ patch: z.object({ seal: z.string() }) });

async function killPreview({ test, admin, victims, previewed }: World, random: Random): Promise<Ended> {
  const { store, env } = test.context;
  const { incidentId } = await store.patch.findUniqueOrThrow({ where: { id: previewed.id } });
  const { id } = await startPreview(test.context, { ref: incidentId });
  const order: JobOrder = { kind: 'preview', id, moment: momentOf(random, 60) };
  await victims.kill(order);
  const wrong: string[] = [];
  const killed = await store.run.findUniqueOrThrow({ where: { id } });
  const wasDone = killed.state === 'done';
  if (!/^(queued|running|done)$/.test(killed.state)) wrong.push(`killed, and recorded as ${killed.state}`);
  if (!wasDone) await doJob(test, 'preview', id);
  const run = await store.run.findUniqueOrThrow({ where: { id } });
  const seal = Summary.safeParse(run.summary).data?.patch.seal;
  if (run.state !== 'done') wrong.push(`ended as ${run.state}: ${JSON.stringify(run.error)}`);
  else if (seal !== previewed.seal) wrong.push(`another seal than a preview that nobody killed: ${seal}`);
  const files = existsSync(runFolder(env, id)) ? readdirSync(runFolder(env, id)) : [];
  if (!files.includes('patch.json')) wrong.push(`its folder holds ${files.join(', ')}`);
  if ((await image(admin, previewed.target)) !== previewed.before) wrong.push('a preview wrote');
  // the plan's newest preview is the one that a patch may be of
  await store.$executeRaw`update patch set run_id = ${id}::uuid where id = ${previewed.id}::uuid`;
  return { fault: 'preview killed, done again', applied: wasDone, wrong };
}

async function killVerify({ test, admin, victims, verified }: World, random: Random): Promise<Ended> {
  const { store } = test.context;
  const { id, target } = verified;
  await store.$executeRaw`update patch set state = 'applied', verified_at = null where id = ${id}::uuid`;
  const written = await image(admin, target);
  const order: JobOrder = { kind: 'verify', id, moment: momentOf(random, 40) };
  await victims.kill(order);
  const { state: killed } = await store.patch.findUniqueOrThrow({ where: { id } });
  await doJob(test, 'verify', id);
  const { state, alarm } = await store.patch.findUniqueOrThrow({ where: { id } });
  const wrong: string[] = [];
  if (!/^(applied|verified)$/.test(killed)) wrong.push(`killed, and recorded as ${killed}`);
  if (state !== 'verified' || alarm !== null) wrong.push(`ended as ${state}, ${JSON.stringify(alarm)}`);
  if ((await image(admin, target)) !== written) wrong.push('a comparison wrote');
  const audited = await auditOf(test, id);
  if (audited !== 1) wrong.push(`${audited} lines in the audit say that it was applied`);
  return { fault: 'comparison killed, done again', applied: killed === 'verified', wrong };
}
