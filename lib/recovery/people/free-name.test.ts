import { expect, it } from 'vitest';
import { cleanName, nameKey } from '#lib/recovery/people/free-name';
import { PersonName } from '#lib/recovery/people/person-name';

it('names that read the same have one key', () => {
  for (const same of ['mira lang', ' MIRA  LANG', 'Mira Lang', 'Ｍira Lang', 'Mira\u00a0Lang'])
    expect(nameKey(same), same).toBe(nameKey('Mira Lang'));
  expect(nameKey('Strauß')).toBe(nameKey('STRAUSS'));
  expect(nameKey('Mira Lange')).not.toBe(nameKey('Mira Lang'));
});

it('a name can pass for no other words of a ledger or report', () => {
  for (const name of ['Mira Lang', 'O’Neill', 'José María de la O', '李小龙', 'Nobody Special', 'X Æ A-12'])
    expect(PersonName.safeParse(name).success, name).toBe(true);
  for (const name of [
    '',
    'Mira, Ben',
    'Mira; rejects',
    'a\nb',
    'Mira\u202eLang',
    'none',
    'Nobody',
    'RECOUNT',
    'self-approved by Mira',
    'rejects let through by Mira',
  ])
    expect(PersonName.safeParse(name).success, name).toBe(false);
});

it('what a provider calls somebody becomes a name', () => {
  expect(cleanName(' Lang, Mira\u202e ')).toBe('Lang Mira');
  expect(cleanName('none')).toBe('Somebody of the provider');
  expect(cleanName(',')).toBe('Somebody of the provider');
  expect(cleanName('x'.repeat(200))).toHaveLength(80);
});
