import { describe, expect, it } from 'vitest';
import { beginning, mentionsIn, partsOf, suggested } from '#components/comments/mentions.ts';

const PEOPLE = [
  { id: 'a', name: 'Ann' },
  { id: 'l', name: 'Ann Lee' },
  { id: 'm', name: 'Mira Ost' },
  { id: 'n', name: 'Mira Ost' },
  { id: 'z', name: 'Zoë' },
];
const none: ReadonlySet<string> = new Set();

describe('mentionsIn', () => {
  it.each<[string, string[]]>([
    ['@Ann look', ['a']],
    ['@ann lee, look', ['l']],
    ['look @Ann Leeward', ['a']],
    ['@Annika', []],
    ['mail ann@Ann', []],
    ['(@Zoë) @Ann @Zoë', ['z', 'a']],
    ['nobody', []],
  ])('%s', (text, ids) => expect(mentionsIn(text, PEOPLE, none)).toEqual(ids));
  it('takes of two with one name the one that was picked, else both', () => {
    expect(mentionsIn('@Mira Ost?', PEOPLE, new Set(['n', 'a']))).toEqual(['n']);
    expect(mentionsIn('@Mira Ost?', PEOPLE, none)).toEqual(['m', 'n']);
  });
});

it('knows what is being typed', () => {
  expect(beginning('so @Mi', 6)).toEqual({ at: 3, query: 'Mi' });
  expect(beginning('so @Mi and', 4)).toEqual({ at: 3, query: '' });
  expect(beginning('so @ Mi', 7)).toBeNull();
  expect(beginning('a@b', 3)).toBeNull();
  expect(beginning('@Ann\nnext', 9)).toBeNull();
});

it('suggests by any word of a name, and no more once it stands there', () => {
  expect(suggested('o', PEOPLE).map(({ id }) => id)).toEqual(['m', 'n']);
  expect(suggested('', PEOPLE, 2).map(({ id }) => id)).toEqual(['a', 'l']);
  expect(suggested('Zoë ', PEOPLE)).toEqual([]);
  expect(suggested('x', PEOPLE)).toEqual([]);
});

it('keeps every character of a text', () => {
  const text = 'Hi @Ann Lee & <b>@Zoë</b> @Mira';
  const parts = partsOf(text, PEOPLE);
  expect(parts.map((part) => part.text).join('')).toBe(text);
  expect(parts.filter(({ isMention }) => isMention).map((part) => part.text)).toEqual(['@Ann Lee', '@Zoë']);
  expect(partsOf('', PEOPLE)).toEqual([]);
});
