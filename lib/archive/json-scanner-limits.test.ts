import { isUtf8 } from 'node:buffer';
import { describe, expect, it } from 'vitest';
import { JsonScanner } from '#lib/archive/json-scanner';

/** What the scanner finds, in order: `ROW@LINE` with the record, or with the reason and what is shown. */
function scan(bytes: Buffer, max: number, chunks: readonly number[] = []): string[] {
  const found: string[] = [];
  const scanner = new JsonScanner(
    { maxRecordBytes: max, isText: isUtf8 },
    {
      record: (object, line, row) =>
        found.push(`${row}@${line} ${JSON.stringify(Object.fromEntries(object.fields()))}`),
      reject: (reason, line, row, b, s, e) =>
        found.push(`${row}@${line} ${reason}: ${b.toString('utf8', s, e)}`),
    },
  );
  let at = 0;
  for (const size of chunks) {
    scanner.push(bytes.subarray(at, at + size));
    at += size;
  }
  scanner.push(bytes.subarray(at));
  scanner.finish();
  return found;
}

/** The same must be found wherever the chunks are cut. */
function finds(json: string | Buffer, max: number, wanted: readonly string[]): void {
  const bytes = Buffer.from(json as string);
  expect(scan(bytes, max)).toEqual(wanted);
  expect(scan(bytes, max, Array(bytes.length).fill(1))).toEqual(wanted);
  for (let at = 0; at <= bytes.length; at++)
    for (const more of [[], [1], [7], [1, 1, 1]]) expect(scan(bytes, max, [at, ...more])).toEqual(wanted);
}

const LONG = 'x'.repeat(40);
const TOO_LONG = 'the record is longer than 20 bytes';
const [ONE, TWO] = ['{"a":1}', '{"a":2}'];
const [GOOD_1, GOOD_2] = ['{"a":"1"}', '{"a":"2"}'];

describe('lines and rows', () => {
  it.each<[string, string[]]>([
    ['[\n{\n"o":\n{\n"b":1\n},\n"a":1\n},\n{"a":2}\n]', ['1@2 {"o":"{\\"b\\":1}","a":"1"}', `2@9 ${GOOD_2}`]],
    ['{"a":\n1}\n\n{"a":2}', [`1@1 ${GOOD_1}`, `2@4 ${GOOD_2}`]],
    ['{"o":\n{"b":1},\n"a":1}\n{"a":2}', ['1@1 {"o":"{\\"b\\":1}","a":"1"}', `2@4 ${GOOD_2}`]],
    ['{"a":[1,{"b":[]}],"c":"}{"}{"a":2}', ['1@1 {"a":"[1,{\\"b\\":[]}]","c":"}{"}', `2@1 ${GOOD_2}`]],
    ['{"a":"\\"}\\\\"}{"a":2}', ['1@1 {"a":"\\"}\\\\"}', `2@1 ${GOOD_2}`]],
    ['[]', []],
    [' \n', []],
  ])('of %j', (json, wanted) => finds(json, 100, wanted));
});

describe('a broken record', () => {
  it.each<[string, string[]]>([
    [`{"a":1\n${TWO}`, ['1@1 no JSON object: {"a":1', `2@2 ${GOOD_2}`]],
    [`{"a":1\n  ${TWO}\n`, ['1@1 no JSON object: {"a":1', `2@2 ${GOOD_2}`]],
    [`{"a":1\n \n\t${TWO}`, ['1@1 no JSON object: {"a":1', `2@3 ${GOOD_2}`]],
    [`[${ONE},\n{"a":\n]`, [`1@1 ${GOOD_1}`, '2@2 no JSON object: {"a":']],
    [`[${ONE},\n{"a":\n ]\n`, [`1@1 ${GOOD_1}`, '2@2 no JSON object: {"a":']],
    [`{"a":\n]\n${TWO}`, ['1@1 no JSON object: {"a":\n]', `2@3 ${GOOD_2}`]],
    [`{"a":"x\n]\n${TWO}`, ['1@1 no JSON object: {"a":"x', '2@2 no JSON object: ]', `3@3 ${GOOD_2}`]],
    ['[{"a":"x\n]', ['1@1 no JSON object: {"a":"x']],
    [`[{"a":"x\n,${TWO}]`, ['1@1 no JSON object: {"a":"x', `2@2 ${GOOD_2}`]],
    [`nope   \n\n\n${TWO}`, ['1@1 no JSON object: nope', `2@4 ${GOOD_2}`]],
    ['nope   \r\n', ['1@1 no JSON object: nope']],
    ['nope', ['1@1 not closed; the file may be cut off here: nope']],
    [`]\n${TWO}`, ['1@1 no JSON object: ]', `2@2 ${GOOD_2}`]],
    [`${ONE},\n${TWO}`, [`1@1 ${GOOD_1}`, '2@1 no JSON object: ,', `3@2 ${GOOD_2}`]],
    [`${ONE}}${TWO}`, [`1@1 ${GOOD_1}`, `2@1 no JSON object: }${TWO}`]],
  ])('in %j', (json, wanted) => finds(json, 100, wanted));

  it('of invalid UTF-8 is one reject', () => {
    const bytes = Buffer.from(`${ONE}\n{"a":"\xff"}\n${TWO}`, 'latin1');
    finds(bytes, 100, [`1@1 ${GOOD_1}`, '2@2 invalid UTF-8: {"a":"\ufffd"}', `3@3 ${GOOD_2}`]);
  });
});

describe('the brackets and commas of an array', () => {
  const OPEN = 'the array is not closed; the file may be cut off here: ';

  it.each<[string, string[]]>([
    [`[${ONE}]${TWO}`, [`1@1 ${GOOD_1}`, `2@1 after the end of the array: ${TWO}`]],
    [`[${ONE}],${TWO}`, [`1@1 ${GOOD_1}`, `2@1 no JSON object: ,${TWO}`]],
    [`[${ONE}]]`, [`1@1 ${GOOD_1}`, '2@1 no JSON object: ]']],
    [`[,${ONE}]`, [`1@1 no JSON object: ,${ONE}`]],
    [`[${ONE},,${TWO}]`, [`1@1 ${GOOD_1}`, `2@1 no JSON object: ,${TWO}`]],
    [`[${ONE} ${TWO}]`, [`1@1 ${GOOD_1}`, `2@1 ${GOOD_2}`]],
    [`[[1,2],${TWO}]`, ['1@1 not an object: [1,2]', `2@1 ${GOOD_2}`]],
    ['[', [`1@1 ${OPEN}`]],
    [' \n[ \n', [`1@3 ${OPEN}`]],
    [`[${ONE},\n`, [`1@1 ${GOOD_1}`, `2@2 ${OPEN}`]],
  ])('in %j', (json, wanted) => finds(json, 100, wanted));
});

describe('a record that is too long', () => {
  it.each<[string, string[]]>([
    [
      `${ONE}\n{"a":"${LONG}"}\n${TWO}`,
      [`1@1 ${GOOD_1}`, `2@2 ${TOO_LONG}: {"a":"xxxxxxxxxxxxxx`, `3@3 ${GOOD_2}`],
    ],
    [
      `[${ONE},\n{"a":\n"${LONG}"\n},${TWO}\n]`,
      [`1@1 ${GOOD_1}`, `2@2 ${TOO_LONG}: {"a":\n"xxxxxxxxxxxxx`, `3@4 ${GOOD_2}`],
    ],
    [`${ONE}\n{"a":"${LONG}`, [`1@1 ${GOOD_1}`, `2@2 ${TOO_LONG}: {"a":"xxxxxxxxxxxxxx`]],
    [`{"a":"${LONG}\n${TWO}`, [`1@1 ${TOO_LONG}: {"a":"xxxxxxxxxxxxxx`, `2@2 ${GOOD_2}`]],
    [`{bad${LONG}}\n${TWO}`, [`1@1 ${TOO_LONG}: {badxxxxxxxxxxxxxxxx`, `2@2 ${GOOD_2}`]],
    [`{bad "${LONG}"}${TWO}`, [`1@1 ${TOO_LONG}: {bad "xxxxxxxxxxxxxx`, `2@1 ${GOOD_2}`]],
    [`{bad${LONG}`, [`1@1 ${TOO_LONG}: {badxxxxxxxxxxxxxxxx`]],
  ])('in %j', (json, wanted) => finds(json, 20, wanted));

  it.each<[string, string]>([
    ['a line of text', `bad${LONG} ${LONG}\n`],
    ['a line that begins with a bracket that closes nothing', `]${LONG}\n`],
    ['a string', `"${LONG}" `],
    ['a string that is not closed', `"${LONG}\n`],
    ['a string with quotes in it', `"${LONG}\\"{\\\\" `],
    ['a number', `${'1'.repeat(40)} `],
    ['a negative number', `-${'1'.repeat(40)}\n`],
  ])('takes no other with it: %s', (_, bad) => {
    const shown = `${TOO_LONG}: ${bad.slice(0, 20)}`;
    const line = bad.endsWith('\n') ? 2 : 1;
    finds(`${bad}${ONE}\n${TWO}`, 20, [`1@1 ${shown}`, `2@${line} ${GOOD_1}`, `3@${line + 1} ${GOOD_2}`]);
    finds(`${ONE}\n${bad}`, 20, [`1@1 ${GOOD_1}`, `2@2 ${shown}`]);
  });

  it('in an array leaves those behind it', () => {
    for (const bad of [`"${LONG}"`, '1'.repeat(40), `{"a":"${LONG}"}`])
      finds(`[${bad},${TWO}]`, 20, [`1@1 ${TOO_LONG}: ${bad.slice(0, 20)}`, `2@1 ${GOOD_2}`]);
  });

  it('has one byte more than the longest', () => {
    const [most, over] = ['{"a":"123456789012"}', '{"a":"1234567890123"}'];
    expect(most).toHaveLength(20);
    for (const end of ['', '\n', most]) {
      const rest = end === most ? [`2@1 ${most}`] : [];
      finds(`${most}${end}`, 20, [`1@1 ${most}`, ...rest]);
      finds(`${over}${end}`, 20, [`1@1 ${TOO_LONG}: ${over.slice(0, 20)}`, ...rest]);
      finds(`[${most}${end === most ? `,${most}` : end}]`, 20, [`1@1 ${most}`, ...rest]);
    }
  });

  it('is shown with 4,096 bytes at most', () => {
    const y = 'y'.repeat(20_000);
    const reason = '1@1 the record is longer than 10000 bytes: ';
    for (const chunks of [[], [1], [5_000], [10_001, 10], [19_999]]) {
      for (const bad of [`{"a":"${y}"}`, `{bad ${y}}`, `bad ${y}\n`, `"${y}"`]) {
        const found = scan(Buffer.from(`${bad}${TWO}`), 10_000, chunks);
        expect(found[0]).toBe(`${reason}${bad.slice(0, 4096)}`);
        expect(found.slice(1).map((line) => line.slice(4))).toEqual([GOOD_2]);
      }
      expect(scan(Buffer.from(`bad ${y}`), 10_000, chunks)).toEqual([`${reason}bad ${y.slice(0, 4092)}`]);
    }
  });
});
