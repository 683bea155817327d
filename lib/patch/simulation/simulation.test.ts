import { expect, it } from 'vitest';
import { replay, simulate } from '#lib/patch/simulation/simulate.testing';
import { FLAWS, type Flaw } from '#lib/patch/simulation/worker.testing';

// A slice of what `npm run test:simulation` runs a million times: lib/patch/simulation/run.testing.ts.

const SLICE = 20_000;
/** Seeds within which every known-bad variant must be caught. */
const CAUGHT_WITHIN = 5_000;

const seed = process.env.RECOUNT_SIM_SEED;

it.runIf(seed !== undefined)('tells one run', async () => {
  const trace = await replay(Number(seed));
  console.log(trace.join('\n'));
  expect(trace.find((line) => line.includes('VIOLATION'))).toBeUndefined();
});

it(`applies at most once and says the truth, in ${SLICE.toLocaleString('en-US')} runs with faults`, async () => {
  const { found, tally } = await simulate(0, SLICE);
  expect(found).toBeNull();
  expect(tally.runs).toBe(SLICE);
  // a simulation in which nothing happens would hold every rule
  for (const end of ['applied', 'failed', 'stale', 'approved', 'proposed', 'lost, restored'])
    expect(tally.ends[end], end).toBeGreaterThan(SLICE / 200);
}, 120_000);

it.each(FLAWS)(
  'catches the variant %s',
  async (flaw: Flaw) => {
    const { found } = await simulate(0, CAUGHT_WITHIN, flaw);
    expect(found, `not caught within ${CAUGHT_WITHIN} seeds`).not.toBeNull();
    console.log(`${flaw}: seed ${found?.seed}: ${found?.rule}`);
    // the same seed tells the same again, alone, and without the flaw it holds
    const told = await replay(found?.seed ?? -1, flaw);
    expect(told.filter((line) => line.includes('VIOLATION'))).toEqual([
      expect.stringContaining(found?.rule ?? '?'),
    ]);
    expect((await replay(found?.seed ?? -1)).join('\n')).not.toContain('VIOLATION');
  },
  60_000,
);

it('goes by the seed alone', async () => {
  expect(await replay(4_711)).toEqual(await replay(4_711));
  expect(await replay(4_711)).not.toEqual(await replay(4_712));
});
