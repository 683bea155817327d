import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { highlightSql } from '#components/ui/highlight-sql.ts';

const joined = (sql: string): string =>
  highlightSql(sql)
    .map((line) => line.map((token) => token.text).join(''))
    .join('\n');

const kinds = (sql: string): string[] =>
  highlightSql(sql)
    .flat()
    .filter((token) => token.text.trim() !== '')
    .map((token) => `${token.kind}:${token.text.trim()}`);

describe('highlightSql', () => {
  it('loses nothing', () => {
    fc.assert(
      fc.property(
        fc.string({ unit: fc.constantFrom(...'a1 \'"$-/*\n;._Ee\\é') }),
        (sql) => joined(sql) === sql,
      ),
      { numRuns: 2000 },
    );
  });

  it('tells keywords, strings, numbers and comments apart', () => {
    expect(kinds("update t set points = 7 -- select 'x'")).toEqual([
      'keyword:update',
      'plain:t',
      'keyword:set',
      'plain:points =',
      'number:7',
      "comment:-- select 'x'",
    ]);
    expect(kinds("SET LOCAL lock_timeout = 'it''s 3s';")).toEqual(
      ['keyword:SET LOCAL', 'plain:lock_timeout =', "string:'it''s 3s'", 'plain:;'].flatMap((k) =>
        k === 'keyword:SET LOCAL' ? ['keyword:SET', 'keyword:LOCAL'] : [k],
      ),
    );
  });

  it('keeps quoted names plain and dollar quotes together over lines', () => {
    expect(kinds('select "from" from t1')).toEqual([
      'keyword:select',
      'plain:"from"',
      'keyword:from',
      'plain:t1',
    ]);
    expect(highlightSql('do $x$\nselect 1\n$x$;').map((line) => line.map((t) => t.kind))).toEqual([
      ['keyword', 'plain', 'string'],
      ['string'],
      ['string', 'plain'],
    ]);
  });
});
