import { describe, expect, it } from 'vitest';
import { scan, text } from '#lib/archive/csv-scan.testing';

describe('how a record is written', () => {
  it('is told with it', () => {
    const csv = 'a,b\n"a",b\na,"b,c"\n"a\nb",c\na"b,c\n"a",b"c\n"a\r\nb",c"d\n';
    expect(text(csv, 2).styles).toEqual([
      'plain',
      'quoted',
      'quoted',
      'multiline',
      'stray',
      'stray',
      'multiline',
    ]);
  });

  it.each(['a,"b"', '"a","b"', 'a,"b"\r', 'a,"b"\r\n', '"a",b', 'a,b'])('%j ends with the file', (csv) => {
    for (let cut = 0; cut <= csv.length; cut++)
      expect(text(csv, 2, { chunks: [cut] })).toMatchObject({ rows: [[1, ['a', 'b']]], rejects: [] });
  });

  it('may have any number of fields where none is asked for', () => {
    expect(text('a\nb,c\n"d",,""\n', null).rows.map(([, fields]) => fields)).toEqual([
      ['a'],
      ['b', 'c'],
      ['d', null, ''],
    ]);
  });
});

describe('what is wrong with a line', () => {
  const reasons = (csv: string, more: object = {}) =>
    text(csv, 2, more).rejects.map(([line, why]) => `${line} ${why}`);

  it.each([
    ['"a\nb"\nc,d\n', '1 a quote is not closed on its line'],
    ['"a\nb",c,d\n', '1 a quote is not closed on its line'],
    ['"a",b\0\n', '1 a NUL byte'],
    ['a\0"b,c\n', '1 a NUL byte'],
    ['"a"b,"c\0"\n', '1 text after a closing quote (field 1)'],
    ['a,b,c', '1 3 fields where the header has 2'],
    ['"a",b,c', '1 3 fields where the header has 2'],
    ['"a"', '1 1 field where the header has 2; the file may be cut off here'],
    ['a,b\n"a', '2 a quote is not closed (field 1)'],
  ])('%j', (csv, reason) => {
    expect(reasons(csv)[0]).toBe(reason);
    for (let cut = 1; cut < csv.length; cut++) expect(reasons(csv, { chunks: [cut] })[0]).toBe(reason);
  });

  it('is its UTF-8, wherever the line stands and the chunks are cut', () => {
    const good = Buffer.from('é,1\n');
    const bad = Buffer.from('b\xff,2', 'latin1');
    const [line, end] = [Buffer.concat([bad, Buffer.from('\n')]), Buffer.alloc(0)];
    for (const parts of [
      [line, good, good],
      [good, line, good],
      [good, good, line],
      [good, good, bad],
    ]) {
      const bytes = Buffer.concat([...parts, end]);
      const at = parts.findIndex((part) => part === line || part === bad) + 1;
      for (let cut = 0; cut < bytes.length; cut++) {
        const read = scan(bytes, { fields: 2, chunks: [cut] });
        expect(read.rejects.map(([where, why]) => [where, why])).toEqual([[at, 'invalid UTF-8']]);
        expect(read.rows.map(([, fields]) => fields)).toEqual([
          ['é', '1'],
          ['é', '1'],
        ]);
      }
    }
  });

  it('is a quote that would take in a record, in CRLF and behind blank lines too', () => {
    const looks = { looks: /^b,2$/ };
    const why = 'a quote is not closed (the lines that it would take in are records)';
    expect(reasons('"a\r\nb,2\r\nc",d\r\n', looks)[0]).toBe(`1 ${why}`);
    expect(reasons('"a\n\nb,2\nc",d\n', looks)[0]).toBe(`1 ${why}`);
    // neither the line in which it opens nor the one in which it closes is a line that it takes in
    expect(text('b,"2\nc"\n', 2, { looks: /^(b,"2|c")$/ }).rejects).toEqual([]);
    expect(text('"x\n\ny",z\n', 2, { looks: /^$/ }).rejects).toEqual([]);
  });
});

describe('the longest record', () => {
  const MAX = 12;
  const reads = (csv: string, chunks: number[] = []): string[] => {
    const read = text(csv, 2, { max: MAX, chunks });
    return [
      ...read.rows.map(([line, fields]) => `${line} ${fields.join('|')}`),
      ...read.rejects.map(([line, reason, record]) => `${line} ${reason}: ${record}`),
    ];
  };
  const everyCut = (csv: string, wanted: readonly string[]): void => {
    expect(reads(csv)).toEqual(wanted);
    for (let a = 0; a < csv.length; a++) {
      expect(reads(csv, [a])).toEqual(wanted);
      expect(reads(csv, [a, 1])).toEqual(wanted);
      expect(reads(csv, [a, 5])).toEqual(wanted);
    }
  };

  it.each(['', '\n', '\r\n', '\r'])('is read, and one more byte is not (before %j)', (end) => {
    for (const [longest, fields] of [
      ['1234567890,a', '1234567890|a'],
      ['"12345678",a', '12345678|a'],
      ['a,"12345678"', 'a|12345678'],
    ] as const) {
      expect(longest).toHaveLength(MAX);
      everyCut(`x,y\n${longest}${end}`, ['1 x|y', `2 ${fields}`]);
      const more = longest.replace('12345', '123450');
      everyCut(`x,y\n${more}${end}`, [
        '1 x|y',
        `2 the record is longer than 12 bytes: ${more.slice(0, MAX)}`,
      ]);
    }
  });

  it('counts all lines of a quoted field; its first line is told', () => {
    everyCut('"123\n6789",a\nx,y\n', ['1 123\n6789|a', '3 x|y']);
    everyCut('"123\n67890",a\nx,y\n', ['2 67890"|a', '3 x|y', '1 the record is longer than 12 bytes: "123']);
  });

  it('is not looked for without end: lines behind it are read', () => {
    everyCut(`x,y\n${'1'.repeat(40)}\nx,z\n`, [
      '1 x|y',
      '3 x|z',
      `2 the record is longer than 12 bytes: ${'1'.repeat(12)}`,
    ]);
    everyCut(`x,y\n${'1'.repeat(40)}`, ['1 x|y', `2 the record is longer than 12 bytes: ${'1'.repeat(12)}`]);
    everyCut(`"${'1'.repeat(40)}",a\r\nx,z`, [
      '2 x|z',
      `1 the record is longer than 12 bytes: "${'1'.repeat(11)}`,
    ]);
  });

  it('is shown with 4,096 bytes at most', () => {
    const long = 'y'.repeat(20_000);
    for (const chunks of [[], [1], [5_000], [10_001, 10], [19_999]]) {
      for (const end of ['', '\n']) {
        const read = text(`${long}${end}`, 2, { max: 10_000, chunks });
        expect(read.rejects).toEqual([[1, 'the record is longer than 10000 bytes', 'y'.repeat(4096)]]);
      }
    }
  });
});
