import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { scan, text } from '#lib/archive/csv-scan.testing';

describe('CsvScanner', () => {
  it('tells NULL from the empty string', () => {
    expect(text('a,,""\n', 3).rows).toEqual([[1, ['a', null, '']]]);
  });

  it('reads LF, CRLF and CR mixed, skips blank lines, keeps physical line numbers', () => {
    expect(text('a,1\r\nb,2\n\r\n\nc,3\rd,4', 2).rows).toEqual([
      [1, ['a', '1']],
      [2, ['b', '2']],
      [5, ['c', '3']],
      [6, ['d', '4']],
    ]);
  });

  it('reads a quoted field over several lines as one record', () => {
    expect(text('a,"x\ny, ""z"""\r\nb,2\n', 2)).toMatchObject({
      rows: [
        [1, ['a', 'x\ny, "z"']],
        [3, ['b', '2']],
      ],
      rejects: [],
    });
  });

  it('rejects a quote that is not closed as one line, and reads every line after it', () => {
    expect(text('a,"1\nb,2\nc,3\n', 2)).toMatchObject({
      rows: [
        [2, ['b', '2']],
        [3, ['c', '3']],
      ],
      rejects: [[1, 'a quote is not closed (field 2)', 'a,"1']],
    });
  });

  it('rejects an unclosed quote that a later quote seems to close', () => {
    const read = text('a,"1\nb,2\nc,"3"\nd,4\n', 2);
    expect(read.rows.map(([line]) => line)).toEqual([2, 3, 4]);
    expect(read.rejects).toEqual([[1, 'text after a closing quote (field 2)', 'a,"1']]);
  });

  it('rejects an unclosed quote that would swallow records, though the fields would count up', () => {
    const read = text('a,"1,x\nb,2024,y\nc",z\n', 3, { looks: /^\w+,2024,\w+$/ });
    expect(read.rejects[0]).toEqual([
      1,
      'a quote is not closed (the lines that it would take in are records)',
      'a,"1,x',
    ]);
    expect(read.rows.map(([line]) => line)).toEqual([2]);
    expect(read.rejects[1]?.[0]).toBe(3);
  });

  it.each([
    ['a\n', '1 field where the header has 2'],
    ['a,b,c\n', '3 fields where the header has 2'],
    ['a,"b"c\n', 'text after a closing quote (field 2)'],
    ['a,\0b\n', 'a NUL byte'],
    ['a,"\0"\n', 'a NUL byte'],
    ['a', '1 field where the header has 2; the file may be cut off here'],
    ['a,"b', 'a quote is not closed (field 2)'],
  ])('rejects %j', (csv, reason) => {
    expect(text(`x,y\n${csv}`, 2)).toMatchObject({
      rows: [[1, ['x', 'y']]],
      rejects: [[2, reason, csv.trimEnd()]],
    });
  });

  it('rejects invalid UTF-8 and goes on', () => {
    const read = scan(Buffer.from('a,1\nb\xff,2\nc,3\n', 'latin1'), { fields: 2 });
    expect(read.rows.map(([line]) => line)).toEqual([1, 3]);
    expect(read.rejects.map(([line, reason]) => [line, reason])).toEqual([[2, 'invalid UTF-8']]);
  });

  it('keeps a stray quote in an unquoted field', () => {
    expect(text('a"b,c""d\n', 2).rows).toEqual([[1, ['a"b', 'c""d']]]);
  });

  it.each([[[]], [[1]], [[30, 40]], [[7, 7, 7, 7, 7, 7, 7, 7, 7]]])(
    'rejects a record that is too long, in chunks of %j',
    (chunks) => {
      const read = text(`a,1\n${'x'.repeat(100)},2\r\nb,3\n"${'y'.repeat(100)}",2\nc,4\n`, 2, {
        max: 50,
        chunks,
      });
      expect(read.rows).toEqual([
        [1, ['a', '1']],
        [3, ['b', '3']],
        [5, ['c', '4']],
      ]);
      expect(read.rejects.map(([line]) => line)).toEqual([2, 4]);
    },
  );

  it('gives back what was written, wherever the chunks are cut', () => {
    const field = fc.oneof(
      fc.constant(null),
      fc.string({ unit: fc.constantFrom('a', ',', '"', '\n', '\r', 'é', '😀', ' ', '\\'), maxLength: 6 }),
    );
    const table = fc
      .integer({ min: 2, max: 4 })
      .chain((n) => fc.array(fc.array(field, { minLength: n, maxLength: n }), { maxLength: 8 }));
    const end = fc.constantFrom('\n', '\r\n', '\r');
    fc.assert(
      fc.property(
        table,
        end,
        fc.array(fc.integer({ min: 0, max: 9 }), { maxLength: 20 }),
        (rows, eol, chunks) => {
          const csv = rows.map((r) => r.map(write).join(',') + eol).join('');
          const read = scan(Buffer.from(csv), { fields: rows[0]?.length ?? 2, chunks });
          expect(read.rejects).toEqual([]);
          expect(read.rows.map(([, fields]) => fields)).toEqual(rows);
        },
      ),
      { numRuns: 500 },
    );
  });

  it('never depends on where the chunks are cut, whatever the bytes are', () => {
    const soup = fc.string({
      unit: fc.constantFrom('a', ',', '"', '\n', '\r', '\0', '""', ',"', 'b,c\n'),
      maxLength: 60,
    });
    fc.assert(
      fc.property(soup, fc.array(fc.integer({ min: 0, max: 5 }), { maxLength: 40 }), (csv, chunks) => {
        const options = { fields: 2, max: 30, looks: /^b,c$/ };
        const whole = scan(Buffer.from(csv), options);
        expect(scan(Buffer.from(csv), { ...options, chunks })).toEqual(whole);
        // Nothing vanishes: every line is blank, a record's, or a reject.
        const lines = csv.split(/\r\n|\n|\r/);
        const covered = new Set(whole.rejects.map(([line]) => line));
        for (const [line, fields] of whole.rows) {
          const inside = fields.reduce((n, f) => n + (f === null ? 0 : f.split(/\r\n|\n|\r/).length - 1), 0);
          for (let i = 0; i <= inside; i++) covered.add(line + i);
        }
        lines.forEach((content, i) => {
          if (content !== '') expect(covered).toContain(i + 1);
        });
      }),
      { numRuns: 2000 },
    );
  });
});

const write = (field: string | null): string =>
  field === null ? '' : field === '' || /[",\n\r]/.test(field) ? `"${field.replaceAll('"', '""')}"` : field;
