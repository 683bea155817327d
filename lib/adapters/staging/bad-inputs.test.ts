import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';

const ROWS = 136;
const PAGE = 'docs/bad-inputs.md';

/** `1-3, 5` as numbers. */
const numbers = (text: string): number[] =>
  text.split(', ').flatMap((part) => {
    const [from = 0, to = from] = part.split('-').map(Number);
    return Array.from({ length: to - from + 1 }, (_, i) => from + i);
  });

const rows = readFileSync(PAGE, 'utf8')
  .split('\n')
  .filter((line) => /^\| \d/.test(line))
  .map((line) => {
    const cells = line.split(' | ').map((cell) => cell.replace(/^\| | \|$/g, ''));
    const [, path = '', words = ''] = /^`([^`]+)`(?:: (.*))?$/.exec(cells.at(-1) ?? '') ?? [];
    return { numbers: numbers(cells[0] ?? ''), path, words };
  });

/** The rows that the titles of a test file name: `[26]`, `[33-47]`, `[bad input 56]`. */
const named = (text: string): Set<number> =>
  new Set(
    [...text.matchAll(/\[(?:bad inputs? )?((?:\d+(?:-\d+)?)(?:, \d+(?:-\d+)?)*)\]['"`]/g)].flatMap(
      ([, list]) => numbers(list ?? ''),
    ),
  );

it('docs/bad-inputs.md names every row once', () => {
  expect(rows.flatMap((r) => r.numbers).sort((a, b) => a - b)).toEqual(
    Array.from({ length: ROWS }, (_, i) => i + 1),
  );
});

it.each(rows.filter((r) => r.path !== ''))('the rows $numbers have their test in $path', (row) => {
  const path = row.path.startsWith('staging/') ? `lib/adapters/${row.path}.int.test.ts` : row.path;
  const text = readFileSync(path, 'utf8');
  if (row.words !== '') expect(text).toContain(row.words);
  else expect([...named(text)]).toEqual(expect.arrayContaining(row.numbers));
});
