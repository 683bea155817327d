import { appendFileSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { compileFunction } from 'node:vm';
import fc from 'fast-check';
import { expect, it } from 'vitest';

// Judges the mutants of fast.mjs with the bundle of a stage's tests: describe and it are its own, expect is Vitest's.

type Run = (...row: unknown[]) => unknown;
type Test = { readonly id: string; readonly run: () => unknown };
type Counts = Record<string, number>;
/** What Stryker's instrumented code reads and writes. */
type Switch = {
  activeMutant?: string | undefined;
  currentTestId?: string | undefined;
  hitCount?: number;
  hitLimit?: number;
  mutantCoverage?: { static: Counts; perTest: Record<string, Counts> };
};

const MOST_RUNS = 300;
const folder = process.env.MUTATION_FOLDER ?? '';
const answers = join(folder, 'out.jsonl');
const mutation: Switch = {};
Object.assign(globalThis, { __stryker__: mutation });

fc.configureGlobal({ endOnFailure: true });
const assert = (property: fc.IRawProperty<unknown>, options: fc.Parameters<unknown> = {}): unknown =>
  fc.assert(property, { ...options, numRuns: Math.min(options.numRuns ?? 100, MOST_RUNS) });
const fastCheck = { ...fc, assert, __esModule: true, default: { ...fc, assert } };

const evaluate = compileFunction(readFileSync(join(folder, 'bundle.cjs'), 'utf8'), [
  'require',
  'module',
  'exports',
]);
const fromHere = createRequire(import.meta.url);

/** Evaluates the bundle anew, so that what stands at the top of a module is mutated too. */
function load(): Test[] {
  const tests: Test[] = [];
  const path: string[] = [];
  const test = (name: string, run: () => unknown): void => {
    tests.push({ id: `${tests.length}: ${[...path, name].join(' > ')}`, run });
  };
  const describe = (name: string, body: () => void): void => {
    path.push(name);
    body();
    path.pop();
  };
  const each =
    (one: (name: string, run: () => unknown) => void) =>
    (rows: readonly unknown[]) =>
    (name: string, run: Run) => {
      for (const row of rows) one(name, () => (Array.isArray(row) ? run(...row) : run(row)));
    };
  const it = Object.assign(test, { each: each(test) });
  const vitest = { it, test: it, expect, describe: Object.assign(describe, { each: each(describe) }) };
  const modules: Record<string, unknown> = { vitest, 'fast-check': fastCheck };
  const module = { exports: {} };
  evaluate((name: string) => modules[name] ?? fromHere(name), module, module.exports);
  // a mutated file has a branch for every mutant: it is slower than what a limit of time was set for
  return tests.filter(({ id }) => !id.includes('in a time that'));
}

const say = (answer: object): void => appendFileSync(answers, `${JSON.stringify(answer)}\n`);

/** How often each mutant is passed, by which tests, what a test costs; tests must pass without a mutant. */
async function look(): Promise<{
  readonly atLoad: Counts;
  readonly hits: Counts;
  readonly by: ReadonlyMap<string, ReadonlySet<string>>;
  readonly costMs: ReadonlyMap<string, number>;
}> {
  const coverage = { static: {} as Counts, perTest: {} as Record<string, Counts> };
  mutation.mutantCoverage = coverage;
  const costMs = new Map<string, number>();
  for (const { id, run } of load()) {
    mutation.currentTestId = id;
    const began = performance.now();
    await run();
    costMs.set(id, performance.now() - began);
  }
  mutation.currentTestId = undefined;
  const [hits, by]: [Counts, Map<string, Set<string>>] = [{}, new Map()];
  for (const [id, counts] of Object.entries(coverage.perTest))
    for (const [mutant, count] of Object.entries(counts)) {
      hits[mutant] = (hits[mutant] ?? 0) + count;
      by.set(mutant, (by.get(mutant) ?? new Set()).add(id));
    }
  return { atLoad: coverage.static, hits, by, costMs };
}

it('judges every mutant', { timeout: 0 }, async () => {
  const wanted = JSON.parse(readFileSync(join(folder, 'mutants.json'), 'utf8')) as string[];
  const done = new Set([...readFileSync(answers, 'utf8').matchAll(/"id":"(\d+)"/g)].map(([, id]) => id));
  const { atLoad, hits, by, costMs } = await look();
  for (const id of wanted.filter((mutant) => !done.has(mutant))) {
    const isStatic = atLoad[id] !== undefined;
    if (!isStatic && !by.has(id)) {
      say({ id, status: 'not covered' });
      continue;
    }
    say({ id, status: 'begun' });
    mutation.mutantCoverage = { static: {}, perTest: {} };
    mutation.activeMutant = id;
    mutation.hitCount = 0;
    mutation.hitLimit = ((hits[id] ?? 0) + (atLoad[id] ?? 0)) * 5 + 20_000;
    let status = 'survived';
    try {
      const tests = load().filter((test) => isStatic || by.get(id)?.has(test.id));
      for (const { run } of tests.sort((a, b) => (costMs.get(a.id) ?? 0) - (costMs.get(b.id) ?? 0)))
        await run();
    } catch {
      status = 'killed';
    }
    mutation.activeMutant = undefined;
    say({ id, status });
  }
});
