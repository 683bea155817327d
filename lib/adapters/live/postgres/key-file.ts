import { createReadStream } from 'node:fs';
import { Bug } from '#lib/base/failure';

/**
 * Reads a CSV of keys that Recount wrote itself (header, fields quoted, NULL empty and unquoted), column by column in
 * batches. A key that stands twice in two batches would be found twice, so the file must hold each once.
 */
export async function* csvRows(
  file: string,
  columns: number,
  batchRows: number,
): AsyncGenerator<(string | null)[][]> {
  let batch: (string | null)[][] = Array.from({ length: columns }, () => []);
  let header = true;
  for await (const record of records(file)) {
    if (record.length !== columns) throw new Bug(`a key file has ${record.length} fields, not ${columns}`);
    if (header) {
      header = false;
      continue;
    }
    for (const [i, value] of record.entries()) batch[i]?.push(value);
    if ((batch[0]?.length ?? 0) >= batchRows) {
      yield batch;
      batch = Array.from({ length: columns }, () => []);
    }
  }
  if ((batch[0]?.length ?? 0) > 0) yield batch;
}

async function* records(file: string): AsyncGenerator<(string | null)[]> {
  let rest = '';
  for await (const piece of createReadStream(file, 'utf8')) {
    const text = rest + String(piece);
    const end = lastRecordEnd(text);
    yield* split(text.slice(0, end));
    rest = text.slice(end);
  }
  if (rest !== '') yield* split(`${rest}\n`);
}

/** Just after the last line end that stands outside quotes. */
function lastRecordEnd(text: string): number {
  let [end, quoted] = [0, false];
  for (let i = 0; i < text.length; i += 1) {
    const c = text[i];
    if (c === '"') quoted = !quoted;
    else if (c === '\n' && !quoted) end = i + 1;
  }
  return end;
}

const FIELD = /(?:"((?:[^"]|"")*)"|([^",\n\r]*))(,|\r?\n)/y;

function* split(text: string): Generator<(string | null)[]> {
  let record: (string | null)[] = [];
  FIELD.lastIndex = 0;
  while (FIELD.lastIndex < text.length) {
    const match = FIELD.exec(text);
    if (match === null) throw new Bug('a key file is no CSV');
    record.push(match[1] === undefined ? match[2] || null : match[1].replaceAll('""', '"'));
    if (match[3] === ',') continue;
    yield record;
    record = [];
  }
}
