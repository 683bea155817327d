import { expect, it } from 'vitest';
import { ident, listLiteral, literal } from '#lib/base/sql';

it('quotes names and texts, so that none can end its own quotes', () => {
  expect(ident('user_id')).toBe('"user_id"');
  expect(ident('a"b""c')).toBe('"a""b""""c"');
  expect(ident('a\'b; drop table "x"')).toBe('"a\'b; drop table ""x"""');
  expect(literal("it's")).toBe("'it''s'");
  expect(literal("'' ' \\")).toBe("''''' '' \\'");
  expect(literal('')).toBe("''");
  expect(listLiteral(["a'", 'b'])).toBe("['a''', 'b']");
  expect(listLiteral([])).toBe('[]');
});

it('refuses NUL, at which a server might stop reading', () => {
  expect(() => ident('a\0b')).toThrow('NUL');
  expect(() => literal('a\0b')).toThrow('NUL');
});
