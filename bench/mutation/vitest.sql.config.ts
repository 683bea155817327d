import { defineConfig } from 'vitest/config';

// The tests that judge a mutant of SQL, most of them by running it. A failure is all that is asked for: nothing is made small.
export default defineConfig({
  test: {
    testTimeout: 60_000,
    hookTimeout: 120_000,
    setupFiles: ['bench/mutation/no-shrinking.ts'],
    include: ['lib/**/*.int.test.ts', 'lib/replay/shape.test.ts'],
    maxWorkers: 1,
  },
});
