import { type Cut, type CutOptions, startCommitProxy } from '#lib/adapters/live/postgres/commit-proxy';
import type { Limits } from '#lib/adapters/live/postgres/limits';
import { Failure } from '#lib/base/failure';
import { leftOfPatch } from '#lib/entry/faults/leftovers.testing';
import type { Lane, Suite } from '#lib/entry/faults/suite.testing';
import type { Ended } from '#lib/entry/faults/tally.testing';
import {
  BY,
  brokenRules,
  readTruth,
  type Scene,
  SHORT,
  setScene,
  storeAt,
  undoHeader,
} from '#lib/entry/faults/world.testing';
import type { Random } from '#lib/patch/simulation/random.testing';

// Connections that are cut around COMMIT, by a proxy between the product and a real server.

const CUTS: Readonly<Record<string, (random: Random) => { cut: Cut } & CutOptions>> = {
  'before it arrives': () => ({ cut: 'before' }),
  'its answer is lost': () => ({ cut: 'after' }),
  'right as it arrives': (random) => ({ cut: 'race', lateMs: random.below(4) }),
  'it arrives 0 to 60 ms late': (random) => ({ cut: 'late', lateMs: random.below(61) }),
  'it arrives 0 to 700 ms late': (random) => ({ cut: 'late', lateMs: random.below(701) }),
  'it never arrives, the session stays': () => ({ cut: 'swallow' }),
};
const NAMES = Object.keys(CUTS);

export const cuts: Suite = {
  name: 'cuts',
  runs: 400,
  lanes: 20,
  open: async () => ({ run: cutOnce, close: async () => undefined }),
};

async function cutOnce(lane: Lane, random: Random, seed: number): Promise<Ended> {
  const name = NAMES[random.below(NAMES.length)] ?? '';
  const { cut, ...options } = CUTS[name]?.(random) ?? { cut: 'before' };
  const verb = random.chance(0.3) ? 'undo' : 'apply';
  const scene = await setScene(lane.admin, lane, random, `cut ${seed} ${lane.table}`);
  if (verb === 'undo') await lane.store.apply(scene.patch, BY);
  const times = random.chance(0.25) ? 2 + random.below(3) : 1;
  const shutMs = random.chance(0.25) ? random.below(1_500) : 0;
  const limits: Partial<Limits> = {
    ...SHORT,
    idleMs: random.chance(0.2) ? 12_000 : 2_000,
    // now and then nobody settles it in time, and it stays unknown
    settleMs: random.chance(0.2) ? 50 : 60_000,
  };
  const url = new URL(lane.url);
  const proxy = await startCommitProxy(Number(url.port), cut, { ...options, times, shutMs });
  url.port = String(proxy.port);
  try {
    const through = storeAt(url.href, lane.table, limits);
    const answer = await (verb === 'undo'
      ? through.undo(scene.patch, BY)
      : through.apply(scene.patch, BY)
    ).catch((error: unknown) => {
      if (error instanceof Failure) return error.code;
      throw error;
    });
    const cutTimes = Math.min(times, proxy.commits());
    return {
      fault: `${verb}, COMMIT cut: ${name}`,
      times: cutTimes,
      ...(await settleCut(lane, scene, verb, answer)),
    };
  } finally {
    await proxy.close();
  }
}

/** Answers that say: nothing was written. */
const NOTHING = ['live.unreachable', 'live.locked'];

async function settleCut(
  { admin, store }: Lane,
  scene: Scene,
  verb: 'apply' | 'undo',
  answer: string,
): Promise<Omit<Ended, 'fault'>> {
  const { patch } = scene;
  const [was, is] = verb === 'undo' ? (['after', 'undone'] as const) : (['before', 'after'] as const);
  const wrong: string[] = [];
  const said = await store.settle(verb === 'undo' ? undoHeader(patch.header) : patch.header);
  const isThere = said === 'applied';
  wrong.push(...brokenRules(scene, await readTruth(admin, scene), isThere ? is : was));
  if (answer === 'applied' || answer === 'undone') {
    if (!isThere) wrong.push(`answered ${answer}, settled as ${said}`);
  } else if (NOTHING.includes(answer)) {
    if (isThere) wrong.push(`answered ${answer}, settled as ${said}`);
  } else if (answer !== 'patch.unknown') wrong.push(`answered ${answer}`);
  const [first] = await admin.rows(
    `select outcome from recount.patch_ledger where seal = '${patch.header.seal}'
      and kind = '${verb === 'undo' ? 'undo' : 'patch'}' order by attempt limit 1`,
  );
  const next = verb === 'undo' ? await store.undo(patch, BY) : await store.apply(patch, BY);
  if (next.startsWith('already') !== isThere) wrong.push(`settled as ${said}, then ${next}`);
  wrong.push(...brokenRules(scene, await readTruth(admin, scene), is));
  wrong.push(...(await leftOfPatch(admin, patch.header.seal)));
  return { applied: first?.[0] === 'applied', unknown: answer === 'patch.unknown', wrong };
}
