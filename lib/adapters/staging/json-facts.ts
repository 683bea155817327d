import { isUtf8 } from 'node:buffer';
import { withoutBom } from '#lib/adapters/staging/decompress';
import { joinShapes, type Shape, shapeOf } from '#lib/archive/infer';
import { JsonScanner } from '#lib/archive/json-scanner';
import type { StageLimits } from '#lib/archive/stage';
import { Failure } from '#lib/base/failure';

/** What one pass over a JSON file tells. */
export type JsonFacts = {
  /** Keys of all objects, in the order in which they first occur. */
  readonly columns: readonly string[];
  readonly shapes: readonly Shape[];
  readonly sample: readonly (readonly (string | null)[])[];
  /** Whether every record starts on a line of its own; else records are counted instead of lines. */
  readonly byLine: boolean;
  /** Records that are no JSON object. */
  readonly rejects: number;
};

const SAMPLE_RECORDS = 2000;
const SAMPLE_SHOWN = 50;
/** An empty key is no name that a column can have. */
const columnOf = (key: string): string => (key === '' ? '@blank1' : key);

/** The values of an object in the order of columns; a key that it lacks is NULL. */
export const fieldsOf = (
  fields: ReadonlyMap<string, string | null>,
  columns: readonly string[],
): (string | null)[] => columns.map((name) => fields.get(name === '@blank1' ? '' : name) ?? null);

/** Reads a JSON file once. Failures: archive.schema, archive.limit, and those of `content`. */
export async function jsonFacts(
  content: AsyncIterable<Buffer>,
  shown: string,
  limits: StageLimits,
): Promise<JsonFacts> {
  const facts = new Collector(shown, limits);
  for await (const chunk of withoutBom(content)) facts.scanner.push(chunk);
  facts.scanner.finish();
  return facts.result();
}

/** The keys and values of the first records only. Failures: archive.format (no JSON object), and those of `jsonFacts`. */
export async function jsonGlance(
  content: AsyncIterable<Buffer>,
  shown: string,
  limits: StageLimits,
): Promise<JsonFacts> {
  const facts = new Collector(shown, limits);
  let bytes = 0;
  for await (const chunk of withoutBom(content)) {
    facts.scanner.push(chunk);
    bytes += chunk.length;
    if (bytes >= limits.maxRecordBytes && facts.records > 0) return facts.result();
  }
  facts.scanner.finish();
  const result = facts.result();
  if (facts.records === 0 && result.rejects > 0) throw noObject(shown);
  return result;
}

export const noObject = (shown: string): Failure =>
  new Failure('archive.format', `${shown} holds no JSON object.`, { at: { file: shown } });

class Collector {
  readonly scanner: JsonScanner;
  records = 0;
  readonly #shown: string;
  readonly #limits: StageLimits;
  readonly #columns = new Map<string, Shape>();
  readonly #names = new Map<string, string>();
  readonly #sample: ReadonlyMap<string, string | null>[] = [];
  #rejects = 0;
  #lastLine = 0;
  #byLine = true;

  constructor(shown: string, limits: StageLimits) {
    this.#shown = shown;
    this.#limits = limits;
    this.scanner = new JsonScanner(
      { maxRecordBytes: limits.maxRecordBytes, isText: isUtf8 },
      {
        record: (object, line) => {
          this.#startsAt(line);
          this.records++;
          for (const key of object.keys) if (!this.#columns.has(columnOf(key))) this.#addColumn(key, line);
          if (this.records <= SAMPLE_RECORDS) this.#addValues(object.fields());
        },
        reject: (_reason, line) => {
          this.#startsAt(line);
          this.#rejects++;
        },
      },
    );
  }

  result(): JsonFacts {
    const columns = [...this.#columns.keys()];
    return {
      columns,
      shapes: [...this.#columns.values()],
      sample: this.#sample.map((fields) => fieldsOf(fields, columns)),
      byLine: this.#byLine,
      rejects: this.#rejects,
    };
  }

  #startsAt(line: number): void {
    if (line === this.#lastLine) this.#byLine = false;
    this.#lastLine = line;
  }

  #addValues(fields: ReadonlyMap<string, string | null>): void {
    for (const [key, value] of fields) {
      const name = columnOf(key);
      this.#columns.set(name, joinShapes(this.#columns.get(name) ?? { kind: 'none' }, shapeOf(value)));
    }
    if (this.#sample.length < SAMPLE_SHOWN) this.#sample.push(fields);
  }

  #addColumn(key: string, line: number): void {
    const at = { at: { file: this.#shown, line } };
    const twin = this.#names.get(key.toLowerCase());
    if (twin !== undefined)
      throw new Failure(
        'archive.schema',
        `${this.#shown}, line ${line}: the keys ${twin} and ${key} differ only in case.`,
        at,
      );
    if (/^@(?:time|arrived|file|line|reason|blank\d+)$/i.test(key))
      throw new Failure('archive.schema', `${this.#shown}, line ${line}: the key ${key} is reserved.`, at);
    if (this.#columns.size >= this.#limits.maxColumns)
      throw new Failure(
        'archive.limit',
        `${this.#shown} has more than ${this.#limits.maxColumns} different keys.`,
        at,
      );
    this.#names.set(key.toLowerCase(), key);
    this.#columns.set(columnOf(key), { kind: 'none' });
  }
}
