import { STAGES } from './stages.mjs';

const name = process.env.MUTATION_STAGE ?? 'base';

/** @type {import('@stryker-mutator/api/core').PartialStrykerOptions} */
export default {
  mutate: STAGES[name].mutate,
  // Texts are mostly messages for people and members of unions that the compiler holds.
  mutator: { excludedMutations: ['StringLiteral'] },
  testRunner: 'vitest',
  vitest: { configFile: 'bench/mutation/vitest.config.ts', related: false },
  plugins: ['@stryker-mutator/vitest-runner'],
  // TypeScript 7 has no API that Stryker could read a tsconfig with, and nothing here needs one.
  tsconfigFile: 'none',
  ignorePatterns: ['/.next', '/.recount', '/bench/mutation/node_modules', '/app', '/e2e', '/test-results'],
  tempDirName: `.recount/mutation/sandbox-${name}`,
  concurrency: Number(process.env.MUTATION_CONCURRENCY ?? 1),
  timeoutMS: 3_000,
  reporters: ['progress-append-only', 'clear-text', 'json'],
  clearTextReporter: { allowColor: false, reportTests: false },
  jsonReporter: { fileName: `.recount/mutation/${name}.json` },
  allowConsoleColors: false,
};
