import { defineConfig } from 'vitest/config';
import { STAGES } from './stages.mjs';

// The unit tests of one stage, as Stryker runs them. Left out is what reads the source's text: a mutated file is longer.
const stage = STAGES[(process.env.MUTATION_STAGE ?? 'base') as keyof typeof STAGES];

export default defineConfig({
  test: {
    testTimeout: 30_000,
    include: stage.tests,
    exclude: ['**/node_modules/**', '**/*.int.test.ts', 'lib/base/codes.test.ts'],
  },
});
