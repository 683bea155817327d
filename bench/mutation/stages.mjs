const INT = '**/*.int.test.ts';

/**
 * What is mutated, and by which tests it is judged: the unit tests of the stage's own folder, so that a mutant that only
 * a far-away test would notice counts as a survivor. SQL builders are not here: `sql.mjs` judges them by running them.
 */
export const STAGES = {
  base: {
    mutate: ['lib/base/{instant,decimal,canonical,sql,nearest}.ts'],
    tests: ['lib/base/*.test.ts'],
    leave: [INT, 'lib/base/codes.test.ts'],
  },
  window: {
    mutate: ['lib/window/{window,timeline,zone,bucket,bins}.ts'],
    tests: ['lib/window/*.test.ts'],
    leave: [INT],
  },
  plan: {
    mutate: ['lib/plan/*.ts', '!lib/plan/*.{test,testing}.ts'],
    tests: ['lib/plan/*.test.ts'],
    leave: [INT],
  },
  archive: {
    mutate: ['lib/archive/{csv-scanner,json-scanner,json-value,glob,partition,infer,roles,resolve-types}.ts'],
    tests: ['lib/archive/*.test.ts'],
    leave: [INT],
  },
  compare: {
    mutate: [
      'lib/compare/{cause,columns,discrepancy,histogram,resolve-columns}.ts',
      'lib/replay/{run,shape}.ts',
    ],
    tests: ['lib/{compare,replay}/*.test.ts'],
    leave: [INT],
  },
  patch: {
    mutate: ['lib/patch/{seal,state,change,patch}.ts'],
    tests: ['lib/patch/*.test.ts'],
    leave: [],
  },
};
