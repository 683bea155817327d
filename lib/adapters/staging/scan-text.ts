import { isUtf8 } from 'node:buffer';
import { scanCsv } from '#lib/adapters/staging/csv-scan';
import { withoutBom } from '#lib/adapters/staging/decompress';
import { fieldsOf } from '#lib/adapters/staging/json-facts';
import type { Staging, TextInput } from '#lib/adapters/staging/staging';
import { LineWriter } from '#lib/adapters/staging/text-lines';
import type { RecordStyle } from '#lib/archive/csv-scanner';
import { type JsonObject, JsonScanner } from '#lib/archive/json-scanner';

/**
 * Takes records of text, CSV or JSON. `line` is a record's line, or its number in the file where several stand on one
 * line, so that no two have the same; `starts` is the line that it starts on.
 */
export type TextSink = {
  record(line: number, bytes: Buffer, start: number, end: number, form: RecordForm, starts: number): void;
  reject(line: number, reason: string, bytes: Buffer, start: number, end: number, starts: number): void;
};

/** Why a record was rejected, with its number in the file where its line does not tell it from others. */
export const reasonOf = ({ text }: TextInput, reason: string, line: number): string =>
  text.json?.byLine === false ? `${reason} (record ${line} of the file)` : reason;

type RecordForm =
  | { readonly kind: 'csv'; readonly style: RecordStyle }
  | { readonly kind: 'json'; readonly object: JsonObject };

/** Runs our own scanner over a text file's content; `between` is awaited after every chunk. */
export async function scanText(
  staging: Staging,
  input: TextInput,
  timeColumn: string,
  content: AsyncIterable<Buffer>,
  sink: TextSink,
  between: () => Promise<void>,
): Promise<void> {
  const { maxRecordBytes } = staging.limits;
  const { text } = input;
  if (input.format === 'csv') {
    const record = (b: Buffer, start: number, end: number, line: number, style: RecordStyle): void =>
      sink.record(line, b, start, end, { kind: 'csv', style }, line);
    const reject = (line: number, reason: string, b: Buffer, start: number, end: number): void =>
      sink.reject(line, reason, b, start, end, line);
    return scanCsv(
      content,
      { columns: text.columns, timeColumn, maxRecordBytes },
      { record, reject },
      between,
    );
  }
  const byLine = text.json?.byLine ?? false;
  const scanner = new JsonScanner(
    { maxRecordBytes, isText: isUtf8 },
    {
      record: (object, line, row, bytes, start, end) =>
        sink.record(byLine ? line : row, bytes, start, end, { kind: 'json', object }, line),
      reject: (reason, line, row, bytes, start, end) =>
        sink.reject(byLine ? line : row, reason, bytes, start, end, line),
    },
  );
  for await (const chunk of withoutBom(content)) {
    scanner.push(chunk);
    await between();
  }
  scanner.finish();
}

export type ExactResult = {
  readonly records: number;
  readonly rejects: number;
  /** Sum of the line numbers of the records: proves that DuckDB read each of them once. */
  readonly lineSum: bigint;
};

/**
 * Reads a text file with our own scanner and writes its records as lines that DuckDB reads without doubt, and what is
 * no record as rejects.
 */
export async function writeExact(
  staging: Staging,
  input: TextInput,
  timeColumn: string,
  content: AsyncIterable<Buffer>,
  recordsPath: string,
  rejectsPath: string,
): Promise<ExactResult> {
  const records = await LineWriter.create(recordsPath);
  const rejects = await LineWriter.create(rejectsPath);
  let [read, rejected, lineSum, chunkLines] = [0, 0, 0n, 0];
  const sink: TextSink = {
    record(line, bytes, start, end, form) {
      read++;
      chunkLines += line;
      if (form.kind === 'csv') records.csv(line, bytes, start, end, form.style);
      else records.fields(line, fieldsOf(form.object.fields(), input.text.columns));
    },
    reject(line, reason, bytes, start, end, starts) {
      rejected++;
      rejects.reject(starts, reasonOf(input, reason, line), bytes, start, end);
    },
  };
  try {
    await scanText(staging, input, timeColumn, content, sink, async () => {
      lineSum += BigInt(chunkLines);
      chunkLines = 0;
      await records.flush();
      await rejects.flush();
    });
  } finally {
    await records.close();
    await rejects.close();
  }
  return { records: read, rejects: rejected, lineSum: lineSum + BigInt(chunkLines) };
}
