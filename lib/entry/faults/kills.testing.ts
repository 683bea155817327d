import { Failure } from '#lib/base/failure';
import { leftOfPatch } from '#lib/entry/faults/leftovers.testing';
import type { Lane, Suite } from '#lib/entry/faults/suite.testing';
import type { Ended } from '#lib/entry/faults/tally.testing';
import type { Order } from '#lib/entry/faults/victim.testing';
import { Victims } from '#lib/entry/faults/victims.testing';
import type { Moment } from '#lib/entry/faults/watch.testing';
import {
  BY,
  brokenRules,
  readTruth,
  type Scene,
  setScene,
  undoHeader,
} from '#lib/entry/faults/world.testing';
import type { Random } from '#lib/patch/simulation/random.testing';

// Processes that are killed while they write a patch, put one back, or rehearse one.

const step = (name: Extract<Moment, { kind: 'step' }>['step'], nth = 1): Moment => ({
  kind: 'step',
  step: name,
  nth,
});

/** The moments of an apply, in their order, and those that chance picks. */
const MOMENTS: Readonly<Record<string, (random: Random) => Moment>> = {
  'at begin': () => step('check'),
  'ledger filed': () => step('lock'),
  'rows locked': () => step('write'),
  'rows written': () => step('read_back'),
  'read back': () => step('record'),
  'pre-images recorded': () => step('record', 2),
  'constraints checked': () => step('commit'),
  'before COMMIT': () => ({ kind: 'before_commit' }),
  'COMMIT sent': () => ({ kind: 'commit_sent', afterUs: 0 }),
  'COMMIT on its way': (random) => ({ kind: 'commit_sent', afterUs: 1 + random.below(4_000) }),
  'after COMMIT': () => step('commit', 2),
  'before any message': (random) => ({ kind: 'message', n: 2 + random.below(32), when: 'before' }),
  'after any message': (random) => ({ kind: 'message', n: 2 + random.below(32), when: 'after' }),
  'any millisecond': (random) => ({ kind: 'ms', ms: random.next() * 600 }),
};
const NAMES = Object.keys(MOMENTS);
const VERBS = ['apply', 'apply', 'apply', 'undo', 'undo', 'rehearse'] as const;

export const kills: Suite = {
  name: 'kills',
  runs: 400,
  lanes: 6,
  open: async () => {
    const victims = new Victims(8, 'victim');
    return {
      run: (lane, random, seed) => killOnce(victims, lane, random, seed),
      close: () => victims.close(),
    };
  },
};

/** Workers that are held at a moment, taken for dead, and go on when another one has done their work. */
export const zombies: Suite = {
  name: 'zombies',
  runs: 40,
  lanes: 16,
  open: async () => {
    const victims = new Victims(4, 'victim');
    return {
      run: (lane, random, seed) => freezeOnce(victims, lane, random, seed),
      close: () => victims.close(),
    };
  },
};

const HELD = NAMES.filter((name) => name !== 'any millisecond');

async function freezeOnce(victims: Victims, lane: Lane, random: Random, seed: number): Promise<Ended> {
  const verb = random.chance(0.3) ? 'undo' : 'apply';
  const name = HELD[random.below(HELD.length)] ?? 'at begin';
  const scene = await setScene(lane.admin, lane, random, `zombie ${seed} ${lane.table}`);
  const { live, spec, table } = scene;
  if (verb === 'undo') await lane.store.apply(scene.patch, BY);
  const order: Order = {
    verb,
    url: lane.url,
    table,
    live,
    spec,
    moment: MOMENTS[name]?.(random) ?? step('check'),
  };
  const held = await victims.freeze(order);
  const end = await settleKilled(lane, scene, verb, []);
  const { answer } = await held.goOn();
  const wrong = [...end.wrong];
  wrong.push(...brokenRules(scene, await readTruth(lane.admin, scene), verb === 'undo' ? 'undone' : 'after'));
  // `unreachable` says that its own session wrote nothing
  if (answer !== null && !/^(already_)?(applied|undone)$|^live\.unreachable$/.test(answer))
    wrong.push(`the held one answered ${answer}`);
  wrong.push(...(await leftOfPatch(lane.admin, scene.patch.header.seal)));
  return { fault: `${verb} held ${name}, and gone on later`, ...end, wrong };
}

async function killOnce(victims: Victims, lane: Lane, random: Random, seed: number): Promise<Ended> {
  const verb = VERBS[random.below(VERBS.length)] ?? 'apply';
  const moments = verb === 'rehearse' ? NAMES.filter((name) => !/COMMIT/.test(name)) : NAMES;
  const name = moments[random.below(moments.length)] ?? 'at begin';
  const moment = MOMENTS[name]?.(random) ?? step('check');
  const scene = await setScene(lane.admin, lane, random, `kill ${seed} ${lane.table}`);
  const fault = `${verb} killed, ${name}`;
  const { live, spec, table } = scene;
  const order: Order = { verb, url: lane.url, table, live, spec, moment };
  if (verb === 'undo') await lane.store.apply(scene.patch, BY);
  // sometimes its successor is killed as well, or two are at it at once
  const second = random.chance(0.15)
    ? (MOMENTS[NAMES[random.below(NAMES.length)] ?? ''] ?? MOMENTS['at begin'])
    : null;
  const together = random.chance(0.5);
  const orders = [order, ...(second ? [{ ...order, moment: second(random) }] : [])];
  const answers: (string | null)[] = [];
  if (together)
    answers.push(...(await Promise.all(orders.map(async (one) => (await victims.kill(one)).answer))));
  else for (const one of orders) answers.push((await victims.kill(one)).answer);
  const end = await settleKilled(lane, scene, verb, answers);
  const wrong = [...end.wrong, ...(await leftOfPatch(lane.admin, scene.patch.header.seal))];
  return { fault, times: orders.length, ...end, wrong };
}

/** What every killed attempt must come to: an answer that is true, and the patch there once after the next call. */
async function settleKilled(
  { admin, store }: Lane,
  scene: Scene,
  verb: Order['verb'],
  answers: readonly (string | null)[],
): Promise<Omit<Ended, 'fault'>> {
  const { patch } = scene;
  const wrong: string[] = [];
  const told = answers.find((answer) => answer !== null) ?? null;
  const header = verb === 'undo' ? undoHeader(patch.header) : patch.header;
  let unknown = false;
  let said: 'applied' | 'not_applied' | null = null;
  while (said === null) {
    try {
      said = await store.settle(header);
    } catch (error) {
      if (!(error instanceof Failure) || error.code !== 'patch.unknown') throw error;
      unknown = true;
    }
  }
  const was = verb === 'undo' ? 'after' : 'before';
  const is = verb === 'undo' ? 'undone' : 'after';
  wrong.push(...brokenRules(scene, await readTruth(admin, scene), said === 'applied' ? is : was));
  if (verb === 'rehearse' && said === 'applied') wrong.push('a rehearsal wrote');
  if (/^(applied|undone)$/.test(told ?? '') && said !== 'applied')
    wrong.push(`it was told ${told}, and settled as ${said}`);
  const next = verb === 'undo' ? await store.undo(patch, BY) : await store.apply(patch, BY);
  if (next.startsWith('already') !== (said === 'applied')) wrong.push(`settled as ${said}, then ${next}`);
  wrong.push(...brokenRules(scene, await readTruth(admin, scene), is));
  return { applied: said === 'applied', unknown, wrong };
}
