import { defineConfig } from 'vitest/config';

// The host of fast.mjs: one test that judges all mutants of a stage.
export default defineConfig({
  test: { include: ['bench/mutation/fast-host.test.ts'], testTimeout: 0, pool: 'forks' },
});
