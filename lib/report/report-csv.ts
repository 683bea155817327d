import type { PatchHeader, PatchRowsPage } from '#lib/patch/patch';

export type CsvRow = PatchRowsPage['rows'][number];
export type CsvColumns = { readonly keys: readonly string[]; readonly measures: readonly string[] };

/** What a spreadsheet takes for a formula or a command, also in its full-width form, and behind what it skips. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: a NUL in front is skipped by some spreadsheets
const RUNS = /^[\s\u0000\u200b\ufeff]*[=+\-@＝＋－＠]|^[\t\r\n]/;
const PLAIN_NUMBER = /^[+-]?\d+(\.\d+)?([eE][+-]?\d+)?$/;

/** A cell that no spreadsheet runs: what one might run gets an apostrophe in front. Plain numbers stay numbers. */
export const neutralCell = (text: string): string =>
  RUNS.test(text) && !PLAIN_NUMBER.test(text) ? `'${text}` : text;

/** RFC 4180; NULL is an unquoted empty field, the empty string is `""`. */
const field = (text: string | null): string =>
  text === null ? '' : text === '' || /["\r\n,\t;']/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;

export const csvColumns = ({ keys, measures }: PatchHeader): CsvColumns => ({
  keys: keys.map(({ name }) => name),
  measures: measures.map(({ name }) => name),
});

/**
 * The corrections with their values before and after, a part of the file at a time: `op`, the key columns (a bucket is
 * the last of them), then `NAME_before`, `NAME_after`, `NAME_change` of each measure. `safe`: for a spreadsheet; else
 * every value exactly as it is.
 */
export async function* correctionsCsv(
  columns: CsvColumns,
  batches: AsyncIterable<readonly CsvRow[]>,
  safe: boolean,
): AsyncGenerator<string> {
  const cell = (text: string | null): string => field(safe && text !== null ? neutralCell(text) : text);
  const line = (cells: readonly (string | null)[]): string => `${cells.map(cell).join(',')}\n`;
  const names = columns.measures.flatMap((name) => [`${name}_before`, `${name}_after`, `${name}_change`]);
  yield line(['op', ...columns.keys, ...names]);
  for await (const rows of batches) {
    yield rows
      .map(({ op, keys, before, after, delta }) =>
        line([
          op,
          ...keys,
          ...columns.measures.flatMap((_, i) => [before[i] ?? null, after[i] ?? null, delta[i] ?? null]),
        ]),
      )
      .join('');
  }
}
