import { gzipSync } from 'node:zlib';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type Bench, openBench } from '#lib/adapters/staging/stage.testing';

// The numbers in brackets are the rows of the catalogue of bad inputs (F: JSON).
let bench: Bench;
beforeEach(() => {
  bench = openBench();
});
afterEach(() => bench.close());

const T = '"ts":"2024-06-10T12:00:00Z"';

describe('JSON', () => {
  it.each([
    ['lines, blank ones too [102]', `{"id":1,${T},"v":0.10}\n\n{"id":2,${T},"v":0.20}\n`, ['1', '3']],
    ['a byte order mark [103]', `\ufeff{"id":1,${T},"v":0.10}\n{"id":2,${T},"v":0.20}`, ['1', '2']],
    ['objects on one line [112]', `{"id":1,${T},"v":0.10} {"id":2,${T},"v":0.20}`, ['1', '2']],
    ['an array [97]', `[{"id":1,${T},"v":0.10},{"id":2,${T},"v":0.20}]`, ['1', '2']],
    ['an array, pretty [97]', `[\n {"id":1,\n ${T},"v":0.10},\n\n {"id":2,${T},"v":0.20}\n]`, ['2', '5']],
  ])('reads %s, numbers by their text [47, 100]', async (_, json, lines) => {
    bench.write('a.json', json);
    const { events, rejects, staged } = await bench.stage({ usedColumns: ['v'] });
    expect(await rejects()).toEqual([]);
    expect(staged.columns).toEqual([
      { name: 'id', type: 'BIGINT' },
      { name: 'ts', type: 'TIMESTAMP' },
      { name: 'v', type: 'DECIMAL(18,2)' },
    ]);
    expect(await events('id', 'v', '@line')).toEqual([
      ['1', '0.10', lines[0]],
      ['2', '0.20', lines[1]],
    ]);
  });

  it('quarantines bad records one by one [60, 96, 98, 99, 104, 105, 108, 109, 111, 113]', async () => {
    const bad: [string, string][] = [
      [`{"id":1,${T},"v":1,"v":2}`, 'the key "v" stands twice'],
      [`{"id":1,${T},"v":"\\ud800"}`, 'half of a surrogate pair in a string'],
      [`{"id":1,${T},"v":"\\q"}`, 'a bad escape in a string'],
      [`{"id":1,${T},"v":"\\u0000"}`, 'a NUL character in a string'],
      [`{"id":1,${T},"v":NaN}`, 'v: "NaN" does not fit decimal(18,2)'],
      [`{"id":1,${T},"v":"abc"}`, 'v: "abc" does not fit decimal(18,2)'],
      ['null', 'not an object'],
      [`{"id":1,${T},"v":${'['.repeat(100)}${']'.repeat(100)}}`, 'nested deeper than 64'],
      [`{"id":1,${T},"v":"${'x'.repeat(1 << 20)}"}`, 'the record is longer than 1048576 bytes'],
      [`{"id":1,${T},"v":1`, 'no JSON object'],
      [`{"id":1,"v":1}`, 'ts: no time'],
      [`{"v":1,${T}}`, 'id: no id'],
    ];
    bench.write(
      'a.jsonl',
      [`{"id":"a",${T},"v":1}`, ...bad.map(([json]) => json), `{"id":"z",${T},"v":null}`, `{"id":"cut"`].join(
        '\n',
      ),
    );
    const { events, rejects, staged } = await bench.stage({
      usedColumns: ['v'],
      types: new Map([['v', 'decimal(18,2)']]),
    });
    expect(await events('id', 'v', '@line')).toEqual([
      ['a', '1.00', '1'],
      ['z', null, String(bad.length + 2)],
    ]);
    const found = await rejects();
    expect(found.map(([, , reason]) => reason)).toEqual([
      ...bad.map(([, why]) => why),
      'not closed; the file may be cut off here',
    ]);
    expect(found.map(([, line]) => Number(line))).toEqual([...bad.map((_, i) => i + 2), bad.length + 3]);
    expect(found[0]?.[3]).toBe(bad[0]?.[0]);
    expect(staged.records).toBe(BigInt(bad.length + 3));
  });

  it('quarantines what is nested 200,000 deep, and reads on [110]', async () => {
    const deep = `{"id":1,${T},"v":${'['.repeat(200_000)}${']'.repeat(200_000)}}`;
    const cut = `{"id":2,${T},"v":${'['.repeat(200_000)}`;
    bench.write('a.jsonl', [deep, `{"id":3,${T},"v":1}`, cut, `{"id":4,${T},"v":2}`].join('\n'));
    const { events, rejects } = await bench.stage({ usedColumns: ['v'] });
    expect((await rejects()).map(([, line, reason]) => [line, reason])).toEqual([
      ['1', 'nested deeper than 64'],
      ['3', 'not closed; the file may be cut off here'],
    ]);
    expect(await events('id', 'v')).toEqual([
      ['3', '1'],
      ['4', '2'],
    ]);
  });

  it('takes keys that come late, nested values as compact text, and keys of JavaScript as data [101, 107]', async () => {
    const lines = Array.from({ length: 3000 }, (_, i) => `{"id":"e${i}",${T}}`);
    bench.write(
      'a.ndjson.gz',
      gzipSync([...lines, `{"id":"x",${T},"late":5,"o":{ "a" : [1, 2] },"__proto__":"p","":"e"}`].join('\n')),
    );
    const { rows, staged } = await bench.stage({ usedColumns: ['late', 'o', '__proto__'] });
    expect(
      await rows(`SELECT late, o, __proto__ AS p, "@blank1" AS e FROM archive_events WHERE id = 'x'`),
    ).toEqual([{ late: '5', o: '{"a":[1,2]}', p: 'p', e: 'e' }]);
    expect(staged.columns.find((c) => c.name === 'late')?.type).toBe('BIGINT');
  });

  it('keeps line ends and backslashes of strings [C]', async () => {
    bench.write('a.json', `{"id":1,${T},"v":"a\\nb\\r\\\\n\\"c,\\\\b"}`);
    const { events } = await bench.stage({ usedColumns: ['v'] });
    expect(await events('v')).toEqual([['a\nb\r\\n"c,\\b']]);
  });

  it.each([
    [
      'keys that differ in case [106]',
      `{"id":1,${T},"ID":2}`,
      'a.json, line 1: the keys id and ID differ only in case.',
    ],
    ['no object at all', '[1,2,3]', 'a.json holds no JSON object.'],
    ['a reserved key', `{"id":1,${T},"@line":2}`, 'a.json, line 1: the key @line is reserved.'],
  ])('refuses %s', async (_, json, message) => {
    bench.write('a.json', json);
    await expect(bench.stage()).rejects.toThrow(message);
  });

  it('keeps the records of a file in which none can be read in quarantine, beside files that tell the columns', async () => {
    bench.write('a.json', `{"id":1,${T},"v":1}\n`);
    bench.write('b.json', `{"id":2,${T},"v":one}\n`);
    const { staged, rejects, events } = await bench.stage({ usedColumns: ['v'] });
    expect([staged.records, staged.rejected]).toEqual([2n, 1n]);
    expect((await rejects()).map(([file, line]) => [file, line])).toEqual([['b.json', '1']]);
    expect(await events('v')).toEqual([['1']]);
  });

  it('is recognised by content, and mixed with CSV in one archive', async () => {
    bench.write('a.log', `{"id":1,${T},"v":1}\n`);
    bench.write('b.txt', 'id,ts,v\n2,2024-06-10T12:00:00Z,2.5\n');
    const { staged, events } = await bench.stage({ usedColumns: ['v'] });
    expect(staged.files.map((f) => f.format)).toEqual(['json', 'csv']);
    expect((await events('v')).flat()).toEqual(['1.0', '2.5']);
  });

  it('tells rejected records on one line by their line and their number in the file [112]', async () => {
    bench.write(
      'a.json',
      `[${Array.from({ length: 300 }, (_, i) => `{"id":${i},${T},"v":${i % 3 === 0 ? '"x"' : 1}}`).join(',')}]`,
    );
    const { rejects, staged } = await bench.stage({ usedColumns: ['v'], types: new Map([['v', 'bigint']]) });
    const found = await rejects();
    expect(found.map(([, line, reason]) => [line, reason])).toContainEqual([
      '1',
      'v: "x" does not fit bigint (record 4 of the file)',
    ]);
    expect(new Set(found.map(([, line]) => line))).toEqual(new Set(['1']));
    expect(found.find(([, , reason]) => reason.includes('record 4 '))?.[3]).toBe(`{"id":3,${T},"v":"x"}`);
    expect(staged.records).toBe(300n);
  });
});
