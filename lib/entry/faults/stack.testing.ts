import { createHash, randomBytes } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import type { IncomingMessage } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import { z } from 'zod';
import { type Installation, kill, makeInstallation } from '#lib/entry/faults/installation.testing';
import {
  auditOf,
  image,
  notEnded,
  reset,
  type Started,
  start,
  type Work,
} from '#lib/entry/faults/job-scenes.testing';
import { auditFaults } from '#lib/entry/faults/leftovers.testing';
import { answered } from '#lib/entry/faults/outages.testing';
import type { Suite } from '#lib/entry/faults/suite.testing';
import type { Ended } from '#lib/entry/faults/tally.testing';
import { type Asked, askAll, begun, hasEnded } from '#lib/entry/faults/workers.testing';
import { storeAt } from '#lib/entry/faults/world.testing';
import type { Random } from '#lib/patch/simulation/random.testing';
import { archivePlace, partPath } from '#lib/recovery/setup/places';

// A whole Recount as `npm start` makes it. Its pages are killed while a file is uploaded or a patch is written; everything
// is killed at once, the embedded PostgreSQL too; and readers of its events stop reading.

const WORKS: readonly Work[] = ['apply', 'undo', 'apply'];
const LIMIT_MS = 240_000;

type World = Installation & { readonly patches: readonly Started[] };

export const stack: Suite = {
  name: 'stack',
  runs: 7,
  lanes: 1,
  open: async () => {
    const installation = await makeInstallation();
    const { test, admin } = installation;
    await storeAt(test.url, 'none').createLedger();
    const patches: Started[] = [];
    for (const work of WORKS) patches.push(await start(test, admin, work));
    await installation.start();
    const world = { ...installation, patches };
    await ended(
      world,
      patches.map((patch) => ({ patch, recordId: patch.id, told: 0 })),
    );
    return {
      run: async (_lane, random, seed) =>
        [
          await (CASES[seed % CASES.length] ?? killedInUpload)(world, random),
          { fault: 'the audit after it', applied: false, wrong: await auditFaults(test), times: 0 },
        ].flat(),
      close: () => installation.close(),
    };
  },
};

const CASES: readonly ((world: World, random: Random) => Promise<Ended | readonly Ended[]>)[] = [
  killedInUpload,
  allKilled,
  killedInUpload,
  pagesKilledInApply,
  allKilled,
  killedInUpload,
  slowReaders,
];

/** Waits for the end of all; what did not end. */
async function ended({ test }: World, asked: readonly Asked[]): Promise<string[]> {
  const startedMs = performance.now();
  const wrong: string[] = [];
  for (const one of asked)
    while (!(await answered(() => hasEnded(test, one)))) {
      if (performance.now() - startedMs > LIMIT_MS) {
        wrong.push(`${one.patch.work} did not end`);
        break;
      }
      await sleep(100);
    }
  return wrong;
}

async function allKilled(world: World, random: Random): Promise<Ended[]> {
  const { test, admin } = world;
  const asked = await askAll(test, admin, world.patches);
  await begun(test, asked);
  await sleep(random.below(4_000));
  await world.killAll();
  await world.start();
  const there = new Map<Asked, boolean>();
  for (const one of asked)
    there.set(one, (await answered(() => image(admin, one.patch.target))) !== one.patch.before);
  const late = await ended(world, asked);
  const all: Ended[] = [];
  for (const [at, one] of asked.entries()) {
    const audited = (await auditOf(test, one.patch.id)) - one.told;
    const wrong = [...(at === 0 ? late : []), ...(await notEnded(test, admin, one.patch, audited))];
    all.push({
      fault: `everything killed at once: ${one.patch.work}`,
      applied: there.get(one) === true,
      wrong,
      times: at === 0 ? 1 : 0,
    });
  }
  return all;
}

/** The worker waits for a row while the pages are killed: it goes on, and the pages come back. */
async function pagesKilledInApply(world: World, random: Random): Promise<Ended> {
  const { test, admin, patches } = world;
  const [patch] = patches;
  if (patch === undefined) throw new Error('no patch');
  const holder = new pg.Client({ connectionString: test.url });
  await holder.connect();
  const recordId = await reset(test, admin, patch);
  const told = await auditOf(test, patch.id);
  await holder.query(`begin; select from ${patch.target} for update`);
  await test.context.jobs.enqueue('apply', patch.id);
  const asked = { patch, recordId, told };
  await begun(test, [asked]);
  const [web, worker] = [world.pidOf('web'), world.pidOf('worker')];
  await sleep(random.below(1_000));
  kill(web);
  await sleep(random.below(1_000));
  await holder.query('rollback');
  await holder.end();
  const wrong = await ended(world, [asked]);
  await world.answers(web);
  if (world.pidOf('worker') !== worker) wrong.push('the worker was ended with the pages');
  wrong.push(...(await notEnded(test, admin, patch, (await auditOf(test, patch.id)) - told)));
  return { fault: 'pages killed while the worker writes', applied: true, wrong };
}

const Archive = z.object({ id: z.string() });
const Upload = z.object({ fileId: z.string(), receivedBytes: z.coerce.number(), state: z.string() });
const json = (body: object): RequestInit => ({
  method: 'POST',
  headers: { 'content-type': 'application/json' },
  body: JSON.stringify(body),
});

async function asked<T>(schema: z.ZodType<T>, answer: Promise<Response>): Promise<T> {
  const response = await answer;
  if (!response.ok) throw new Error(`${response.status} ${await response.text()}`);
  return schema.parse(await response.json());
}

const PIECE = 64 * 1024;

/** The pages are killed while a file arrives, or as it is given its place. */
async function killedInUpload(world: World, random: Random): Promise<Ended> {
  const { ask, test } = world;
  const wrong: string[] = [];
  const content = randomBytes((2 + random.below(14)) * 1_048_576 + random.below(1_000));
  const sha256 = createHash('sha256').update(content).digest('hex');
  const { id } = await asked(Archive, ask('/api/v1/archives', json({ kind: 'upload', name: 'killed' })));
  const files = `/api/v1/archives/${id}/files`;
  const file = { path: 'day/events.bin', bytes: content.length };
  const { fileId } = await asked(Upload, ask(files, json(file)));
  const { full } = archivePlace(test.context.env, { uploads: id, path: file.path });
  let [times, sent] = [0, 0];
  const kills = 1 + random.below(2);
  while (sent < content.length) {
    const limit = times < kills ? sent + random.below(content.length - sent) : Number.POSITIVE_INFINITY;
    const web = world.pidOf('web');
    const status = await world
      .send(
        `${files}/${fileId}?offset=${sent}`,
        pieces(content, sent, limit, () => kill(web)),
      )
      .catch(() => 0);
    if (limit !== Number.POSITIVE_INFINITY) {
      times += 1;
      await world.answers(web);
    } else if (status !== 200) wrong.push(`a piece was answered with ${status}`);
    if (existsSync(full)) wrong.push('a part stands where whole files stand');
    const now = await asked(Upload, ask(`${files}/${fileId}`));
    if (now.state !== 'receiving') wrong.push(`a part is told as ${now.state}`);
    if (now.receivedBytes < sent || now.receivedBytes > content.length)
      wrong.push(`${now.receivedBytes} bytes are there`);
    sent = now.receivedBytes;
    if (wrong.length > 0) break;
  }
  const complete = (): Promise<Response> => ask(`${files}/${fileId}/complete`, json({ sha256 }));
  const web = world.pidOf('web');
  const completing = complete().catch(() => null);
  await sleep(random.below(120));
  kill(web);
  times += 1;
  await completing;
  await world.answers(web);
  const whole = await complete();
  if (!whole.ok) wrong.push(`complete: ${whole.status} ${await whole.text()}`);
  if (!existsSync(full) || createHash('sha256').update(readFileSync(full)).digest('hex') !== sha256)
    wrong.push('the file is not what was sent');
  if (existsSync(partPath(test.context.env, id, fileId))) wrong.push('left: its part');
  const where = { subject: `archive ${id}`, action: 'upload.complete' };
  const audited = await test.context.store.audit.count({ where });
  if (audited !== 1) wrong.push(`${audited} lines in the audit`);
  return { fault: 'pages killed in an upload', applied: false, wrong, times };
}

/** The file from a byte on; at `limit` the pages are killed, and what follows gets nowhere. */
async function* pieces(
  content: Buffer,
  from: number,
  limit: number,
  die: () => void,
): AsyncGenerator<Uint8Array> {
  for (let at = from; at < content.length; at += PIECE) {
    if (at >= limit) {
      die();
      await sleep(200);
    }
    yield content.subarray(at, at + PIECE);
    await sleep(1);
  }
}

const READERS = 12;
const CHANGES = 50;
/** So many changes at the start and at the end are looked at: the least of them is what is kept, without what waits to be cleared. */
const LOOKED = 12;
const LINES = 9_000;
/** Without a bound the pages would keep READERS x 38 x about 0.9 MB more: some 400 MB. */
const BOUND_MB = 120;
const KEPT = /^nodejs_(?:heap_size_used|external_memory)_bytes\{process="web"\} (\S+)$/gm;

/** Megabytes that the pages keep, as they tell it themselves. */
async function keptMb({ ask }: World): Promise<number> {
  const text = await (await ask('/api/v1/metrics')).text();
  const parts = [...text.matchAll(KEPT)].map(([, bytes]) => Number(bytes));
  if (parts.length !== 2) throw new Error(`the metrics tell ${parts.length} of 2 sizes`);
  return parts.reduce((sum, bytes) => sum + bytes, 0) / 1_048_576;
}

/** Readers of a patch's events stop reading while it changes; then one reads on, and gets the newest state. */
async function slowReaders(world: World): Promise<Ended> {
  const { test, admin, patches } = world;
  const [patch] = patches;
  if (patch === undefined) throw new Error('no patch');
  const { store } = test.context;
  const wrong: string[] = [];
  await reset(test, admin, patch);
  const readers: IncomingMessage[] = [];
  for (let n = 0; n < READERS; n += 1) readers.push(await world.follow(`/api/v1/patches/${patch.id}/events`));
  const kept: number[] = [];
  for (let n = 1; n <= CHANGES; n += 1) {
    const at = new Date().toISOString();
    const progress = Array.from({ length: LINES }, (_, done) => ({ step: 'write', done, total: n, at }));
    await store.patch.update({ where: { id: patch.id }, data: { progress } });
    await sleep(450);
    kept.push(await keptMb(world));
  }
  const [reader, ...others] = readers;
  let last = '';
  reader?.on('data', (data: Buffer) => {
    last = (last + data.toString()).slice(-2_000_000);
  });
  reader?.resume();
  const newest = `"total":${CHANGES},`;
  for (let n = 0; n < 200 && !last.includes(newest); n += 1) await sleep(100);
  if (!last.includes(newest)) wrong.push('who read on did not get the newest state');
  for (const one of [reader, ...others]) one?.destroy();
  const [beforeMb, afterMb] = [Math.min(...kept.slice(0, LOOKED)), Math.min(...kept.slice(-LOOKED))];
  const words = `the pages keep ${Math.round(afterMb)} MB, and ${Math.round(beforeMb)} MB before`;
  console.log(`slow readers: ${words}`);
  if (afterMb - beforeMb > BOUND_MB) wrong.push(words);
  await test.context.jobs.enqueue('apply', patch.id);
  wrong.push(...(await ended(world, [{ patch, recordId: patch.id, told: 0 }])));
  return { fault: `${READERS} readers of events that stop reading`, applied: true, wrong };
}
