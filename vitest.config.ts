import { defineConfig } from 'vitest/config';

// Two projects: `unit` is pure and fast; `integration` starts real servers and reads real files.
export default defineConfig({
  test: {
    testTimeout: 30_000,
    hookTimeout: 60_000,
    projects: [
      {
        extends: true,
        test: {
          name: 'unit',
          include: ['lib/**/*.test.ts', 'components/**/*.test.ts'],
          exclude: ['**/*.int.test.ts'],
        },
      },
      {
        extends: true,
        test: {
          name: 'integration',
          include: ['lib/**/*.int.test.ts', 'samples/**/*.int.test.ts'],
          globalSetup: ['lib/adapters/postgres-server/made-cluster.testing.ts'],
          fileParallelism: true,
          // more than cores: these tests wait for servers and for files half of the time
          maxWorkers: 4,
        },
      },
    ],
  },
});
