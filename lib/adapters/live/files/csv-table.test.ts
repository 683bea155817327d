import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import fc from 'fast-check';
import { afterAll, expect, it } from 'vitest';
import { CsvTable } from '#lib/adapters/live/files/csv-table';
import type { Failure } from '#lib/base/failure';

const dir = mkdtempSync(path.join(tmpdir(), 'recount-csv-'));
afterAll(() => rmSync(dir, { recursive: true, force: true }));
let files = 0;

async function exported(text: string | Buffer, columns: readonly string[]): Promise<[string, number]> {
  const name = path.join(dir, `live-${files++}`);
  const [file, out] = [`${name}.csv`, `${name}.out`];
  writeFileSync(file, text);
  const rows = await new CsvTable(file).exportCsv(columns, out);
  return [readFileSync(out, 'utf8'), rows];
}

const quoted = (field: string | null): string => (field === null ? '' : `"${field.replaceAll('"', '""')}"`);
const lineOf = (fields: readonly (string | null)[]): string => `${fields.map(quoted).join(',')}\n`;

const Field = fc.oneof(
  fc.constant(null),
  fc.string({ maxLength: 6 }).map((s) => s.replaceAll(/[",\r\n\0]/g, '') || 'x'),
  fc.constantFrom(' a ', 'NULL', '0.30', 'ä😀', '#'),
);
/** What must be looked at record by record: quotes, other line ends, blank lines. */
const Odd = fc.constantFrom('"a,b"', '"a\nb"', '""', '"say ""x"""');

it('a snapshot has every row once, in order, in quotes, whatever columns are asked for', {
  timeout: 120_000,
}, async () => {
  const Row = fc.array(Field, { minLength: 3, maxLength: 3 });
  const Plan = fc.record({
    rows: fc.array(fc.record({ row: Row, odd: fc.option(Odd, { freq: 8 }) }), { maxLength: 40 }),
    end: fc.constantFrom('\n', '\r\n', '\n\n'),
    isOpen: fc.boolean(),
    bom: fc.boolean(),
    columns: fc.shuffledSubarray(['a', 'b', 'c'], { minLength: 1 }),
    isPlain: fc.boolean(),
  });
  await fc.assert(
    fc.asyncProperty(Plan, async ({ rows, end, isOpen, bom, columns, isPlain }) => {
      const lineEnd = isPlain ? '\n' : end;
      const written = rows.map(({ row, odd }) => [
        row[0] ?? '',
        row[1] ?? '',
        isPlain ? row[2] : (odd ?? row[2]),
      ]);
      const lines = [['a', 'b', 'c'], ...written].map((r) => r.map((f) => f ?? '').join(','));
      const text = `${bom ? '\ufeff' : ''}${lines.join(lineEnd)}${isOpen ? '' : lineEnd}`;
      const value = (raw: string | null | undefined): string | null => {
        if (raw === null || raw === undefined || raw === '') return null;
        return raw.startsWith('"') ? raw.slice(1, -1).replaceAll('""', '"') : raw;
      };
      const wanted = written.map((r) => lineOf(columns.map((c) => value(r['abc'.indexOf(c)]))));
      const [found, count] = await exported(text, columns);
      expect(found).toBe(lineOf(columns) + wanted.join(''));
      expect(count).toBe(rows.length);
    }),
    { numRuns: 100 },
  );
});

it('so has one of several chunks, with lines cut by their ends and quotes in one of them only', {
  timeout: 120_000,
}, async () => {
  const rows = Array.from({ length: 150_000 }, (_, i) => [
    `${i}`,
    i % 7 === 0 ? null : `ä${i % 100}`,
    '1.50',
  ]);
  const text = rows.map((r, i) =>
    i === 120_000 ? `"${r[0]}",,"1.50"\r\n` : `${r.map((f) => f ?? '').join(',')}\n`,
  );
  const [found, count] = await exported(`id,name,total\n${text.join('')}`, ['total', 'id']);
  expect(count).toBe(rows.length);
  expect(found).toBe(`"total","id"\n${rows.map((r) => lineOf([r[2] ?? null, r[0] ?? null])).join('')}`);
});

it.each([
  ['too few fields', '1,2\n3\n', 'line 300003: 1 fields where the header has 2.'],
  ['too many', '1,2\n3,4,5,6\n', 'line 300003: 4 fields where the header has 2.'],
  ['a NUL byte', '1,2\n3,\0\n', 'line 300003: there is a NUL byte.'],
  [
    'bytes that are no text',
    Buffer.from([0x31, 0x2c, 0x32, 0x0a, 0x31, 0x2c, 0xff, 0x0a]),
    'line 300003: the text is not UTF-8.',
  ],
  ['a stray quote', '1,2\n3,4"\n', 'line 300003: a quote stands inside an unquoted field.'],
])('names the line behind many plain ones: %s', async (_, tail, words) => {
  const head = Buffer.from(`a,b\n${'0,1\n'.repeat(300_000)}`);
  const failure = (await exported(Buffer.concat([head, Buffer.from(tail)]), ['a', 'b']).catch(
    (e) => e,
  )) as Failure;
  expect(failure.code).toBe('live.unreadable');
  expect(failure.message).toContain(words);
});

it('a blank line among plain ones is no row', async () => {
  expect(await exported('a,b\n1,2\n\n3,\n', ['b'])).toEqual(['"b"\n"2"\n\n', 2]);
  expect(await exported('a\n1\n\n2\n', ['a'])).toEqual(['"a"\n"1"\n"2"\n', 2]);
});
