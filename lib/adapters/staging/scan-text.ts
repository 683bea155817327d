import { isUtf8 } from 'node:buffer';
import { scanCsv } from '#lib/adapters/staging/csv-scan';
import { withoutBom } from '#lib/adapters/staging/decompress';
import { fieldsOf } from '#lib/adapters/staging/json-facts';
import type { Staging, TextInput } from '#lib/adapters/staging/staging';
import { LineWriter } from '#lib/adapters/staging/text-lines';
import type { RecordStyle } from '#lib/archive/csv-scanner';
import { type JsonObject, JsonScanner } from '#lib/archive/json-scanner';

/** A record of text, CSV or JSON. `line` is its line, or its row where several stand on one line. */
export type TextSink = {
  record(line: number, bytes: Buffer, start: number, end: number, form: RecordForm): void;
  reject(line: number, reason: string, bytes: Buffer, start: number, end: number): void;
};

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
      sink.record(line, b, start, end, { kind: 'csv', style });
    return scanCsv(
      content,
      { columns: text.columns, timeColumn, maxRecordBytes },
      { ...sink, record },
      between,
    );
  }
  const byLine = text.json?.byLine ?? false;
  const scanner = new JsonScanner(
    { maxRecordBytes, isText: isUtf8 },
    {
      record: (object, line, row, bytes, start, end) =>
        sink.record(byLine ? line : row, bytes, start, end, { kind: 'json', object }),
      reject: (reason, line, row, bytes, start, end) =>
        sink.reject(byLine ? line : row, reason, bytes, start, end),
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
    reject(line, reason, bytes, start, end) {
      rejected++;
      rejects.reject(line, reason, bytes, start, end);
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
