import { isUtf8 } from 'node:buffer';
import { LineFacts } from '#lib/adapters/staging/line-facts';
import { CsvScanner, splitRecord } from '#lib/archive/csv-scanner';
import { joinShapes, type Shape, shapeOf } from '#lib/archive/infer';
import type { StageLimits } from '#lib/archive/stage';
import { Failure } from '#lib/base/failure';

/** What one pass over a CSV's bytes tells. Depends on the content alone, so it is kept by the file's hash. */
export type CsvFacts = {
  /** Header names, blanks around them removed. Empty for an empty file. */
  readonly columns: readonly string[];
  /** Physical lines, header included. */
  readonly lines: number;
  /** Set where every record is surely one physical line, so that DuckDB can read it and the count is a proof. */
  readonly newline: '\n' | '\r\n' | null;
  /** Shapes of the columns in the first records. */
  readonly shapes: readonly Shape[];
  readonly sample: readonly (readonly (string | null)[])[];
};

const SAMPLE_RECORDS = 2000;

/** The columns and first records of a CSV, from its first bytes only. Failures as of `csvFacts`. */
export async function csvGlance(
  content: AsyncIterable<Buffer>,
  shown: string,
  limits: StageLimits,
): Promise<Pick<CsvFacts, 'columns' | 'shapes' | 'sample'>> {
  const head: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of content) {
    head.push(Buffer.from(chunk));
    bytes += chunk.length;
    if (bytes >= limits.maxRecordBytes) return headOf(Buffer.concat(head), shown, limits, false).facts;
  }
  return headOf(Buffer.concat(head), shown, limits, true).facts;
}

/**
 * Reads a CSV's bytes once. Failures: archive.format (another delimiter, a header that is none, a duplicate
 * name), archive.limit (too many columns), and those of `content`.
 */
export async function csvFacts(
  content: AsyncIterable<Buffer>,
  shown: string,
  limits: StageLimits,
): Promise<CsvFacts> {
  const lines = new LineFacts(limits.maxRecordBytes);
  const head: Buffer[] = [];
  let headBytes = 0;
  for await (const chunk of content) {
    lines.push(chunk);
    if (headBytes < limits.maxRecordBytes) {
      head.push(Buffer.from(chunk));
      headBytes += chunk.length;
    }
  }
  const top = headOf(Buffer.concat(head), shown, limits, lines.bytes === headBytes);
  return {
    ...top.facts,
    lines: lines.count(),
    newline: top.headerLine === 1 && top.oneLineHeader ? lines.newline() : null,
  };
}

type Top = {
  readonly facts: Pick<CsvFacts, 'columns' | 'shapes' | 'sample'>;
  readonly headerLine: number;
  readonly oneLineHeader: boolean;
};

function headOf(head: Buffer, shown: string, limits: StageLimits, whole: boolean): Top {
  const bytes = withoutBom(head);
  const records: (string | null)[][] = [];
  let [headerLine, oneLineHeader] = [1, true];
  const scanner = new CsvScanner(
    {
      fields: null,
      firstLine: 1,
      maxRecordBytes: limits.maxRecordBytes,
      isText: isUtf8,
      looksLikeRecord: null,
    },
    {
      record(b, start, end, line, style) {
        if (records.length === 0) [headerLine, oneLineHeader] = [line, style !== 'multiline'];
        if (records.length <= SAMPLE_RECORDS) records.push(splitRecord(b, start, end));
      },
      reject(line, reason) {
        if (records.length === 0)
          throw new Failure(
            'archive.format',
            `${shown}, line ${line}: the header cannot be read: ${reason}.`,
            {
              at: { file: shown, line },
            },
          );
      },
    },
  );
  scanner.push(bytes);
  if (whole) scanner.finish();
  if (!whole && records.length === 0)
    throw new Failure(
      'archive.format',
      `${shown}: no header is in the first ${limits.maxRecordBytes} bytes.`,
      {
        at: { file: shown, line: 1 },
      },
    );
  const header = records.shift() ?? [];
  const columns = headerNames(header, shown, headerLine, limits.maxColumns);
  const isHeader = (r: readonly (string | null)[]): boolean => r.every((v, i) => v === columns[i]);
  const sample = records.filter((r) => r.length === columns.length && !isHeader(r));
  const shapes = columns.map((_, i) =>
    sample.reduce<Shape>((shape, r) => joinShapes(shape, shapeOf(r[i] ?? null)), { kind: 'none' }),
  );
  return { facts: { columns, shapes, sample: sample.slice(0, 50) }, headerLine, oneLineHeader };
}

const withoutBom = (bytes: Buffer): Buffer =>
  bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf ? bytes.subarray(3) : bytes;

function headerNames(
  header: readonly (string | null)[],
  shown: string,
  line: number,
  maxColumns: number,
): string[] {
  const at = { at: { file: shown, line } };
  if (header.length > maxColumns)
    throw new Failure(
      'archive.limit',
      `${shown} has ${header.length} columns; at most ${maxColumns} are read.`,
      at,
    );
  const names = header.map((name) => (name ?? '').trim());
  const only = names.length === 1 ? (names[0] ?? '') : '';
  const delimiter = [';', '\t', '|'].find((d) => only.includes(d));
  if (delimiter !== undefined) {
    const word = { ';': 'semicolon (;)', '\t': 'tab', '|': 'bar (|)' }[delimiter];
    throw new Failure(
      'archive.format',
      `${shown}: the delimiter looks like a ${word}; only commas are read.`,
      {
        ...at,
        fix: 'Convert the file to comma-separated values.',
      },
    );
  }
  refuseTwins(names, shown, at);
  return names.map((name, i) => (name === '' ? `@blank${i + 1}` : name));
}

/** DuckDB's identifiers do not differ by case alone. */
function refuseTwins(
  names: readonly string[],
  shown: string,
  at: { at: { file: string; line: number } },
): void {
  const seen = new Map<string, number>();
  names.forEach((name, i) => {
    const key = name.toLowerCase();
    const before = seen.get(key);
    if (name !== '' && before !== undefined) {
      const other = names[before] ?? '';
      const what =
        other === name
          ? `the name ${name} stands twice in the header, as columns ${before + 1} and ${i + 1}`
          : `the names ${other} (column ${before + 1}) and ${name} (column ${i + 1}) differ only in case`;
      throw new Failure('archive.schema', `${shown}: ${what}.`, {
        ...at,
        fix: 'Rename one of the two columns.',
      });
    }
    if (/^@(?:time|arrived|file|line|reason|blank\d+)$/i.test(name))
      throw new Failure('archive.schema', `${shown}: the column name ${name} is reserved.`, {
        ...at,
        fix: 'Rename the column.',
      });
    seen.set(key, i);
  });
}
