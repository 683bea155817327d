import { type FileHandle, open, stat } from 'node:fs/promises';
import { quotedLinesRoom, quoteLines } from '#lib/adapters/live/files/csv-lines';
import { type CsvRecord, readCsv } from '#lib/adapters/live/files/csv-records';
import type { FileTable, NewRow, RowEdits, RowHandler } from '#lib/adapters/live/files/file-table';
import { timeStyle } from '#lib/adapters/live/files/time-style';
import { Bug, Failure } from '#lib/base/failure';
import type { LiveColumn } from '#lib/patch/patch';

const SAMPLE_BYTES = 1024 * 1024;

/** A CSV file as a live table. Every column is text: the plan's expressions say what type it is compared as. */
export class CsvTable implements FileTable {
  readonly product: string;
  readonly #file: string;

  constructor(file: string) {
    this.#file = file;
    this.product = file.endsWith('.gz') ? 'CSV file (gzip)' : 'CSV file';
  }

  async columns(): Promise<readonly LiveColumn[]> {
    const names: string[] = [];
    await readCsv(this.#file, {
      header: (header) => {
        names.push(...headerNames(header, this.#file));
        return false;
      },
      record: () => false,
    });
    return names.map((name) => ({ name, sqlType: 'VARCHAR', type: 'VARCHAR', nullable: true }));
  }

  async rowCount(): Promise<number> {
    const { size } = await stat(this.#file);
    let [rows, bytes] = [0, 0];
    await readCsv(this.#file, {
      header: (header) => {
        bytes = header.bytes.length;
      },
      record: (record) => {
        bytes += record.bytes.length;
        if (!record.blank) rows += 1;
        return bytes < SAMPLE_BYTES;
      },
    });
    return bytes < SAMPLE_BYTES ? rows : Math.round((rows * size) / bytes);
  }

  async scan(columns: readonly string[], onRow: RowHandler): Promise<number> {
    let rows = 0;
    let fields: readonly number[] = [];
    await readCsv(this.#file, {
      header: (header) => {
        fields = fieldsOf(header, columns, this.#file);
      },
      record: (record) => {
        if (record.blank) return;
        onRow(
          rows,
          fields.map((field) => record.text(field)),
          record.line,
        );
        rows += 1;
      },
    });
    return rows;
  }

  async exportCsv(columns: readonly string[], to: string): Promise<number> {
    const out = await open(to, 'w', 0o600);
    let buffer = Buffer.alloc(64 * 1024);
    let used = buffer.write(`${columns.map(quoted).join(',')}\n`);
    let fields: readonly number[] = [];
    let rows = 0;
    const makeRoom = (bytes: number): void => {
      if (used + bytes > buffer.length) buffer = Buffer.concat([buffer, Buffer.alloc(used + bytes)]);
    };
    const read = readCsv(this.#file, {
      header: (header) => {
        fields = fieldsOf(header, columns, this.#file);
      },
      record: (record) => {
        if (record.blank) return;
        rows += 1;
        makeRoom(record.quotedRoom(fields));
        used = record.writeQuoted(fields, buffer, used);
      },
      lines: (bytes, columns) => {
        makeRoom(quotedLinesRoom(bytes.length, columns, fields.length));
        const written = quoteLines(bytes, columns, fields, buffer, used);
        if (written === null) return null;
        rows += written.rows;
        used = written.end;
        return written.rows;
      },
      between: async () => {
        await out.writeFile(buffer.subarray(0, used));
        used = 0;
      },
    });
    await read.finally(() => out.close());
    return rows;
  }

  async rewrite(edits: RowEdits, to: string): Promise<void> {
    const restored = await this.#restoredRecords(edits);
    const handle = await open(to, 'wx', 0o600);
    try {
      const writer = new CsvRewriter(this.#file, handle, edits);
      await readCsv(this.#file, {
        header: (header, bom) => writer.header(header, bom),
        record: (record) => writer.record(record),
        between: () => writer.flush(),
      });
      for (const row of edits.inserts) writer.insert(row, restored);
      await writer.flush();
      await handle.sync();
    } finally {
      await handle.close();
    }
  }

  /** The bytes of the rows that an undo of deletes puts back, without their line ends, by row number. */
  async #restoredRecords(edits: RowEdits): Promise<ReadonlyMap<number, Buffer>> {
    const wanted = new Set(edits.inserts.flatMap((row) => (row.kind === 'restored' ? [row.row] : [])));
    const found = new Map<number, Buffer>();
    if (wanted.size === 0 || edits.restoreFrom === null) return found;
    let row = 0;
    await readCsv(edits.restoreFrom, {
      header: () => undefined,
      record: (record) => {
        if (record.blank) return;
        if (wanted.has(row)) {
          found.set(row, Buffer.from(record.bytes.subarray(0, record.bytes.length - record.lineEnd.length)));
        }
        row += 1;
      },
    });
    return found;
  }
}

class CsvRewriter {
  readonly #file: string;
  readonly #handle: FileHandle;
  readonly #edits: RowEdits;
  #names: readonly string[] = [];
  #measures: readonly number[] = [];
  #samples: (string | null)[] = [];
  #lineEnd = '\n';
  #endsOpen = false;
  #row = 0;
  #pending: Buffer[] = [];

  constructor(file: string, handle: FileHandle, edits: RowEdits) {
    this.#file = file;
    this.#handle = handle;
    this.#edits = edits;
  }

  header(header: CsvRecord, bom: boolean): void {
    this.#names = headerNames(header, this.#file);
    this.#measures = fieldsOf(header, this.#edits.measures, this.#file);
    this.#samples = this.#names.map(() => null);
    this.#lineEnd = header.lineEnd || '\n';
    if (bom) this.#pending.push(Buffer.from([0xef, 0xbb, 0xbf]));
    this.#keep(header);
  }

  record(record: CsvRecord): void {
    if (record.blank) {
      this.#keep(record);
      return;
    }
    const row = this.#row++;
    this.#learn(record);
    if (this.#edits.deletes.has(row)) return;
    const values = this.#edits.updates.get(row);
    if (values === undefined) this.#keep(record);
    else this.#update(record, values);
  }

  insert(row: NewRow, restored: ReadonlyMap<number, Buffer>): void {
    const end = Buffer.from(this.#lineEnd);
    // a file without a last line end stays one: the separator goes before, not after
    const text = row.kind === 'values' ? Buffer.from(this.#newRecord(row.values)) : restored.get(row.row);
    if (text === undefined) throw new Bug('a deleted row is not in the kept file');
    this.#pending.push(...(this.#endsOpen ? [end, text] : [text, end]));
  }

  async flush(): Promise<void> {
    if (this.#pending.length === 0) return;
    const bytes = Buffer.concat(this.#pending);
    this.#pending = [];
    let written = 0;
    while (written < bytes.length) written += (await this.#handle.write(bytes, written)).bytesWritten;
  }

  #keep(record: CsvRecord): void {
    this.#endsOpen = record.lineEnd === '';
    this.#pending.push(record.bytes);
  }

  /** The first value of every column shows in which form it holds times. */
  #learn(record: CsvRecord): void {
    for (let i = 0; i < this.#samples.length; i += 1) this.#samples[i] ??= record.text(i);
  }

  #update(record: CsvRecord, values: readonly (string | null)[]): void {
    const parts: Buffer[] = [];
    for (let field = 0; field < record.size; field += 1) {
      const measure = this.#measures.indexOf(field);
      const raw = record.raw(field);
      if (field > 0) parts.push(Buffer.from(','));
      if (measure < 0) parts.push(raw);
      else
        parts.push(Buffer.from(this.#token(field, values[measure] ?? null, raw.length > 0 && raw[0] === 34)));
    }
    parts.push(Buffer.from(record.lineEnd));
    this.#endsOpen = record.lineEnd === '';
    this.#pending.push(...parts);
  }

  #newRecord(values: ReadonlyMap<string, string | null>): string {
    return this.#names.map((name, i) => this.#token(i, values.get(name) ?? null, false)).join(',');
  }

  #token(field: number, value: string | null, wasQuoted: boolean): string {
    if (value === null) return '';
    const zone = this.#edits.times.get(this.#names[field] ?? '');
    const text = zone === undefined ? value : timeStyle(this.#samples[field] ?? null, zone)(value);
    return wasQuoted || text === '' || /[",\r\n]/.test(text) ? quoted(text) : text;
  }
}

const quoted = (text: string): string => `"${text.replaceAll('"', '""')}"`;

function headerNames(header: CsvRecord, file: string): string[] {
  const names = Array.from({ length: header.size }, (_, i) => header.text(i) ?? '');
  const twice = names.find((name, i) => name !== '' && names.indexOf(name) !== i);
  if (twice !== undefined) {
    throw new Failure(
      'live.unreadable',
      `${file}, line 1: the column "${twice}" stands twice in the header.`,
      {
        fix: 'Give every column its own name.',
        at: { file, line: 1 },
      },
    );
  }
  return names;
}

function fieldsOf(header: CsvRecord, columns: readonly string[], file: string): number[] {
  const names = headerNames(header, file);
  return columns.map((column) => {
    const field = names.indexOf(column);
    if (field >= 0) return field;
    const other = [';', '\t', '|'].find((d) => names.length === 1 && names[0]?.includes(d));
    const hint =
      other === undefined
        ? ''
        : ` It seems to separate fields with ${JSON.stringify(other)}; only commas are read.`;
    throw new Failure(
      'plan.live.column_unknown',
      `${file} has no column "${column}" (it has ${names.join(', ')}).${hint}`,
      {
        at: { file, line: 1 },
      },
    );
  });
}
