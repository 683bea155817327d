import { isUtf8 } from 'node:buffer';
import { withoutBom } from '#lib/adapters/staging/decompress';
import { CsvScanner, type CsvSink, splitRecord } from '#lib/archive/csv-scanner';
import { shapeOf } from '#lib/archive/infer';

export type CsvRead = {
  readonly columns: readonly string[];
  readonly timeColumn: string | null;
  readonly maxRecordBytes: number;
};

/** Runs our scanner over a CSV's content, header left out; `between` is awaited after every chunk. */
export async function scanCsv(
  content: AsyncIterable<Buffer>,
  options: CsvRead,
  sink: CsvSink,
  between: () => Promise<void>,
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
  for await (const chunk of withoutBom(content)) {
    scanner.push(chunk);
    await between();
  }
  scanner.finish();
}

/** Whether a line by itself is an event of this file: as many fields as the header, and a time where the time is. */
function recordTest(options: CsvRead): ((bytes: Buffer, start: number, end: number) => boolean) | null {
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
