import { describe, expect, it } from 'vitest';
import { LineFacts } from '#lib/adapters/staging/line-facts';

/** What is found of a text, however it is cut into chunks. */
function found(text: string): string | null {
  const bytes = Buffer.from(text);
  const answers = new Set<string | null>();
  for (let size = 1; size <= bytes.length; size++) {
    const facts = new LineFacts(1000);
    for (let at = 0; at < bytes.length; at += size) facts.push(bytes.subarray(at, at + size));
    answers.add(facts.newline());
  }
  expect([...answers]).toHaveLength(1);
  return [...answers][0] ?? null;
}

describe('a file is read the quick way only where every record is surely one line', () => {
  it.each([
    ['a,b\n1,2\n', '\n'],
    ['a,b\n1,2', '\n'],
    ['a,b\r\n1,\r\n', '\r\n'],
    ['a,b\n1,\n"x,",\n,\n', '\n'],
    ['a,b,\n1,2,\n', '\n'],
  ])('%j', (text, newline) => expect(found(text)).toBe(newline));

  it.each([
    'a,b\n1,2,\n', // one empty field too many: DuckDB would take it for none
    'a,b\n1,2,',
    'a,b\r\n1,2,\r\n',
    'a,b\n1,,\n',
    'a,b\n"1,",2,\n',
    'a,b\n1,2\n\n',
    'a,b\n1,"2\n3"\n',
    'a,b\r\n1,2\n',
    'a,b\n1,2"3\n',
    'a,b\n1,2\0\n',
  ])('not %j', (text) => expect(found(text)).toBeNull());
});
