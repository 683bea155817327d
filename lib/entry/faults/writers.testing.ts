import { randomBytes } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import { type Cut, startCommitProxy } from '#lib/adapters/live/postgres/commit-proxy';
import { Failure } from '#lib/base/failure';
import type { Lane, Suite } from '#lib/entry/faults/suite.testing';
import type { Ended } from '#lib/entry/faults/tally.testing';
import { type Admin, BY, SHORT, storeAt } from '#lib/entry/faults/world.testing';
import { type PatchRowSpec, sealedPatch } from '#lib/patch/conformance/patch-fixture';
import type { LiveStore, LiveTable } from '#lib/patch/live-store';
import type { Random } from '#lib/patch/simulation/random.testing';

// Six other clients write the same rows while patches are applied: no write of theirs is lost, and none is doubled.

const ROWS = 400;
const CLIENTS = 6;
const LONG_MS = Number(process.env.RECOUNT_FAULTS_WRITERS_MS ?? 60_000);
const CUTS: readonly Cut[] = ['before', 'after', 'late', 'race'];

export const writers: Suite = {
  name: 'writers',
  runs: 2,
  lanes: 1,
  open: async () => ({
    run: (lane, random, seed) => (seed % 2 === 0 ? guarded(lane, random) : running(lane, random)),
    close: async () => undefined,
  }),
};

type Table = { readonly name: string; readonly live: LiveTable; readonly store: LiveStore };

/** A table whose every change is kept: who, which row, from which value to which. */
async function historyTable(url: string, admin: Admin): Promise<Table> {
  const name = `w_${randomBytes(5).toString('hex')}`;
  await admin.rows(
    `create table public.${name} (id bigint primary key, n bigint not null);
     insert into public.${name} select i, 1000 from generate_series(1, ${ROWS}) i;
     create table public.${name}_seen (seq bigserial, who text, id bigint, was bigint, "is" bigint);
     create function public.${name}_note() returns trigger language plpgsql as
       'begin insert into public.${name}_seen (who, id, was, "is")
          values (current_setting(''application_name''), new.id, old.n, new.n); return null; end';
     create trigger note after update on public.${name} for each row execute function public.${name}_note()`,
  );
  const store = storeAt(url, name);
  return { name, live: await store.describe(), store };
}

/** Six clients that each add 1 to a row of their choice, until told to stop. Answers how often each row was added to. */
async function writing(url: string, name: string, until: AbortSignal): Promise<number[]> {
  const added = Array.from({ length: ROWS + 1 }, () => 0);
  const client = async (n: number): Promise<void> => {
    const session = new pg.Client({ connectionString: url, application_name: `writer ${n}` });
    await session.connect();
    while (!until.aborted) {
      const id = 1 + Math.floor(Math.random() * ROWS);
      await session.query(`update public.${name} set n = n + 1 where id = ${id}`);
      added[id] = (added[id] ?? 0) + 1;
      await sleep(1);
    }
    await session.end();
  };
  await Promise.all(Array.from({ length: CLIENTS }, (_, n) => client(n)));
  return added;
}

const keysOf = (random: Random): number[] => {
  const keys = new Set<number>();
  while (keys.size < 4) keys.add(1 + random.below(ROWS));
  return [...keys].toSorted((a, b) => a - b);
};

/** Sets rows to what a preview found right, guarded by what it saw: where a writer was quicker, nothing is written. */
async function guarded({ url, admin }: Lane, random: Random): Promise<Ended> {
  const { name, live, store } = await historyTable(url, admin);
  const stop = new AbortController();
  const writes = writing(url, name, stop.signal);
  const plans = new Map<string, ReadonlyMap<string, { was: string; is: string }>>();
  let [applied, stale] = [0, 0];
  const wrong: string[] = [];
  const startedMs = performance.now();
  for (let n = 0; performance.now() - startedMs < LONG_MS; n += 1) {
    const keys = keysOf(random);
    const rows = await admin.rows(
      `select id, n from public.${name} where id in (${keys.join(',')}) order by id`,
    );
    const plan = new Map(
      rows.map(([id, was]) => [String(id), { was: String(was), is: String(Number(was) + 1_000_000) }]),
    );
    const patch = sealedPatch(live, {
      keys: [{ name: 'id', type: 'BIGINT' }],
      measures: [{ name: 'n', type: 'BIGINT' }],
      rows: [...plan].map(
        ([id, { was, is }]): PatchRowSpec => ({ op: 'update', key: [id], before: [was], after: [is] }),
      ),
      salt: `writers ${n}`,
    });
    const answer = await store.apply(patch, BY).catch((error: unknown) => {
      if (error instanceof Failure) return error.code;
      throw error;
    });
    if (answer === 'applied') {
      applied += 1;
      plans.set(`recount:${patch.header.seal.slice(0, 12)}`, plan);
    } else if (answer === 'patch.stale') stale += 1;
    else wrong.push(`answered ${answer}`);
  }
  stop.abort();
  const added = await writes;
  const history = await admin.rows(`select who, id, was, "is" from public.${name}_seen order by seq`);
  const values = new Map<string, string>();
  let [byWriters, byPatches] = [0, 0];
  for (const [who, id, was, is] of history) {
    const key = String(id);
    if (was !== (values.get(key) ?? '1000')) wrong.push(`row ${key}: ${was} follows ${values.get(key)}`);
    values.set(key, String(is));
    const plan = plans.get(String(who))?.get(key);
    if (String(who).startsWith('writer')) byWriters += 1;
    else if (plan?.was === was && plan?.is === is) byPatches += 1;
    else wrong.push(`row ${key}: ${who} wrote ${is} over ${was}, planned ${JSON.stringify(plan)}`);
  }
  const acknowledged = added.reduce((sum, count) => sum + count, 0);
  if (byWriters !== acknowledged) wrong.push(`${acknowledged} writes acknowledged, ${byWriters} there`);
  if (byPatches !== applied * 4) wrong.push(`${applied} patches applied, ${byPatches} rows of them there`);
  console.log(
    `writers: ${acknowledged} writes of ${CLIENTS} clients, ${applied} patches applied, ${stale} stale, in ${LONG_MS / 1_000} s`,
  );
  return {
    fault: `${CLIENTS} writers beside guarded patches`,
    applied: applied > 0,
    wrong,
    times: applied + stale,
  };
}

/** Adds to running totals, and puts back, while consumers go on adding; every second COMMIT is cut. */
async function running({ url, admin }: Lane, random: Random): Promise<Ended> {
  const { name, live } = await historyTable(url, admin);
  const stop = new AbortController();
  const writes = writing(url, name, stop.signal);
  const added = Array.from({ length: ROWS + 1 }, () => 0);
  const wrong: string[] = [];
  let [applied, undone, cut] = [0, 0, 0];
  const startedMs = performance.now();
  for (let n = 0; performance.now() - startedMs < LONG_MS; n += 1) {
    const keys = keysOf(random);
    const patch = sealedPatch(live, {
      keys: [{ name: 'id', type: 'BIGINT' }],
      measures: [{ name: 'n', type: 'BIGINT', mode: 'delta' }],
      rows: keys.map(
        (key): PatchRowSpec => ({
          op: 'update',
          key: [String(key)],
          before: ['0'],
          after: ['5000'],
          delta: ['5000'],
        }),
      ),
      salt: `running ${n}`,
    });
    const through = async (verb: 'apply' | 'undo'): Promise<string> => {
      if (random.chance(0.5)) return storeAt(url, name)[verb](patch, BY);
      cut += 1;
      const proxied = new URL(url);
      const how = CUTS[random.below(CUTS.length)] ?? 'before';
      const proxy = await startCommitProxy(Number(proxied.port), how, { lateMs: random.below(100) });
      proxied.port = String(proxy.port);
      try {
        return await storeAt(proxied.href, name, SHORT)[verb](patch, BY);
      } finally {
        await proxy.close();
      }
    };
    const answer = await through('apply');
    if (answer !== 'applied') wrong.push(`apply answered ${answer}`);
    applied += 1;
    if (random.chance(0.5)) {
      for (const key of keys) added[key] = (added[key] ?? 0) + 5_000;
      continue;
    }
    const back = await through('undo');
    if (back !== 'undone') wrong.push(`undo answered ${back}`);
    undone += 1;
  }
  stop.abort();
  const byClients = await writes;
  for (const [id, n] of await admin.rows(`select id, n from public.${name}`)) {
    const must = 1_000 + (byClients[Number(id)] ?? 0) + (added[Number(id)] ?? 0);
    if (Number(n) !== must) wrong.push(`row ${id} is ${n}, not ${must}`);
  }
  const total = byClients.reduce((sum, count) => sum + count, 0);
  console.log(
    `consumers: ${total} additions of ${CLIENTS} clients, ${applied} delta patches, ${undone} undone, ${cut} of their COMMITs cut, in ${LONG_MS / 1_000} s`,
  );
  return {
    fault: `${CLIENTS} consumers beside delta patches`,
    applied: applied > 0,
    wrong,
    times: applied + undone,
  };
}
