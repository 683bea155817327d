import { globSync, readFileSync } from 'node:fs';
import { expect, it } from 'vitest';

// What a page of an incident loads before anybody touches it. Large libraries that no first look needs come later, by
// `import()`: what floats at its first press, the chart and the zones' rules beside the page.
const LATE = [/^recharts$/, /^temporal-polyfill/, /^zod$/, /^@base-ui\/react\/(?!csp-provider$)/];
const PAGES = [
  'app/layout.tsx',
  'app/(dashboard)/layout.tsx',
  'app/(dashboard)/incidents/[[]ref[]]/**/*.tsx',
];

/** What a file imports when it runs: types are gone by then. */
function importsOf(file: string): string[] {
  const found = readFileSync(file, 'utf8').matchAll(
    /^\s*(?:import|export)\s([^'"`;]*?)\s?\bfrom\s*['"]([^'"]+)['"]|^\s*import\s*['"]([^'"]+)['"]/gm,
  );
  const isTypes = (names: string): boolean =>
    names.startsWith('type ') ||
    (names.startsWith('{') &&
      names
        .slice(1, -1)
        .split(',')
        .every((name) => name.trim() === '' || name.trim().startsWith('type ')));
  return [...found].flatMap(([, names = '', from, alone]) =>
    isTypes(names.trim()) ? [] : [from ?? alone ?? ''],
  );
}

function fileOf(spec: string): string | null {
  if (spec.startsWith('#components/')) return spec.endsWith('.ts') ? spec.slice(1) : `${spec.slice(1)}.tsx`;
  return spec.startsWith('#lib/') ? `${spec.slice(1)}.ts` : null;
}

/** Every way from a page to a library, as the files in between; what a page does on the server is left out. */
function waysTo(library: RegExp): string[] {
  const queue = globSync(PAGES).map((file) => ({ file, way: [file] }));
  const seen = new Set<string>();
  const ways: string[] = [];
  for (let next = queue.pop(); next !== undefined; next = queue.pop()) {
    const { file, way } = next;
    const isPage = file.startsWith('app/');
    for (const spec of importsOf(file)) {
      if (!isPage && library.test(spec)) ways.push([...way, spec].join(' > '));
      const to = fileOf(spec);
      if (to === null || seen.has(to) || (isPage && !to.startsWith('components/'))) continue;
      seen.add(to);
      queue.push({ file: to, way: [...way, to] });
    }
  }
  return ways;
}

it('follows the imports of the pages', () => {
  expect(globSync(PAGES).length).toBeGreaterThan(8);
  expect(waysTo(/^@tanstack\/react-query$/).length).toBeGreaterThan(10);
  expect(waysTo(/^@base-ui\/react\/csp-provider$/)).toHaveLength(1);
});

it.each(LATE)('no page of an incident begins with %s', (library) => {
  expect(waysTo(library)).toEqual([]);
});
