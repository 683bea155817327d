import { defineConfig } from 'vitest/config';

// `unit` is pure and fast; `integration` starts real servers and reads real files; `long` is that, too, and not part of
// `npm test`.
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
          exclude: ['**/*.int.test.ts', '**/*.long.test.ts'],
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
      {
        extends: true,
        test: {
          name: 'long',
          include: ['lib/**/*.long.test.ts'],
          globalSetup: ['lib/adapters/postgres-server/made-cluster.testing.ts'],
          fileParallelism: true,
          // more than cores: these tests wait for servers and for files half of the time
          maxWorkers: 4,
        },
      },
    ],
  },
});
