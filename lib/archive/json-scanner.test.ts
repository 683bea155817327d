import { isUtf8 } from 'node:buffer';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { JsonScanner } from '#lib/archive/json-scanner';

type Read = {
  rows: { line: number; row: number; fields: Record<string, string | null> }[];
  rejects: { line: number; row: number; reason: string; record: string }[];
};

function scan(json: string | Buffer, options: { chunks?: number[]; max?: number } = {}): Read {
  const bytes = Buffer.from(json as string);
  const read: Read = { rows: [], rejects: [] };
  const scanner = new JsonScanner(
    { maxRecordBytes: options.max ?? 1 << 20, isText: isUtf8 },
    {
      record: (object, line, row) =>
        read.rows.push({ line, row, fields: Object.fromEntries(object.fields()) }),
      reject: (reason, line, row, b, s, e) =>
        read.rejects.push({ line, row, reason, record: b.toString('utf8', s, e) }),
    },
  );
  let at = 0;
  for (const size of options.chunks ?? []) {
    scanner.push(bytes.subarray(at, at + size));
    at += size;
  }
  scanner.push(bytes.subarray(at));
  scanner.finish();
  return read;
}

const ids = (read: Read): (string | null | undefined)[] => read.rows.map((r) => r.fields.a);

describe('JsonScanner', () => {
  it.each([
    ['one a line', '{"a":1}\n{"a":2}\n'],
    ['with blank lines and CRLF', '\r\n{"a":1}\r\n\r\n{"a":2}'],
    ['concatenated', '{"a":1}{"a":2}'],
    ['an array', '[{"a":1},{"a":2}]'],
    ['an array, pretty', '[\n  {\n    "a": 1\n  },\n  {\n    "a": 2\n  }\n]\n'],
  ])('reads objects %s', (_, json) => {
    const read = scan(json);
    expect(ids(read)).toEqual(['1', '2']);
    expect(read.rejects).toEqual([]);
  });

  it('keeps numbers as their text, decodes strings, and gives nested values as compact JSON', () => {
    const [row] = scan(
      '{"n": 0.10, "big": 123456789012345678901234567890, "e": 1E3, "s": "a\\u00e9\\n\\"", "x": null, "t": true, "o": { "k" : [1, "a b" ] }}\n',
    ).rows;
    expect(row?.fields).toEqual({
      n: '0.10',
      big: '123456789012345678901234567890',
      e: '1E3',
      s: 'aé\n"',
      x: null,
      t: 'true',
      o: '{"k":[1,"a b"]}',
    });
  });

  it.each([
    ['{"a":1,"a":2}', 'the key "a" stands twice'],
    ['{"a":{"b":1,"b":2}}', 'the key "b" stands twice'],
    ['{"a":"\\x"}', 'a bad escape in a string'],
    ['{"a":"\\ud800"}', 'half of a surrogate pair in a string'],
    ['{"a":"\\u0000"}', 'a NUL character in a string'],
    ['{"a":"\t"}', 'a control character in a string'],
    [`{"a":${'['.repeat(70)}${']'.repeat(70)}}`, 'nested deeper than 64'],
    ['{"a":01}', 'no JSON object'],
    ['{"a":1', 'no JSON object'],
    ['{"a":"x', 'no JSON object'],
    ["{'a':1}", 'no JSON object'],
    ['null', 'not an object'],
    ['42', 'not an object'],
    ['"x"', 'not an object'],
    ['hello', 'no JSON object'],
  ])('rejects %j alone, the objects around it are read', (bad, reason) => {
    const read = scan(`{"a":1}\n${bad}\n{"a":2}\n`);
    expect(ids(read)).toEqual(['1', '2']);
    expect(read.rejects).toEqual([{ line: 2, row: 2, reason, record: bad }]);
  });

  it('finds a key that stands twice among many, in a time that grows with their number', () => {
    const keys = Array.from({ length: 200_000 }, (_, i) => `"k${i}":1`);
    // this process's own work, whatever else the machine does: a search among all keys takes half a minute of it
    const began = process.cpuUsage();
    const { rejects } = scan(`{${keys.join(',')},"k7":2}`, { max: 1 << 24 });
    expect(rejects.map((r) => r.reason)).toEqual(['the key "k7" stands twice']);
    expect(process.cpuUsage(began).user).toBeLessThan(5_000_000);
  });

  it('survives nesting of 200,000 levels', () => {
    const read = scan(`{"a":${'['.repeat(200_000)}${']'.repeat(200_000)}}\n{"a":2}\n`);
    expect(ids(read)).toEqual(['2']);
    expect(read.rejects[0]?.reason).toBe('nested deeper than 64');
  });

  it('rejects a cut last line', () => {
    const read = scan('{"a":1}\n{"a":2,"b"');
    expect(ids(read)).toEqual(['1']);
    expect(read.rejects).toEqual([
      { line: 2, row: 2, reason: 'not closed; the file may be cut off here', record: '{"a":2,"b"' },
    ]);
  });

  it('says that an array is not closed', () => {
    expect(scan('[{"a":1},\n{"a":2}').rejects.map((r) => r.reason)).toEqual([
      'the array is not closed; the file may be cut off here',
    ]);
  });

  it.each([[[]], [[10]], [[40, 40, 40]]])(
    'rejects an object that is too long and no other, in chunks of %j',
    (chunks) => {
      const read = scan(`[{"a":1},{"a":"${'x'.repeat(200)}}"},{"a":2}]`, { max: 60, chunks });
      expect(ids(read)).toEqual(['1', '2']);
      expect(read.rejects).toHaveLength(1);
      expect(read.rejects[0]?.reason).toBe('the record is longer than 60 bytes');
    },
  );

  it('goes on after a broken object on the same line', () => {
    const read = scan('[{"a":1},{bad},{"a":2}]');
    expect(ids(read)).toEqual(['1', '2']);
    expect(read.rejects).toEqual([{ line: 1, row: 2, reason: 'no JSON object', record: '{bad}' }]);
  });

  it('never depends on where the chunks are cut, whatever the bytes are', () => {
    const piece = fc.constantFrom(
      '{',
      '}',
      '[',
      ']',
      ',',
      '"',
      '\n',
      '{"a":1}',
      '{"a":1}\n',
      ':',
      'x',
      '1',
      '\\',
      ' ',
      'null',
    );
    const soup = fc.array(piece, { maxLength: 25 }).map((p) => p.join(''));
    fc.assert(
      fc.property(soup, fc.array(fc.integer({ min: 0, max: 6 }), { maxLength: 40 }), (json, chunks) => {
        expect(scan(json, { max: 25, chunks })).toEqual(scan(json, { max: 25 }));
      }),
      { numRuns: 3000 },
    );
  });

  it('keeps keys such as __proto__ as data', () => {
    const [row] = scan('{"__proto__":"x","constructor":1}').rows;
    expect(Object.entries(row?.fields ?? {})).toEqual([
      ['__proto__', 'x'],
      ['constructor', '1'],
    ]);
  });

  it('reads what JSON.stringify writes, wherever the chunks are cut', () => {
    const value = fc.oneof(fc.string(), fc.integer(), fc.boolean(), fc.constant(null));
    const object = fc.dictionary(
      fc.string({ unit: 'grapheme', maxLength: 4 }).filter((k) => k !== '__proto__'),
      value,
      { maxKeys: 4 },
    );
    const layout = fc.constantFrom<(objects: object[]) => string>(
      (o) => o.map((x) => JSON.stringify(x)).join('\n'),
      (o) => o.map((x) => JSON.stringify(x)).join(''),
      (o) => JSON.stringify(o),
      (o) => JSON.stringify(o, null, 2),
    );
    fc.assert(
      fc.property(
        fc.array(object, { minLength: 1, maxLength: 5 }),
        layout,
        fc.array(fc.nat(9), { maxLength: 30 }),
        (objects, as, chunks) => {
          const read = scan(as(objects), { chunks });
          const clean = objects.filter(
            (o) => !JSON.stringify(o).includes('\\u0000') && JSON.stringify(o).isWellFormed(),
          );
          if (clean.length < objects.length) return;
          expect(read.rejects).toEqual([]);
          expect(read.rows.map((r) => r.fields)).toEqual(
            objects.map((o) =>
              Object.fromEntries(Object.entries(o).map(([k, v]) => [k, v === null ? null : String(v)])),
            ),
          );
        },
      ),
      { numRuns: 500 },
    );
  });
});
