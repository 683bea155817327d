import { gzipSync, zstdCompressSync } from 'node:zlib';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type Bench, FIELDS, openBench } from '#lib/adapters/staging/stage.testing';

// The numbers in brackets are the rows of the catalogue of bad inputs (A: structure, B: numbers, C: text).
let bench: Bench;
beforeEach(() => {
  bench = openBench();
});
afterEach(() => bench.close());

const T = '2024-06-10T12:00:00Z';
const csv = (...lines: string[]): string => `${lines.join('\n')}\n`;
const filler = (n: number): string[] => Array.from({ length: n }, (_, i) => `f${i},${T},${i}`);

describe('structure of CSV', () => {
  it('takes an empty file and a header alone with a warning [1, 2]', async () => {
    bench.write('a.csv', '');
    bench.write('b.csv', 'id,ts\n');
    bench.write('c.csv', csv('id,ts', `1,${T}`));
    const { staged } = await bench.stage();
    expect(staged.records).toBe(1n);
    expect(staged.warnings.map((w) => w.message)).toEqual([
      'a.csv holds no records.',
      'b.csv holds no records.',
    ]);
  });

  it('removes a byte order mark, on both ways to read a file [3]', async () => {
    bench.write('a.csv', `\ufeff${csv('id,ts', `1,${T}`)}`);
    bench.write('b.csv', `\ufeff${csv('"id",ts', `1,${T}`, `2,${T},`)}`);
    const { staged, events } = await bench.stage();
    expect(staged.columns.map((c) => c.name)).toEqual(['id', 'ts']);
    expect(await events('id', '@line')).toEqual([
      ['1', '2'],
      ['1', '2'],
    ]);
  });

  it.each([
    ['UTF-16 [4]', Buffer.from(`\ufeff${csv('id,ts', `1,${T}`)}`, 'utf16le'), 'a.csv is UTF-16 text.'],
    ['UTF-16 without a mark [4]', Buffer.from(csv('id,ts', `1,${T}`), 'utf16le'), 'a.csv is UTF-16 text.'],
    [
      'a semicolon [19]',
      csv('id;ts', `1;${T}`),
      'a.csv: the delimiter looks like a semicolon (;); only commas are read.',
    ],
    ['a tab [30]', csv('id\tts', `1\t${T}`), 'a.csv: the delimiter looks like a tab; only commas are read.'],
    [
      'a workbook [30]',
      Buffer.from('PK\x03\x04rest of a zip file'),
      'a.csv is a zip file or an Excel workbook.',
    ],
    ['an HTML page [31]', '<!DOCTYPE html><html></html>', 'a.csv looks like an HTML page.'],
    ['an XML error [31]', '<?xml version="1.0"?><Error/>', 'a.csv looks like XML.'],
    [
      'a duplicate header [15]',
      csv('id,ts,v,v', `1,${T},2,3`),
      'a.csv: the name v stands twice in the header, as columns 3 and 4.',
    ],
    [
      'names that differ in case',
      csv('id,ts,v,V', `1,${T},2,3`),
      'a.csv: the names v (column 3) and V (column 4) differ only in case.',
    ],
    [
      'comment lines [25]',
      csv('# made today', 'id,ts', `1,${T}`),
      'archive.fields.id: no file of the archive has a column id.',
    ],
    [
      '100,000 columns [28]',
      csv(Array.from({ length: 100_000 }, (_, i) => `c${i}`).join(',')),
      'a.csv has 100000 columns; at most 2000 are read.',
    ],
    ['a reserved name', csv('id,ts,@line', `1,${T},1`), 'a.csv: the column name @line is reserved.'],
  ])('refuses %s', async (_, content, message) => {
    bench.write('a.csv', content);
    await expect(bench.stage()).rejects.toThrow(message);
  });

  it('names the nearest column where a mapped one is missing everywhere [17, 18]', async () => {
    bench.write('a.csv', csv('Event_ID,ts', `1,${T}`));
    await expect(bench.stage({ fields: { ...FIELDS, id: 'event_id' } })).rejects.toThrow(
      'archive.fields.id: no file of the archive has a column event_id. Did you mean Event_ID?',
    );
  });

  it('refuses a file that lacks a mapped column before it reads any record [17]', async () => {
    bench.write('a.csv', csv('id,ts', `1,${T}`));
    bench.write('b.csv', csv('id,when', `1,${T}`));
    await expect(bench.stage()).rejects.toThrow('b.csv has no column ts; other files have it.');
  });

  it('trims header names, and takes a blank one that nothing uses [16, 18]', async () => {
    bench.write('a.csv', csv(' id , ts,', `1,${T},x`));
    expect(await (await bench.stage()).events('id')).toEqual([['1']]);
  });

  it('quarantines bad UTF-8, NUL and wrong numbers of fields with their lines, and keeps the rest [5, 6, 7, 13, 14, 29]', async () => {
    const lines = filler(1000);
    lines[10] = `x,${T}`;
    lines[20] = `x,${T},1,2`;
    lines[30] = `x\0,${T},1`;
    lines[40] = `x\xff,${T},1`;
    bench.write('a.csv', Buffer.from(csv('id,ts,v', ...lines), 'latin1'));
    const { staged, rejects, events } = await bench.stage();
    expect(await rejects()).toEqual([
      ['a.csv', '12', '2 fields where the header has 3', `x,${T}`],
      ['a.csv', '22', '4 fields where the header has 3', `x,${T},1,2`],
      ['a.csv', '32', 'a NUL byte', `x\u2400,${T},1`],
      ['a.csv', '42', 'invalid UTF-8', `x\ufffd,${T},1`],
    ]);
    expect([staged.records, staged.rejected]).toEqual([1000n, 4n]);
    expect((await events('@line')).map(([line]) => line)).not.toContain('32');
    expect(await events('id')).toHaveLength(996);
  });

  it('reads CR alone, CRLF and LF mixed, blank lines and quoted line ends; line numbers are physical [8, 9, 10, 24]', async () => {
    bench.write('cr.csv', `id,ts,v\r1,${T},x\r2,${T},y\r`);
    bench.write('mixed.csv', `id,ts,v\r\n\r\n1,${T},"a\nb"\n\n2,${T},y\r\n`);
    const { events, rejects } = await bench.stage({ usedColumns: ['v'] });
    expect(await rejects()).toEqual([]);
    expect(await events('@file', '@line', 'v')).toEqual([
      ['0', '2', 'x'],
      ['0', '3', 'y'],
      ['1', '3', 'a\nb'],
      ['1', '6', 'y'],
    ]);
  });

  it('rejects an unclosed quote as its one line and loses no record after it [11, 12]', async () => {
    const lines = filler(500);
    lines[100] = `x,${T},"1`;
    lines[200] = `a"b,${T},7`;
    bench.write('a.csv', csv('id,ts,v', ...lines));
    const { staged, rejects, events } = await bench.stage();
    expect(await rejects()).toEqual([['a.csv', '102', 'text after a closing quote (field 3)', `x,${T},"1`]]);
    expect(staged.records).toBe(500n);
    expect(await events('id')).toContainEqual(['a"b']);
  });

  it.each([['plain'], ['exact']])('quarantines a repeated header, read %s [22]', async (way) => {
    bench.write(
      'a.csv',
      csv('id,ts,v', `1,${T},2`, 'id,ts,v', `2,${T},3`, ...(way === 'exact' ? [`3,${T}`] : [])),
    );
    const { rejects, staged } = await bench.stage({ usedColumns: ['v'] });
    expect((await rejects())[0]).toEqual(['a.csv', '3', 'a repeated header line', 'id,ts,v']);
    expect(staged.columns.find((c) => c.name === 'v')?.type).toBe('BIGINT');
  });

  it('quarantines a cut last record [23]', async () => {
    bench.write('a.csv', `id,ts,v\n1,${T},2\n2,2024-0`);
    const { rejects } = await bench.stage();
    expect(await rejects()).toEqual([
      ['a.csv', '3', '2 fields where the header has 3; the file may be cut off here', '2,2024-0'],
    ]);
  });

  it('quarantines a line of 3 MB, and shows its beginning [27]', async () => {
    bench.write('a.csv', csv('id,ts,v', `1,${T},${'x'.repeat(3_000_000)}`, `2,${T},y`));
    const { rejects, events } = await bench.stage();
    const [[file, line, reason, record] = []] = await rejects();
    expect([file, line, reason]).toEqual(['a.csv', '2', 'the record is longer than 1048576 bytes']);
    expect(record).toHaveLength(1000);
    expect(await events('id')).toEqual([['2']]);
  });

  it('takes columns by name in every file, and says where order and columns differ [20, 21]', async () => {
    bench.write('a.csv', csv('id,ts,user,value', `1,${T},u,5`));
    bench.write('b.csv', csv('id,ts,value,user', `2,${T},6,w`));
    bench.write('c.csv', csv('id,ts,value,user,extra', `3,${T},7,x,e`));
    const { staged, events } = await bench.stage({ usedColumns: ['value', 'user'] });
    expect(await events('user', 'value', 'extra')).toEqual([
      ['u', '5', null],
      ['w', '6', null],
      ['x', '7', 'e'],
    ]);
    expect(staged.warnings.map((w) => w.code)).toEqual(['column_extra', 'column_order']);
  });

  it('quarantines a comma too many at the end of each record, unless the header has it too [26]', async () => {
    bench.write('a.csv', csv('id,ts,v', `1,${T},2,`, `2,${T},3,`));
    const extra = await bench.stage({ usedColumns: ['v'] });
    expect((await extra.rejects()).map(([, line, reason]) => `${line} ${reason}`)).toEqual([
      '2 4 fields where the header has 3',
      '3 4 fields where the header has 3',
    ]);
    // late, after what a sample shows, and where the last column is NULL
    bench.write('a.csv', csv('id,ts,v', ...filler(5000), `x,${T},,`, `y,${T},`, `"q,",${T},`));
    const late = await bench.stage({ usedColumns: ['v'] });
    expect((await late.rejects()).map(([, line, reason]) => `${line} ${reason}`)).toEqual([
      '5002 4 fields where the header has 3',
    ]);
    expect(late.staged.records).toBe(5003n);
    bench.write('a.csv', csv('id,ts,v,', `1,${T},2,`, `2,${T},3,`));
    const both = await bench.stage({ usedColumns: ['v'] });
    expect(await both.rejects()).toEqual([]);
    expect(await both.events('id', 'v')).toEqual([
      ['1', '2'],
      ['2', '3'],
    ]);
  });

  it('quarantines half of a surrogate pair, which is no UTF-8 [60]', async () => {
    const bytes = [
      Buffer.from(csv('id,ts', `1,${T}`)),
      Buffer.from([0x78, 0xed, 0xa0, 0x80]),
      Buffer.from(`,${T}\n`),
    ];
    bench.write('a.csv', Buffer.concat(bytes));
    const { rejects, events } = await bench.stage();
    expect((await rejects()).map(([, line, reason]) => [line, reason])).toEqual([['3', 'invalid UTF-8']]);
    expect(await events('id')).toEqual([['1']]);
  });

  it('warns of two files with the same content [32]', async () => {
    bench.write('a.csv', csv('id,ts', `1,${T}`));
    bench.write('b.csv', csv('id,ts', `1,${T}`));
    const { staged } = await bench.stage();
    expect(staged.warnings).toEqual([
      { code: 'same_content', message: 'b.csv has the same content as a.csv.' },
    ]);
  });

  it('tells NULL from the empty string, on both ways and compressed [48]', async () => {
    const lines = ['id,ts,v', `1,${T},`, `2,${T},""`, `3,${T},NULL`, `4,${T},\\N`, `5,${T},N/A`];
    bench.write('a.csv', csv(...lines));
    bench.write('b.csv', csv(...lines, `6,${T},"two\nlines"`));
    bench.write('c.csv.gz', gzipSync(csv(...lines)));
    bench.write('d.csv.zst', zstdCompressSync(csv(...lines)));
    const { events } = await bench.stage({ usedColumns: ['v'] });
    const values = [null, '', 'NULL', '\\N', 'N/A'];
    expect((await events('v')).map(([v]) => v)).toEqual([
      ...values,
      ...values,
      'two\nlines',
      ...values,
      ...values,
    ]);
  });

  it('gives the same whichever way a file is read', async () => {
    const lines = Array.from(
      { length: 3000 },
      (_, i) => `"e,${i}",${T},${i % 7 === 0 ? '' : `"q""${i}"`},\\b\\n${i}`,
    );
    bench.write('direct.csv', csv('id,ts,v,w', ...lines));
    bench.write('exact.csv', csv('id,ts,v,w', ...lines, 'broken'));
    const { rows, staged } = await bench.stage({ usedColumns: ['v', 'w'] });
    expect(staged.files.map((f) => f.records)).toEqual([3000n, 3001n]);
    const [difference] = await rows(
      `SELECT count(*) AS n FROM (SELECT id, v, w, "@time", "@line" FROM archive_events WHERE "@file" = 0
       EXCEPT SELECT id, v, w, "@time", "@line" FROM archive_events WHERE "@file" = 1)`,
    );
    expect(difference).toEqual({ n: '0' });
    expect(await rows('SELECT v, w FROM archive_events WHERE "@file" = 0 AND "@line" = 3')).toEqual([
      { v: 'q"1', w: '\\b\\n1' },
    ]);
  });
});

describe('values', () => {
  const bring = async (
    type: string,
    values: string[],
  ): Promise<{ kept: (string | null)[]; rejected: string[] }> => {
    bench.write('a.csv', csv('id,ts,v', ...values.map((v, i) => `${i},${T},${v}`)));
    const { events, rejects } = await bench.stage({ usedColumns: ['v'], types: new Map([['v', type]]) });
    return {
      kept: (await events('v')).map(([v]) => v ?? null),
      rejected: (await rejects()).map(([, , reason]) => reason),
    };
  };

  it('quarantines what does not fit a declared type exactly [33-47]', async () => {
    const bad = [
      '"1,5"',
      '"1,234"',
      '1.005',
      '0x10',
      '1_000',
      '" 12 "',
      '1e3',
      'abc',
      '$5',
      '(5)',
      '5%',
      '１２',
      '١٢',
      'NaN',
      '""',
      '12345678901234567',
    ];
    const good = ['1.50', '1.5', '-0', '+5', '1.500', '.5', '5.', '007', '1234567890123456.78'];
    const { kept, rejected } = await bring('decimal(18,2)', [...good, ...bad]);
    expect(kept).toEqual([
      '1.50',
      '1.50',
      '0.00',
      '5.00',
      '1.50',
      '0.50',
      '5.00',
      '7.00',
      '1234567890123456.78',
    ]);
    expect(rejected).toHaveLength(bad.length);
    expect(rejected[2]).toBe('v: "1.005" does not fit decimal(18,2)');
    expect(rejected.at(-2)).toBe('v: "" does not fit decimal(18,2)');
  });

  it('never rounds into an integer, and keeps all of 64 bits [35, 36, 38, 42]', async () => {
    const { kept, rejected } = await bring('bigint', [
      '9007199254740993',
      '-9223372036854775808',
      '1.75',
      '1.0',
      '1e3',
      '18446744073709551617',
      '',
    ]);
    expect(kept).toEqual(['9007199254740993', '-9223372036854775808', null]);
    expect(rejected).toEqual(
      ['1.75', '1.0', '1e3', '18446744073709551617'].map((v) => `v: "${v}" does not fit bigint`),
    );
  });

  it.each([
    ['double', ['1.5', '1e3', 'NaN', '-Infinity', '1e309', '0x1'], ['1.5', '1000.0', 'nan', '-inf'], 2],
    ['boolean', ['true', 'F', '1', 'yes', '2'], ['true', 'false', 'true'], 2],
    ['date', ['2024-02-29', '2023-02-29', '2024-6-1', '2024-06-10T00:00:00Z'], ['2024-02-29'], 3],
    [
      'uuid',
      ['00000000-0000-4000-8000-00000000000a', '00000000000040008000000000000000', 'x'],
      ['00000000-0000-4000-8000-00000000000a'],
      2,
    ],
    ['utinyint', ['255', '256', '-1'], ['255'], 2],
    [
      'hugeint',
      ['170141183460469231731687303715884105727', '170141183460469231731687303715884105728'],
      ['170141183460469231731687303715884105727'],
      1,
    ],
    [
      'decimal(38,9)',
      ['12345678901234567890123456789.123456789', '1.0000000001'],
      ['12345678901234567890123456789.123456789'],
      1,
    ],
    ['decimal(5,0)', ['12', '12.0', '.5', '12.5'], ['12', '12'], 2],
    ['varchar', ['007', '" x "'], ['007', ' x '], 0],
  ])('brings text to %s strictly', async (type, values, kept, rejected) => {
    const found = await bring(type, values);
    expect(found.kept).toEqual(kept);
    expect(found.rejected).toHaveLength(rejected);
  });

  it('infers from all records, never from a sample [37, 43, 49-52]', async () => {
    const lines = Array.from({ length: 30_000 }, (_, i) => `e${i},${T},${i},${i}.5,${i},${i},true,1,`);
    bench.write(
      'a.csv',
      csv('id,ts,i,d,late,f,b,zero,n', ...lines, `x,${T},1,0.12345678901234567890,1.25,1e3,false,007,5`),
    );
    const used = ['i', 'd', 'late', 'f', 'b', 'zero', 'n'];
    const { staged, rejects, rows } = await bench.stage({ usedColumns: used });
    expect(await rejects()).toEqual([]);
    expect(Object.fromEntries(staged.columns.map((c) => [c.name, c.type]))).toEqual({
      id: 'VARCHAR',
      ts: 'TIMESTAMP',
      i: 'BIGINT',
      d: 'DECIMAL(38,20)',
      late: 'DECIMAL(18,2)',
      f: 'DOUBLE',
      b: 'BOOLEAN',
      zero: 'VARCHAR',
      n: 'BIGINT',
    });
    expect(await rows(`SELECT d::VARCHAR AS d, zero FROM archive_events WHERE id = 'x'`)).toEqual([
      { d: '0.12345678901234567890', zero: '007' },
    ]);
  });

  it('infers one type over all files, whatever their order, and again when more are opened', async () => {
    bench.write('a.csv', csv('id,ts,v', `1,${T},10`));
    bench.write('b.csv', csv('id,ts,v', `2,${T},0.125`));
    bench.write('c.csv', csv('id,ts,v', `3,${T},007`));
    const { stage, events } = await bench.stage({ usedColumns: ['v'] });
    const type = async (paths: string[]): Promise<string | undefined> =>
      (await stage.open(paths)).columns.find((c) => c.name === 'v')?.type;
    expect(await type([])).toBe('VARCHAR');
    expect((await events('v')).flat()).toEqual(['10', '0.125', '007']);
    const again = await bench.stage({ usedColumns: ['v'], at: 'a.csv' });
    expect(again.staged.columns[2]?.type).toBe('BIGINT');
    const both = await bench.stage({ usedColumns: ['v'], at: '[ab].csv' });
    expect(both.staged.columns[2]?.type).toBe('DECIMAL(18,3)');
    expect((await both.events('v')).flat()).toEqual(['10.000', '0.125']);
  });

  it('leaves a column that nothing uses as text, whatever is declared', async () => {
    bench.write('a.csv', csv('id,ts,v', `1,${T},not a number`));
    const { staged, events } = await bench.stage({ types: new Map([['v', 'bigint']]) });
    expect(staged.rejected).toBe(0n);
    expect(await events('v')).toEqual([['not a number']]);
  });

  it('quarantines records without an id, and keeps ids that look alike apart [53-55, 62]', async () => {
    const ids = ['u1', 'U1', '"u1 "', 'u1\u200b', 'café', 'cafe\u0301', '=cmd()', '<img onerror>', '\u202e'];
    bench.write('a.csv', csv('id,ts', ...ids.map((id) => `${id},${T}`), `,${T}`, `"",${T}`));
    const { rows, rejects } = await bench.stage();
    expect(await rows('SELECT count(DISTINCT id) AS n FROM archive_events')).toEqual([{ n: '9' }]);
    expect((await rejects()).map(([, line, reason]) => [line, reason])).toEqual([
      ['11', 'id: no id'],
      ['12', 'id: no id'],
    ]);
  });

  it('quarantines records without an arrival time where the window goes by it', async () => {
    bench.write('a.csv', csv('id,ts,got', `1,${T},${T}`, `2,${T},`, `3,${T},soon`));
    const fields = { ...FIELDS, ingested: 'got' };
    const loose = await bench.stage({ fields });
    expect((await loose.rejects()).map(([, , reason]) => reason)).toEqual([
      'got: "soon" is not an ISO 8601 time',
    ]);
    expect(await loose.events('id', '@arrived')).toEqual([
      ['1', '2024-06-10 12:00:00'],
      ['2', null],
    ]);
    const strict = await bench.stage({ fields, requireArrival: true });
    expect((await strict.rejects()).map(([, line, reason]) => [line, reason])).toEqual([
      ['3', 'got: no arrival time'],
      ['4', 'got: "soon" is not an ISO 8601 time'],
    ]);
  });
});
