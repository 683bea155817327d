import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import {
  CONSTANT_ARGUMENTS,
  DIVIDES,
  FUNCTIONS,
  GROWS,
  isAggregate,
  OPERATORS,
} from '#lib/calculation/functions';

const page = readFileSync('docs/expressions.md', 'utf8');

it('lists the same functions as the documentation', () => {
  const rows = [...page.matchAll(/^\| (?:numbers|text|times) \| (.*) \|$/gm)].map((m) => m[1] ?? '');
  const listed = rows.flatMap((row) => [...row.matchAll(/`([a-z0-9_]+)`/g)].map((m) => m[1]));
  expect(listed.toSorted()).toEqual([...FUNCTIONS.keys()].toSorted());
});

it('names functions in its rules that it has', () => {
  for (const name of [...CONSTANT_ARGUMENTS.keys(), ...GROWS]) expect(FUNCTIONS.has(name), name).toBe(true);
  for (const name of DIVIDES) expect(FUNCTIONS.has(name) || OPERATORS.has(name), name).toBe(true);
});

it('has no aggregate among the functions', () => {
  expect([...FUNCTIONS.keys()].filter(isAggregate)).toEqual([]);
});
