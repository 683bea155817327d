import { describe, expect, it } from 'vitest';
import { BROKEN, JsonValueReader, NEED_MORE } from '#lib/archive/json-value';

/** The end of the value, its problem and its members. */
function read(json: string): { end: number; problem: string | null; fields: Record<string, string | null> } {
  const reader = new JsonValueReader();
  const end = reader.read(Buffer.from(json), 0);
  return { end, problem: reader.problem, fields: Object.fromEntries(reader.fields()) };
}

describe('a scalar', () => {
  const VALID =
    '0 -0 1 9 10 19 90 -7 1.5 0.5 90.09 -1.25 10.0 1e5 1E-5 1e+10 1.5e-10 0e0 123456789012345678901234567890 NaN Infinity -Infinity true false';
  it.each(VALID.split(' '))('%s is kept as it is written', (text) => {
    expect(read(`{"a":${text}}`)).toMatchObject({ problem: null, fields: { a: text } });
    expect(read(`{"a": ${text}\t}`)).toMatchObject({ problem: null, fields: { a: text } });
  });

  it('null is NULL', () => {
    expect(read('{"a":null,"b":"null"}').fields).toEqual({ a: null, b: 'null' });
  });

  const WRONG =
    '01 00 1. 1.5. 1.2.3 .5 . 1a 1a5 1/2 1.a 1.5a 1-2 +1 1e 1e+ 1e+a 1e1.5 --1 - -a 0x10 1_000 nul nulls True NAN -NaN infinity';
  it.each(WRONG.split(' '))('%s is none', (text) => {
    expect(read(`{"a":${text}}`).end).toBe(BROKEN);
  });

  it('is not over with the bytes, since more of it may follow', () => {
    for (const text of ['1', '1.', 'tru', 'true', '"a', '"a\\', '"a\\"'])
      expect(read(text).end).toBe(NEED_MORE);
    expect(read('"a"').end).toBe(3);
  });
});

describe('the structure', () => {
  const WHOLE = [
    '{}',
    '{ \t}',
    '{"a":[]}',
    '{"a":[ \t ]}',
    '{"a":{}}',
    '{"a":[1,[2],{"b":"c"}]}',
    '\u007b\r\n\t"a"\t:\r\n1\t,\n"b" : "}" }',
  ];
  it.each(WHOLE)('%j is whole, and none of its beginnings is', (json) => {
    expect(read(json)).toMatchObject({ end: json.length, problem: null });
    for (let length = 0; length < json.length; length++)
      expect(read(json.slice(0, length)).end).toBe(NEED_MORE);
    expect(read(`${json}garbage`).end).toBe(json.length);
  });

  it.each([
    '{a:1}',
    '{1:1}',
    '{,}',
    '{"a"}',
    '{"a" 1}',
    '{"a",1}',
    '{"a":}',
    '{"a":,"b":1}',
    '{"a"::1}',
    '{"a":1 "b":2}',
    '{"a":1,}',
    '{"a":1,,"b":2}',
    '{"a":1]',
    '{"a":1:2}',
    '{"a":1{"b":2}}',
    '{"a":1[2]}',
    '{"a":true"b"}',
    '{"a":[1 2]}',
    '{"a":[1,]}',
    '{"a":[,1]}',
    '{"a":[1}',
    '{"a":[1:2]}',
    '{"a":"x\n"}',
    '{"a":"x\r"}',
    '{"a\n":1}',
    '}',
    ']',
    ',',
    ':',
  ])('%j is broken', (json) => {
    expect(read(json).end).toBe(BROKEN);
  });
});

describe('keys', () => {
  it.each([2, 15, 16, 17, 18, 40])(
    '%s of them are told apart, and one that stands twice is found',
    (count) => {
      const keys = Array.from({ length: count }, (_, i) => `"k${i}":${i}`);
      expect(read(`{${keys.join(',')}}`)).toMatchObject({ problem: null });
      expect(Object.keys(read(`{${keys.join(',')}}`).fields)).toHaveLength(count);
      for (const again of [0, count - 1])
        for (const wrap of [(s: string) => s, (s: string) => `{"in":${s}}`])
          expect(read(wrap(`{${keys.join(',')},"k${again}":0}`)).problem).toBe(
            `the key "k${again}" stands twice`,
          );
    },
  );

  it('are the same however they are escaped, and those of other objects are others', () => {
    expect(read('{"a":1,"\\u0061":2}').problem).toBe('the key "a" stands twice');
    expect(read('{"a":{"a":1},"b":[{"a":1},{"a":2}]}').problem).toBeNull();
  });
});

describe('what is read on, and rejected', () => {
  const deep = (open: string, close: string, levels: number, inside = '1'): string =>
    `{"a":${open.repeat(levels)}${inside}${close.repeat(levels)}}`;

  it('nesting of more than 64 levels', () => {
    for (const [open, close] of [
      ['[', ']'],
      ['{"b":', '}'],
    ] as const) {
      expect(read(deep(open, close, 63)).problem).toBeNull();
      const json = deep(open, close, 64);
      expect(read(json)).toMatchObject({ end: json.length, problem: 'nested deeper than 64' });
      expect(read(json.slice(0, -3)).end).toBe(NEED_MORE);
    }
  });

  it('and brackets, quotes and escapes in the strings there are none', () => {
    const json = deep('[', ']', 70, '"]}\\"]\\\\",{"x":"[{"}');
    expect(read(`${json}[`)).toMatchObject({ end: json.length, problem: 'nested deeper than 64' });
    expect(read(deep('[', ']', 70, '"\n"')).end).toBe(BROKEN);
  });

  it.each([
    ['{"a":"\\x"}', 'a bad escape in a string'],
    ['{"a":["\\x"]}', 'a bad escape in a string'],
    ['{"\\x":1}', 'a bad escape in a string'],
    ['{"a":"\u0001"}', 'a control character in a string'],
    ['{"a":"\u001f"}', 'a control character in a string'],
    ['{"a":"\\ud800"}', 'half of a surrogate pair in a string'],
    ['{"a":"\\u0000"}', 'a NUL character in a string'],
    ['{"a":"\\x","b":"\u0001"}', 'a bad escape in a string'],
  ])('%j', (json, problem) => {
    expect(read(json)).toMatchObject({ end: Buffer.byteLength(json), problem });
  });
});

it('gives nested values without the blanks between their parts, strings untouched', () => {
  const json = '  {"a": [ 1 ,\t"x \\" ] y\\\\" , { "b" :\r\n null } ], "c": { } }';
  const reader = new JsonValueReader();
  const bytes = Buffer.from(json);
  expect(reader.read(bytes, 2)).toBe(bytes.length);
  expect(Object.fromEntries(reader.fields())).toEqual({ a: '[1,"x \\" ] y\\\\",{"b":null}]', c: '{}' });
  // used again, it knows nothing of the value before
  expect(reader.read(Buffer.from('[1]'), 0)).toBe(3);
  expect([reader.isObject, reader.keys]).toEqual([false, []]);
});
