import { globSync, readFileSync } from 'node:fs';
import { expect, it } from 'vitest';

// The story of a recovery, in its order: a layer imports itself and what stands before it.
const STAGES = [
  'base',
  'window',
  'plan',
  'archive',
  'calculation',
  'replay',
  'compare',
  'patch',
  'report',
  'incident',
];
const LAYERS = [...STAGES, 'adapters', 'recovery'];
const MAY: Readonly<Record<string, readonly string[]>> = {
  ...Object.fromEntries(LAYERS.map((layer, at) => [layer, LAYERS.slice(0, at + 1)])),
  // the sample incident is made and put back by the page
  recovery: [...LAYERS, 'samples'],
  entry: [...LAYERS, 'entry'],
  components: [...STAGES, 'components'],
  app: [...STAGES, 'components', 'recovery', 'app'],
};
const PURE = ['zod', 'yaml', 'temporal-polyfill', 'node:crypto'];
const IMPURE = /process\.env|Date\.now\(|new Date\(\)|Math\.random|\bfetch\(|performance\.now\(/;
/** Which files may read the environment: the settings, what starts processes, and tests' servers. */
const READS_ENVIRONMENT = [
  /^lib\/recovery\/setup\/env\.ts$/,
  /^bench\//,
  /^lib\/entry\//,
  /^lib\/adapters\/postgres-server\//,
  /^e2e\//,
  /\.config\.[a-z]+$/,
];
/** Outside the house: no `#lib` there. */
const ROOT = /^e2e\/|^bench\/|\.config\.[a-z]+$|^lib\/entry\/run\.js$/;
const LONGEST = 300;
const LONGEST_TEST = 600;

const sources = globSync(['{lib,app,components,e2e,bench}/**/*.{ts,tsx,js,mjs}', '*.config.{ts,js,mjs}'], {
  exclude: ['**/node_modules/**'],
}).filter((file) => !file.startsWith('lib/adapters/store/generated/'));
const isTest = (file: string): boolean =>
  /\.test\.tsx?$|\.testing\.ts$|\/testing\.ts$|conformance/.test(file);
const layerOf = (path: string): string =>
  path.startsWith('lib/') ? (path.split('/')[1] ?? '') : (path.split('/')[0] ?? '');
const text = (file: string): string => readFileSync(file, 'utf8');
/** The source without comments and the text of strings: what it does, not what it says. */
const code = (file: string): string => text(file).replace(/\/\*[\s\S]*?\*\/|^\s*\/\/.*$/gm, '');

/** What a file imports, exports from or loads. TypeScript 7 has no parser for JavaScript, hence the patterns. */
function importsOf(file: string): string[] {
  const static_ = /^\s*(?:import|export)\b[^'"`;]*?\bfrom\s*['"]([^'"]+)['"]|^\s*import\s*['"]([^'"]+)['"]/gm;
  const dynamic = /\b(?:import|require)\(\s*['"]([^'"]+)['"]/g;
  return [...code(file).matchAll(static_), ...code(file).matchAll(dynamic)].map((m) => m[1] ?? m[2] ?? '');
}

function problemOf(file: string, spec: string): string | null {
  const layer = layerOf(file);
  if (spec.startsWith('.') && !ROOT.test(file) && !spec.endsWith('.css'))
    return 'is relative; use #lib/… or #components/…';
  if (/prisma/i.test(spec) && !file.startsWith('lib/adapters/store/'))
    return 'only lib/adapters/store imports Prisma';
  if (spec.startsWith('#'))
    return MAY[layer]?.includes(layerOf(spec.slice(1))) === false ? 'points up' : null;
  return STAGES.includes(layer) && !PURE.includes(spec) ? 'is no pure library' : null;
}

it('sees the files and their imports', () => {
  expect(sources.length).toBeGreaterThan(20);
  expect(importsOf('lib/base/sql.ts')).toEqual(['#lib/base/failure']);
  expect(problemOf('lib/window/a.ts', '#lib/patch/patch')).toBe('points up');
  expect(problemOf('app/page.tsx', '#lib/adapters/store/client')).toBe('points up');
  expect(problemOf('components/a/b.tsx', '#lib/recovery/setup/env')).toBe('points up');
  expect(problemOf('lib/compare/a.ts', 'node:fs')).toBe('is no pure library');
});

it('imports only point back along the recovery', () => {
  const wrong = sources
    .filter((file) => !isTest(file))
    .flatMap((file) => importsOf(file).map((spec) => [file, spec, problemOf(file, spec)]))
    .filter(([, , problem]) => problem !== null);
  expect(wrong).toEqual([]);
});

it('stages know no clock, no chance, no network and no environment', () => {
  const wrong = sources.filter(
    (file) => STAGES.includes(layerOf(file)) && !isTest(file) && IMPURE.test(code(file)),
  );
  expect(wrong).toEqual([]);
});

it('one module reads the environment', () => {
  const wrong = sources.filter(
    (file) =>
      !isTest(file) &&
      /process\.env\b/.test(code(file)) &&
      !READS_ENVIRONMENT.some((allowed) => allowed.test(file)),
  );
  expect(wrong).toEqual([]);
});

it(`no source file is longer than ${LONGEST} lines`, () => {
  const lines = (file: string): number => text(file).split('\n').length - 1;
  const wrong = sources
    .filter((file) => lines(file) > (isTest(file) || /\.spec\.ts$/.test(file) ? LONGEST_TEST : LONGEST))
    .map((file) => [file, lines(file)]);
  expect(wrong).toEqual([]);
});

it('docs/dependencies.md explains every dependency, and no other', () => {
  const { dependencies, devDependencies } = JSON.parse(text('package.json'));
  const rows = [...text('docs/dependencies.md').matchAll(/^\| (`[^|]+`) \|/gm)].flatMap((row) =>
    (row[1] ?? '').split(', '),
  );
  const named = rows.map((name) => name.replaceAll('`', ''));
  expect(named.sort()).toEqual(Object.keys({ ...dependencies, ...devDependencies }).sort());
});
