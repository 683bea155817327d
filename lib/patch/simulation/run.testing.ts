import { availableParallelism } from 'node:os';
import { isMainThread, parentPort, Worker } from 'node:worker_threads';
import { type Found, replay, simulate, type Tally } from '#lib/patch/simulation/simulate.testing';

// npm run test:simulation: every seed once, over all cores. RECOUNT_SIM_SEEDS: how many (1,000,000).
// RECOUNT_SIM_FROM: the first one (0). RECOUNT_SIM_SEED: tells that one run instead.

const CHUNK = 10_000;

type Part = { readonly found: Found | null; readonly tally: Tally };

function runThread(): void {
  parentPort?.on('message', async ([from, to]: readonly [number, number]) => {
    parentPort?.postMessage(await simulate(from, to));
  });
}

async function runAll(first: number, count: number): Promise<Part> {
  let next = first;
  let found: Found | null = null;
  let [runs, steps] = [0, 0];
  const ends: Record<string, number> = {};
  const take = (part: Part): void => {
    runs += part.tally.runs;
    steps += part.tally.steps;
    for (const [end, times] of Object.entries(part.tally.ends)) ends[end] = (ends[end] ?? 0) + times;
    if (part.found !== null && (found === null || part.found.seed < found.seed)) found = part.found;
  };
  const thread = (): Promise<void> =>
    new Promise((done, fail) => {
      const worker = new Worker(new URL(import.meta.url));
      const give = (): void => {
        if (next >= first + count || found !== null) {
          void worker.terminate().then(() => done());
          return;
        }
        worker.postMessage([next, Math.min(next + CHUNK, first + count)]);
        next += CHUNK;
      };
      worker.on('message', (part: Part) => {
        take(part);
        give();
      });
      worker.on('error', fail);
      give();
    });
  await Promise.all(Array.from({ length: availableParallelism() }, thread));
  return { found, tally: { runs, steps, ends } };
}

async function main(): Promise<void> {
  const one = process.env.RECOUNT_SIM_SEED;
  if (one !== undefined) {
    const trace = await replay(Number(one));
    console.log(trace.join('\n'));
    if (trace.some((line) => line.includes('VIOLATION'))) process.exitCode = 1;
    return;
  }
  const startedMs = performance.now();
  const first = Number(process.env.RECOUNT_SIM_FROM ?? 0);
  const { found, tally } = await runAll(first, Number(process.env.RECOUNT_SIM_SEEDS ?? 1_000_000));
  const seconds = (performance.now() - startedMs) / 1_000;
  const words = (n: number): string => Math.round(n).toLocaleString('en-US');
  console.log(
    `${words(tally.runs)} runs, ${words(tally.steps)} steps, ${words(seconds)} s (${words(tally.runs / seconds)} runs/s)`,
  );
  for (const [end, times] of Object.entries(tally.ends).sort(([, a], [, b]) => b - a))
    console.log(`  ${words(times).padStart(9)}  ${end}`);
  if (found === null) return console.log('every rule held in every run');
  console.log(`seed ${found.seed} breaks a rule: ${found.rule}`);
  console.log(`RECOUNT_SIM_SEED=${found.seed} npm run test:simulation tells it`);
  process.exitCode = 1;
}

if (isMainThread) await main();
else runThread();
