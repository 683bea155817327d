import { expect, it } from 'vitest';
import { DEEDS } from '#components/access/permission-words.ts';
import { IN_PERSON, PERMISSIONS, type Permission } from '#lib/recovery/access/policy';

const deeds = DEEDS.flatMap((group) => group.deeds);
const isPermission = (name: string): name is Permission => Object.hasOwn(PERMISSIONS, name);

it('every permission that a role is needed for is told once, in words', () => {
  const told = deeds.flatMap(({ permissions }) => permissions);
  const needed = Object.entries(PERMISSIONS).flatMap(([name, least]) => (least === 'anyone' ? [] : [name]));
  expect([...told].sort()).toEqual(needed.sort());
});

it('what one line tells is held by the same roles, and used in the same way', () => {
  for (const { words, permissions } of deeds) {
    const known = permissions.filter(isPermission);
    expect(new Set(known.map((name) => PERMISSIONS[name])).size, words).toBe(1);
    expect(new Set(known.map((name) => IN_PERSON.includes(name))).size, words).toBe(1);
  }
});
