import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { contentOf } from '#lib/adapters/staging/decompress';
import { lineOf } from '#lib/adapters/staging/part-line';
import { reasonOf, scanText } from '#lib/adapters/staging/scan-text';
import type { Staging, TextInput } from '#lib/adapters/staging/staging';
import { LineWriter, linesRelation } from '#lib/adapters/staging/text-lines';
import type { TextRelation } from '#lib/adapters/staging/text-relation';
import { literal } from '#lib/base/sql';

const PAGE = 20_000;

type PartRejects = { readonly dir: string; readonly valueRejects: number; readonly hasLine: boolean };

/**
 * Writes rejects.parquet (line, reason, record) beside a part: what our scanner could not read, and the records of
 * the part with a `@reason`, for whose text the file is read once more.
 */
export async function writeRejects(
  staging: Staging,
  input: TextInput,
  relation: TextRelation,
  timeColumn: string,
  part: PartRejects,
): Promise<void> {
  const parts: string[] = [];
  if (relation.reading.kind === 'exact') parts.push(relation.reading.rejectsPath);
  const values = staging.scratch('.values');
  if (part.valueRejects > 0) {
    await writeValueRejects(staging, input, part, timeColumn, values);
    parts.push(values);
  }
  const all = parts
    .map((path) => `FROM ${linesRelation(path, 2, staging.limits.maxRecordBytes)}`)
    .join(' UNION ALL ');
  await staging.session.run(
    `COPY (SELECT line, c0 AS reason, coalesce(c1, '') AS record FROM (${all}) ORDER BY line)
     TO ${literal(join(part.dir, 'rejects.parquet'))} (FORMAT parquet)`,
  );
  await rm(values, { force: true });
}

async function writeValueRejects(
  staging: Staging,
  input: TextInput,
  part: PartRejects,
  timeColumn: string,
  path: string,
): Promise<void> {
  const wanted = new Wanted(staging, part, input.format === 'json');
  const writer = await LineWriter.create(path);
  const { real, listed, compression } = input;
  const content = contentOf(real, listed.path, compression, staging.limits, staging.spec.signal);
  try {
    await scanText(
      staging,
      input,
      timeColumn,
      wanted.ahead(content),
      {
        record(line, bytes, start, end, _form, starts) {
          const reason = wanted.take(line);
          if (reason !== null) writer.reject(starts, reasonOf(input, reason, line), bytes, start, end);
        },
        reject() {},
      },
      () => writer.flush(),
    );
  } finally {
    await writer.close();
  }
}

const ROW = z.object({ line: z.coerce.number(), reason: z.string() });

/** The rejected lines of a part in order, read page by page just before the scanner comes to them. */
class Wanted {
  readonly #staging: Staging;
  readonly #part: PartRejects;
  readonly #json: boolean;
  #page: z.infer<typeof ROW>[] = [];
  #at = 0;
  #last = 0;
  #over = false;

  constructor(staging: Staging, part: PartRejects, json: boolean) {
    this.#json = json;
    this.#staging = staging;
    this.#part = part;
  }

  /** Passes chunks on, each after all reasons are there for the lines that may end in it. */
  async *ahead(content: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
    let lines = 1;
    // No more records can end in a chunk than it has line ends, or for JSON on one line also commas and braces.
    const marks = this.#json ? [10, 44, 123] : [10, 13];
    for await (const chunk of content) {
      for (const mark of marks)
        for (let i = chunk.indexOf(mark); i !== -1; i = chunk.indexOf(mark, i + 1)) lines++;
      while (!this.#over && this.#last <= lines) await this.#fetch();
      yield chunk;
    }
  }

  /** The reason why the record at a line was rejected, or null. Lines are asked in order. */
  take(line: number): string | null {
    while ((this.#page[this.#at]?.line ?? Number.POSITIVE_INFINITY) < line) this.#at++;
    const found = this.#page[this.#at];
    return found?.line === line ? found.reason : null;
  }

  async #fetch(): Promise<void> {
    const line = lineOf(this.#part.hasLine);
    const rows = await this.#staging.session.rows(
      `SELECT ${line} AS line, "@reason" AS reason FROM read_parquet(${literal(join(this.#part.dir, 'part.parquet'))})
       WHERE "@reason" IS NOT NULL AND ${line} > ${this.#last} ORDER BY 1 LIMIT ${PAGE}`,
      ROW,
    );
    this.#page = [...this.#page.slice(this.#at), ...rows];
    this.#at = 0;
    this.#over = rows.length < PAGE;
    this.#last = rows.at(-1)?.line ?? this.#last;
  }
}
