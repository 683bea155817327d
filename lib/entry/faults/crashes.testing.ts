import { setTimeout as sleep } from 'node:timers/promises';
import { Failure } from '#lib/base/failure';
import { leftOfPatch } from '#lib/entry/faults/leftovers.testing';
import { type Server, startServer } from '#lib/entry/faults/server.testing';
import { type Lane, openLane, type Suite } from '#lib/entry/faults/suite.testing';
import type { Ended } from '#lib/entry/faults/tally.testing';
import { Admin, BY, brokenRules, readTruth, type Scene, setScene } from '#lib/entry/faults/world.testing';
import type { ApplyOptions } from '#lib/patch/live-store';
import type { ApplyStep } from '#lib/patch/patch';
import type { Random } from '#lib/patch/simulation/random.testing';

// The live store's whole server is killed (kill -9 of every process) while patches are written, and started again.

const PATCHES = 4;
const STEPS: readonly ApplyStep[] = ['lock', 'write', 'read_back', 'record', 'commit'];

/** A server of its own: the others go on. */
export const crashes: Suite = {
  name: 'crashes',
  runs: 30,
  lanes: 1,
  open: async () => {
    // a commit that was answered must outlive the server also where the role is set to lose it
    const server = await startServer({ settings: { synchronous_commit: 'off', wal_writer_delay: '10s' } });
    let admin = new Admin(server.url);
    let lanes = await lanesOf(server, admin);
    return {
      run: async (_lane, random, seed) => {
        try {
          return await crashOnce(server, lanes, random, seed);
        } catch (error) {
          await admin.close();
          admin = new Admin(server.url);
          lanes = await lanesOf(server, admin);
          throw error;
        }
      },
      close: async () => {
        await admin.close();
        await server.stop();
      },
    };
  },
};

const lanesOf = (server: Server, admin: Admin): Promise<Lane[]> =>
  Promise.all(Array.from({ length: PATCHES }, () => openLane(server.url, admin)));

/** One crash, with several patches under way. The crash comes at a step of the first, or at any time. */
async function crashOnce(
  server: Server,
  lanes: readonly Lane[],
  random: Random,
  seed: number,
): Promise<Ended[]> {
  const step = random.chance(0.6) ? STEPS[random.below(STEPS.length)] : undefined;
  const afterMs = random.below(step === undefined ? 300 : 4);
  const scenes: Scene[] = [];
  for (const lane of lanes)
    scenes.push(await setScene(lane.admin, lane, random, `crash ${seed} ${lane.table}`));
  let down: Promise<void> | null = null;
  const crash = (): void => {
    down ??= sleep(afterMs).then(() => server.crash());
  };
  const optionsOf = (at: number): ApplyOptions => ({
    ...BY,
    onProgress: (progress) => {
      if (at === 0 && progress.step === step) crash();
    },
  });
  if (step === undefined) crash();
  const answers = lanes.map(({ store }, at) => {
    const scene = scenes[at];
    if (scene === undefined) throw new Error('a lane without a scene');
    return store.apply(scene.patch, optionsOf(at)).catch((error: unknown) => {
      if (error instanceof Failure) return error.code;
      throw error;
    });
  });
  await Promise.race([Promise.all(answers), sleep(2_000)]);
  crash();
  await down;
  await server.start();
  const ended: Ended[] = [];
  for (const [at, lane] of lanes.entries()) {
    const scene = scenes[at];
    if (scene === undefined) continue;
    const wrong: string[] = [];
    const answer = await answers[at];
    const said = await lane.store.settle(scene.patch.header);
    const isThere = said === 'applied';
    wrong.push(...brokenRules(scene, await readTruth(lane.admin, scene), isThere ? 'after' : 'before'));
    if (answer === 'applied' && !isThere) wrong.push(`answered ${answer}, settled as ${said}`);
    if (answer !== 'applied' && answer !== 'patch.unknown' && isThere)
      wrong.push(`answered ${answer}, settled as ${said}`);
    const next = await lane.store.apply(scene.patch, BY);
    if (next.startsWith('already') !== isThere) wrong.push(`settled as ${said}, then ${next}`);
    wrong.push(...brokenRules(scene, await readTruth(lane.admin, scene), 'after'));
    wrong.push(...(await leftOfPatch(lane.admin, scene.patch.header.seal)));
    ended.push({
      fault: `live store killed, ${step === undefined ? 'at any time' : `at ${step}`}`,
      applied: isThere,
      unknown: answer === 'patch.unknown',
      wrong,
      times: at === 0 ? 1 : 0,
    });
  }
  return ended;
}
