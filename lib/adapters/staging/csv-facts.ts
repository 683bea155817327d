import { isUtf8 } from 'node:buffer';
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
const [NUL, LF, CR, QUOTE, COMMA] = [0, 10, 13, 34, 44];

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

/** Counts lines, and finds out whether every record is one line, by native searches for single bytes. */
class LineFacts {
  bytes = 0;
  readonly #maxRecordBytes: number;
  #lf = 0;
  #crlf = 0;
  #cr = 0;
  #lastLf = -1;
  #lastByte = -1;
  #simple = true;
  readonly #quotes = new QuoteCheck();

  constructor(maxRecordBytes: number) {
    this.#maxRecordBytes = maxRecordBytes;
  }

  push(chunk: Buffer): void {
    const base = this.bytes;
    for (let i = chunk.indexOf(LF); i !== -1; i = chunk.indexOf(LF, i + 1)) {
      this.#lf++;
      const length = base + i - this.#lastLf - 1;
      this.#lastLf = base + i;
      const before = i > 0 ? chunk[i - 1] : this.#lastByte;
      if (before === CR) this.#crlf++;
      if (length === 0 || (length === 1 && before === CR) || length > this.#maxRecordBytes)
        this.#simple = false;
    }
    for (let i = chunk.indexOf(CR); i !== -1; i = chunk.indexOf(CR, i + 1)) this.#cr++;
    if (this.#simple) this.#simple = !chunk.includes(NUL) && this.#quotes.push(chunk, this.#lastByte);
    this.#lastByte = chunk[chunk.length - 1] ?? this.#lastByte;
    this.bytes += chunk.length;
  }

  count(): number {
    return this.#lf + (this.bytes > 0 && this.#lastByte !== LF ? 1 : 0);
  }

  newline(): '\n' | '\r\n' | null {
    const tail = this.bytes - this.#lastLf - 1;
    if (!this.#simple || !this.#quotes.closed() || this.#lf === 0 || tail > this.#maxRecordBytes) return null;
    if (this.#cr === 0) return '\n';
    // The last line may lack its line end; a CR there would be one without LF.
    return this.#cr === this.#crlf && this.#crlf === this.#lf ? '\r\n' : null;
  }
}

/** Whether every quote opens a field or closes it on the same line, with a delimiter or line end around. */
class QuoteCheck {
  #inside = false;
  #open = -1;
  /** A quote inside a field was the last byte of a chunk: the next byte tells what it was. */
  #pending = false;
  #lineEndSeen = false;

  push(chunk: Buffer, lastByte: number): boolean {
    let i = 0;
    this.#open = this.#inside ? 0 : -1;
    if (this.#pending && chunk.length > 0) {
      this.#pending = false;
      if (chunk[0] === QUOTE) i = 1;
      else if (!this.#closes(chunk[0])) return false;
    }
    for (i = chunk.indexOf(QUOTE, i); i !== -1; i = chunk.indexOf(QUOTE, i + 1)) {
      if (!this.#inside) {
        const before = i > 0 ? chunk[i - 1] : lastByte;
        if (before !== COMMA && before !== LF && before !== -1) return false;
        [this.#inside, this.#open, this.#lineEndSeen] = [true, i + 1, false];
      } else if (i + 1 >= chunk.length) {
        if (this.#spansLine(chunk, i)) return false;
        this.#pending = true;
      } else if (chunk[i + 1] === QUOTE) i++;
      else if (this.#spansLine(chunk, i) || !this.#closes(chunk[i + 1])) return false;
    }
    if (this.#inside && !this.#pending) this.#lineEndSeen ||= this.#spansLine(chunk, chunk.length);
    return true;
  }

  /** Whether all fields are closed at the end of the file. */
  closed(): boolean {
    return !this.#inside || this.#pending;
  }

  #spansLine(chunk: Buffer, to: number): boolean {
    const lf = chunk.indexOf(LF, this.#open);
    return this.#lineEndSeen || (lf !== -1 && lf < to);
  }

  #closes(after: number | undefined): boolean {
    this.#inside = false;
    return after === COMMA || after === LF || after === CR;
  }
}
