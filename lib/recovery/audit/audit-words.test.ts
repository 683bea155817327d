import { globSync, readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { AUDIT_WORDS, auditWords } from '#lib/recovery/audit/audit-words';

it('every action that is written as such has words of its own', () => {
  const files = globSync('lib/recovery/**/*.ts').filter((file) => !/test(ing)?\.ts$/.test(file));
  const told = files.flatMap((file) =>
    [...readFileSync(file, 'utf8').matchAll(/\baction(?::| =)([^,;]*)/g)].map(([, words]) => words ?? ''),
  );
  const actions = told.flatMap((words) => words.match(/(?<=')[a-z_]+\.[a-z_]+(?=')/g) ?? []);
  expect(actions.length).toBeGreaterThan(40);
  const bare = [...new Set(actions)].filter((action) => !(action in AUDIT_WORDS));
  expect(bare).toEqual([]);
});

it('an action without words of its own is spelled out', () => {
  expect(auditWords('new_thing.add_one')).toBe('New thing: add one');
  expect(auditWords('odd')).toBe('Odd');
});
