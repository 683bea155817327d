import { defineConfig } from 'vitest/config';
import { STAGES } from './stages.mjs';

// The tests of one stage, as Stryker runs them. Left out is what reads the source's text: a mutated file is longer.
const stage = STAGES[(process.env.MUTATION_STAGE ?? 'base') as keyof typeof STAGES];

export default defineConfig({
  test: {
    testTimeout: 30_000,
    // A mutant's file has a branch for every mutant: it is slower than what a limit of time was set for.
    testNamePattern: /^(?!.*in a time that)/,
    setupFiles: ['bench/mutation/no-shrinking.ts'],
    include: stage.tests,
    exclude: ['**/node_modules/**', ...stage.leave],
  },
});
