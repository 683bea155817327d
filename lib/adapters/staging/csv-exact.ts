import { isUtf8 } from 'node:buffer';
import { LineWriter } from '#lib/adapters/staging/text-lines';
import { CsvScanner, type CsvSink, splitRecord } from '#lib/archive/csv-scanner';
import { shapeOf } from '#lib/archive/infer';

export type ExactResult = {
  readonly records: number;
  readonly rejects: number;
  /** Sum of the line numbers of the records: proves that DuckDB read each of them once. */
  readonly lineSum: bigint;
};

export type ExactOptions = {
  readonly columns: readonly string[];
  readonly timeColumn: string | null;
  readonly maxRecordBytes: number;
};

/**
 * Reads a CSV with our own scanner and writes its records as lines that DuckDB reads without doubt, and what is no
 * record as rejects. The header is left out.
 */
export async function writeExact(
  content: AsyncIterable<Buffer>,
  options: ExactOptions,
  recordsPath: string,
  rejectsPath: string,
): Promise<ExactResult> {
  const records = await LineWriter.create(recordsPath);
  const rejects = await LineWriter.create(rejectsPath);
  const result = { records: 0, rejects: 0, lineSum: 0n };
  let lineSum = 0;
  const sink: CsvSink = {
    record(bytes, start, end, line, style) {
      result.records++;
      lineSum += line;
      records.csv(line, bytes, start, end, style);
    },
    reject(line, reason, bytes, start, end) {
      result.rejects++;
      rejects.reject(line, reason, bytes, start, end);
    },
  };
  try {
    await scanRecords(content, options, sink, async () => {
      result.lineSum += BigInt(lineSum);
      lineSum = 0;
      await records.flush();
      await rejects.flush();
    });
  } finally {
    await records.close();
    await rejects.close();
  }
  result.lineSum += BigInt(lineSum);
  return result;
}

/** Runs the scanner over a CSV's content, header left out; `between` is awaited after every chunk. */
export async function scanRecords(
  content: AsyncIterable<Buffer>,
  options: ExactOptions,
  sink: CsvSink,
  between: (chunk: Buffer) => Promise<void>,
): Promise<void> {
  let headerSeen = false;
  const scanner = new CsvScanner(
    {
      fields: options.columns.length,
      firstLine: 1,
      maxRecordBytes: options.maxRecordBytes,
      isText: isUtf8,
      looksLikeRecord: recordTest(options),
    },
    {
      ...sink,
      record(bytes, start, end, line, style) {
        if (headerSeen) sink.record(bytes, start, end, line, style);
        headerSeen = true;
      },
    },
  );
  let first = true;
  for await (const chunk of content) {
    scanner.push(
      first && chunk[0] === 0xef && chunk[1] === 0xbb && chunk[2] === 0xbf ? chunk.subarray(3) : chunk,
    );
    first = false;
    await between(chunk);
  }
  scanner.finish();
}

/** Whether a line by itself is an event of this file: as many fields as the header, and a time where the time is. */
function recordTest(options: ExactOptions): ((bytes: Buffer, start: number, end: number) => boolean) | null {
  const time = options.timeColumn === null ? -1 : options.columns.indexOf(options.timeColumn);
  if (time === -1 || options.columns.length < 2) return null;
  return (bytes, start, end) => {
    let found = false;
    const one = new CsvScanner(
      {
        fields: options.columns.length,
        firstLine: 1,
        maxRecordBytes: options.maxRecordBytes,
        isText: isUtf8,
        looksLikeRecord: null,
      },
      {
        record(b, from, to) {
          found = shapeOf(splitRecord(b, from, to)[time] ?? null).kind === 'instant';
        },
        reject() {
          found = false;
        },
      },
    );
    one.push(bytes.subarray(start, end));
    one.finish();
    return found;
  };
}
