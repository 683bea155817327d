import { rm } from 'node:fs/promises';
import { contentOf } from '#lib/adapters/staging/decompress';
import { type ExactResult, writeExact } from '#lib/adapters/staging/scan-text';
import { reachable, type Staging, type TextInput } from '#lib/adapters/staging/staging';
import { linesRelation, rawCsvRelation } from '#lib/adapters/staging/text-lines';
import { Bug } from '#lib/base/failure';

/** How a text relation came about: read by DuckDB as the file stands, or by our own scanner. */
export type Reading =
  | { readonly kind: 'direct'; readonly rows: number }
  | ({ readonly kind: 'exact'; readonly rejectsPath: string } & ExactResult);

/** A text file as a DuckDB relation of VARCHAR columns c0, c1 …, and `line` where it was read exactly. */
export class TextRelation {
  readonly #staging: Staging;
  readonly #input: TextInput;
  readonly #timeColumn: string;
  readonly #paths: string[] = [];
  #sql: string | null = null;
  #reading: Reading | null = null;

  constructor(staging: Staging, input: TextInput, timeColumn: string) {
    this.#staging = staging;
    this.#input = input;
    this.#timeColumn = timeColumn;
  }

  get sql(): string {
    if (this.#sql === null) throw new Bug('a text relation is used before it is open');
    return this.#sql;
  }

  get reading(): Reading {
    if (this.#reading === null) throw new Bug('a text relation is used before it is open');
    return this.#reading;
  }

  get hasLine(): boolean {
    return this.reading.kind === 'exact';
  }

  /** Opens it the quick way where every record is one line; the caller then proves that all lines were read. */
  async open(): Promise<void> {
    const { text, real, compression } = this.#input;
    const newline = text.csv?.newline ?? null;
    if (newline === null) return this.readExactly();
    const suffix = { none: '.csv', gzip: '.csv.gz', zstd: '.csv.zst' }[compression];
    const [path = ''] = await reachable(this.#staging, [real], suffix);
    this.#paths.push(path);
    this.#sql = rawCsvRelation(
      path,
      text.columns.length,
      newline,
      compression,
      this.#staging.limits.maxRecordBytes,
    );
    this.#reading = { kind: 'direct', rows: (text.csv?.lines ?? 1) - 1 };
  }

  /** Reads the file with our own scanner instead. */
  async readExactly(): Promise<void> {
    const { text, real, compression, listed } = this.#input;
    const { spec, limits } = this.#staging;
    const [records, rejects] = [this.#staging.scratch('.lines'), this.#staging.scratch('.rejects')];
    this.#paths.push(records, rejects);
    const content = contentOf(real, listed.path, compression, limits, spec.signal);
    const result = await writeExact(this.#staging, this.#input, this.#timeColumn, content, records, rejects);
    this.#sql = linesRelation(records, text.columns.length, limits.maxRecordBytes);
    this.#reading = { kind: 'exact', rejectsPath: rejects, ...result };
  }

  async dispose(): Promise<void> {
    for (const path of this.#paths) await rm(path, { force: true });
  }
}
