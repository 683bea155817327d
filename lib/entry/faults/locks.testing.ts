import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
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
} from '#lib/entry/faults/world.testing';
import type { LiveStore } from '#lib/patch/live-store';
import type { Random } from '#lib/patch/simulation/random.testing';

// Another session is in the way: it holds a row for too long, it makes a deadlock with the patch, the server gives the
// transaction up as not serializable, or has no connection left.

const CASES: readonly ((lane: Lane, scene: Scene, random: Random) => Promise<Ended>)[] = [
  heldTooLong,
  deadlocked,
  notSerializable,
  noConnection,
];

export const locks: Suite = {
  name: 'locks',
  runs: 60,
  lanes: 6,
  open: async () => ({
    run: async (lane, random, seed) => {
      const scene = await setScene(lane.admin, lane, random, `locks ${seed} ${lane.table}`);
      const run = CASES[seed % CASES.length] ?? heldTooLong;
      return run(lane, scene, random);
    },
    close: async () => undefined,
  }),
};

/** A row of the patch that is there before it, the first or the last in the order of keys. */
function rowOf({ patch }: Scene, at: 'first' | 'last', spec: Scene['spec']): string | null {
  const there = spec.rows.filter(({ op }) => op !== 'insert').map(({ key }) => key[0] ?? '');
  if (patch.header.counts.inserts + there.length < 2) return null;
  return there.at(at === 'first' ? 0 : -1) ?? null;
}

async function session(url: string): Promise<pg.Client> {
  const client = new pg.Client({ connectionString: url, application_name: 'nightly job' });
  client.on('error', () => undefined);
  await client.connect();
  return client;
}

const answered = (work: Promise<string>): Promise<{ answer: string; words: string }> =>
  work.then(
    (answer) => ({ answer, words: '' }),
    (error: unknown) => {
      if (error instanceof Failure) return { answer: error.code, words: error.message };
      throw error;
    },
  );

/** What must hold when nobody is in the way any more: the patch goes in, once. */
async function thenApplied({ admin, store }: Lane, scene: Scene, isThere: boolean): Promise<string[]> {
  const wrong: string[] = [];
  const next = await store.apply(scene.patch, BY);
  if (next.startsWith('already') !== isThere) wrong.push(`there ${isThere}, then ${next}`);
  wrong.push(...brokenRules(scene, await readTruth(admin, scene), 'after'));
  wrong.push(...(await leftOfPatch(admin, scene.patch.header.seal)));
  return wrong;
}

const quick = (lane: Lane, lockMs: number): LiveStore => storeAt(lane.url, lane.table, { ...SHORT, lockMs });

/** Until the patch's session waits for a lock. */
async function waits({ admin }: Lane, { patch }: Scene): Promise<void> {
  const waiting = `select from pg_stat_activity where wait_event_type = 'Lock'
     and application_name like 'recount:${patch.header.seal.slice(0, 12)}%'`;
  const startedMs = performance.now();
  while ((await admin.rows(waiting)).length === 0 && performance.now() - startedMs < 10_000) await sleep(5);
}

/** Longer than the limit: rolled back, with who holds it in words. */
async function heldTooLong(lane: Lane, scene: Scene): Promise<Ended> {
  const id = rowOf(scene, 'last', scene.spec) ?? '1';
  const other = await session(lane.url);
  await other.query('begin');
  await other.query(`select from public.${lane.table} where id = ${id} for update`);
  // who holds it is asked on a second session, which takes its time on a busy machine
  const { answer, words } = await answered(quick(lane, 2_000).apply(scene.patch, BY));
  const wrong = brokenRules(
    scene,
    await readTruth(lane.admin, scene),
    answer === 'applied' ? 'after' : 'before',
  );
  const isTouched = scene.spec.rows.some(({ op, key }) => op !== 'insert' && key[0] === id);
  if (isTouched && (answer !== 'live.locked' || !words.includes('nightly job')))
    wrong.push(`answered ${answer}: ${words}`);
  await other.query('rollback');
  await other.end();
  wrong.push(...(await thenApplied(lane, scene, answer === 'applied')));
  return { fault: 'a row is held for longer than the limit', applied: answer === 'applied', wrong };
}

/** The other session has the last row and wants the first: one of the two is ended by the server. */
async function deadlocked(lane: Lane, scene: Scene, random: Random): Promise<Ended> {
  const [first, last] = [rowOf(scene, 'first', scene.spec), rowOf(scene, 'last', scene.spec)];
  const other = await session(lane.url);
  await other.query('begin');
  await other.query(`update public.${lane.table} set kept = kept where id = ${last ?? '1'}`);
  await other.query(`set local deadlock_timeout = '${random.chance(0.5) ? 50 : 5_000}ms'`);
  const applying = answered(quick(lane, 20_000).apply(scene.patch, BY));
  await waits(lane, scene);
  const isVictim = await other
    .query(`update public.${lane.table} set kept = kept where id = ${first ?? '1'}`)
    .then(
      () => false,
      () => true,
    );
  // rolled back, so that the trigger's count is that of the patch alone
  await other.query('rollback').catch(() => undefined);
  await other.end();
  const { answer } = await applying;
  const wrong = brokenRules(
    scene,
    await readTruth(lane.admin, scene),
    answer === 'applied' ? 'after' : 'before',
  );
  if (answer !== 'applied') wrong.push(`answered ${answer}`);
  wrong.push(...(await thenApplied(lane, scene, answer === 'applied')));
  return {
    fault: `deadlock with another session${isVictim ? ', which was ended' : ''}`,
    applied: answer === 'applied',
    wrong,
  };
}

/** The server gives the transaction up once or twice; a sequence counts, since a rollback does not put it back. */
async function notSerializable(lane: Lane, scene: Scene, random: Random): Promise<Ended> {
  const { admin, table } = lane;
  const times = 1 + random.below(2);
  await admin.rows(
    `create sequence public.${table}_tries;
     create function public.${table}_give_up() returns trigger language plpgsql as
       'begin if nextval(''public.${table}_tries'') <= ${times} then
          raise exception ''could not serialize access'' using errcode = ''40001''; end if; return null; end';
     create trigger give_up after insert or update or delete on public.${table}
       for each statement execute function public.${table}_give_up()`,
  );
  const { answer } = await answered(quick(lane, 5_000).apply(scene.patch, BY));
  const wrong = brokenRules(scene, await readTruth(admin, scene), answer === 'applied' ? 'after' : 'before');
  if (answer !== 'applied') wrong.push(`answered ${answer}`);
  await admin.rows(
    `drop trigger give_up on public.${table}; drop function public.${table}_give_up(); drop sequence public.${table}_tries`,
  );
  wrong.push(...(await thenApplied(lane, scene, answer === 'applied')));
  return { fault: 'not serializable (40001), once or twice', times, applied: answer === 'applied', wrong };
}

/** The role has no connection left: nothing is written, and that is what is said. */
async function noConnection(lane: Lane, scene: Scene): Promise<Ended> {
  const { admin, table } = lane;
  const role = `one_${table}`;
  await admin.rows(
    `create role ${role} login connection limit 1;
     grant select, insert, update, delete on public.${table} to ${role};
     grant insert on public.${table}_seen to ${role};
     grant usage on schema recount to ${role}; grant select, insert on all tables in schema recount to ${role}`,
  );
  const url = new URL(lane.url);
  url.username = role;
  const other = await session(url.href);
  const store = storeAt(url.href, table, SHORT);
  const { answer, words } = await answered(store.apply(scene.patch, BY));
  const wrong = brokenRules(scene, await readTruth(admin, scene), 'before');
  if (!/^live\./.test(answer) || !/connection/.test(words)) wrong.push(`answered ${answer}: ${words}`);
  await other.end();
  const next = await store.apply(scene.patch, BY);
  if (next !== 'applied') wrong.push(`then ${next}`);
  wrong.push(...brokenRules(scene, await readTruth(admin, scene), 'after'));
  await admin.rows(`drop owned by ${role}; drop role ${role}`);
  return { fault: 'the live store has no connection left', applied: false, wrong };
}
