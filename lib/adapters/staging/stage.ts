import { hashFile, sameStamp, stampOf } from '#lib/adapters/staging/file-bytes';
import { noObject } from '#lib/adapters/staging/json-facts';
import { openInput } from '#lib/adapters/staging/open-input';
import { outsideOf } from '#lib/adapters/staging/outside';
import { type ParquetFacts, parquetFacts } from '#lib/adapters/staging/parquet-files';
import { recordTexts } from '#lib/adapters/staging/record-texts';
import { type OpenedInput, type Staging, startStaging, type TextFacts } from '#lib/adapters/staging/staging';
import { type Part, partOf } from '#lib/adapters/staging/text-part';
import { makeViews, type Staged } from '#lib/adapters/staging/view';
import { columnWarnings, fileWarnings, typeWarnings } from '#lib/adapters/staging/warnings';
import type { ArchiveSource, ListedFile, OpenedFile, StagedArchive } from '#lib/archive/archive';
import type { Shape } from '#lib/archive/infer';
import type { Roles, Target } from '#lib/archive/part-sql';
import { type FileColumns, resolveTypes, usedNames, widenShapes } from '#lib/archive/resolve-types';
import type { ArchiveStage, RecordText, StageSpec } from '#lib/archive/stage';
import { Bug, Failure } from '#lib/base/failure';
import type { Session } from '#lib/replay/session';

export type { ArchiveStage, StageSpec } from '#lib/archive/stage';

/**
 * Lists an archive and stands ready to read its files into the session (which may be locked: it needs the stage
 * folder among its folders and the archive's files among its files; a file that it may not read is linked or copied
 * into its scratch folder). Failures: archive.not_found, archive.outside_roots, archive.format.
 */
export async function openStage(
  session: Session,
  source: ArchiveSource,
  spec: StageSpec,
): Promise<ArchiveStage> {
  const listed = await source.list();
  const files =
    spec.layout === 'plain' ? listed.map((f) => ({ ...f, partitionKeys: [], partition: null })) : listed;
  return new FileStage(files, source, await startStaging(session, spec));
}

class FileStage implements ArchiveStage {
  readonly files: readonly ListedFile[];
  readonly #source: ArchiveSource;
  readonly #staging: Staging;
  readonly #inputs = new Map<string, OpenedInput>();
  readonly #parquet = new Map<string, ParquetFacts>();
  readonly #shapes = new Map<string, Shape>();

  constructor(files: readonly ListedFile[], source: ArchiveSource, staging: Staging) {
    this.files = files;
    this.#source = source;
    this.#staging = staging;
  }

  async open(paths: readonly string[]): Promise<StagedArchive> {
    await this.#read(paths);
    await this.#readColumns();
    const inputs = this.files.flatMap((f) => this.#inputs.get(f.path) ?? []);
    const roles = this.#rolesOf();
    this.#requireMapped(inputs);
    const { targets, parts } = await this.#partsOf(inputs, roles);
    const staged = inputs.map((input) => ({
      input,
      part: parts.get(input.listed.path) ?? null,
      parquet: this.#parquet.get(input.listed.path) ?? null,
    }));
    const spec = { staged, targets, roles, hiveColumns: this.#hiveColumns(inputs) };
    const { columns, parquetRejects } = await makeViews(this.#staging, spec);
    const files = staged.map((s, i) => openedFile(s, parquetRejects.get(i)?.rejected ?? 0));
    const outside = await outsideOf(this.#staging, staged);
    await this.recheck();
    return {
      files,
      filesListed: this.files.length,
      columns,
      notContent: this.#notContent(inputs),
      records: files.reduce((sum, f) => sum + f.records, 0n),
      rejected: files.reduce((sum, f) => sum + f.rejected, 0n),
      outsidePartition: outside.count,
      warnings: [
        ...fileWarnings(staged),
        ...columnWarnings(staged, usedNames(this.#staging.spec)),
        ...typeWarnings(staged, hiveKeys(inputs), this.#staging.spec.types),
        ...outside.warnings,
      ],
    };
  }

  async recordTexts(file: number, lines: ReadonlySet<number>): Promise<ReadonlyMap<number, RecordText>> {
    const input = this.files.flatMap((f) => this.#inputs.get(f.path) ?? [])[file];
    if (input === undefined || input.text === null) return new Map();
    return recordTexts(this.#staging, { ...input, text: input.text }, lines);
  }

  async recheck(): Promise<void> {
    for (const { listed, real, stamp, sha256 } of this.#inputs.values()) {
      const now = await stampOf(real).catch(() => null);
      if (now !== null && sameStamp(now, stamp)) continue;
      // A link or a touch changes the stamp and not the content: only the content counts.
      const same =
        now !== null &&
        (await hashFile(real, listed.path, now.size, this.#staging.spec.signal, () => {})) === sha256;
      if (!same)
        throw new Failure(
          'archive.changed',
          `${listed.path} changed while it was read; nothing of it was used.`,
          {
            at: { file: listed.path },
          },
        );
    }
  }

  /** Hashes and recognises files that are not open yet, several at once, and reads the footers of Parquet. */
  async #read(paths: readonly string[]): Promise<void> {
    const { spec } = this.#staging;
    const wanted = [...new Set(paths)]
      .filter((path) => !this.#inputs.has(path))
      .map((path) => this.#listed(path));
    const total = wanted.reduce((sum, f) => sum + Number(f.bytes), 0);
    let [done, files, next] = [0, 0, 0];
    const found: OpenedInput[] = [];
    const work = async (): Promise<void> => {
      for (let i = next++; i < wanted.length; i = next++) {
        const listed = wanted[i] as ListedFile;
        found.push(
          await openInput(this.#staging, this.#source, listed, (bytes) => {
            done += bytes;
            spec.onProgress?.(done, total, files);
          }),
        );
        files++;
        spec.onProgress?.(done, total, files);
      }
    };
    await Promise.all(Array.from({ length: Math.max(1, spec.threads) }, work));
    for (const [path, facts] of await parquetFacts(
      this.#staging,
      found.filter((f) => f.text === null),
    ))
      this.#parquet.set(path, facts);
    for (const input of found) {
      this.#inputs.set(input.listed.path, input);
      const { text } = input;
      if (text !== null)
        widenShapes(
          this.#shapes,
          new Map(text.columns.map((c, i) => [c, text.shapes[i] ?? { kind: 'none' }])),
        );
    }
  }

  /** Files without a record tell no columns: the next ones are read too, until one does. */
  async #readColumns(): Promise<void> {
    for (const { path } of this.files) {
      const inputs = [...this.#inputs.values()];
      if (inputs.some((input) => this.#columnsOf(input).columns.size > 0)) return;
      await this.#read([path]);
    }
    const broken = [...this.#inputs.values()].find(({ text }) => (text?.json?.rejects ?? 0) > 0);
    if (broken !== undefined && this.#columnsOf(broken).columns.size === 0)
      throw noObject(broken.listed.path);
  }

  #listed(path: string): ListedFile {
    const found = this.files.find((f) => f.path === path);
    if (found === undefined) throw new Bug(`${path} is no file of the archive`);
    return found;
  }

  /**
   * Stages every text file under the types that all of them agree on. A guess from the first records is a lower
   * bound of the inferred type; where a record does not fit it, the file's true shape widens it, and it is tried again.
   */
  async #partsOf(
    inputs: readonly OpenedInput[],
    roles: Roles,
  ): Promise<{ targets: Map<string, Target>; parts: Map<string, Part> }> {
    for (;;) {
      const targets = resolveTypes(
        this.#staging.spec,
        inputs.map((i) => this.#columnsOf(i)),
        hiveKeys(inputs),
        this.#shapes,
      );
      const parts = new Map<string, Part>();
      let widened = false;
      for (const input of inputs) {
        const { text } = input;
        if (text === null || isEmpty(text)) continue;
        const named =
          text.columns.length > 0
            ? text
            : { ...text, columns: roles.id === null ? [roles.time] : [roles.time, roles.id] };
        const outcome = await partOf(this.#staging, { ...input, text: named }, targets, roles);
        if ('part' in outcome) parts.set(input.listed.path, outcome.part);
        else {
          widened = true;
          widenShapes(this.#shapes, outcome.widen);
        }
      }
      if (!widened) return { targets, parts };
    }
  }

  #columnsOf(input: OpenedInput): FileColumns {
    const parquet = this.#parquet.get(input.listed.path);
    const columns: [string, string | null][] =
      parquet?.columns.map((c) => [c.name, c.type]) ?? input.text?.columns.map((c) => [c, null]) ?? [];
    return { path: input.listed.path, columns: new Map(columns) };
  }

  #rolesOf(): Roles {
    const { fields, requireArrival, timezone } = this.#staging.spec;
    return { id: fields.id, time: fields.time, ingested: fields.ingested, requireArrival, timezone };
  }

  /** A file that lacks a column without which no record of it can be used is refused before any record is read. */
  #requireMapped(inputs: readonly OpenedInput[]): void {
    const { fields, requireArrival } = this.#staging.spec;
    const required = [fields.time, fields.id, requireArrival ? fields.ingested : null].filter(
      (n) => n !== null,
    );
    const columns = inputs.map((i) => this.#columnsOf(i)).filter((f) => f.columns.size > 0);
    for (const name of required) {
      const without = columns.find((f) => !f.columns.has(name));
      if (without !== undefined && columns.some((f) => f.columns.has(name)))
        throw new Failure('archive.schema', `${without.path} has no column ${name}; other files have it.`, {
          at: { file: without.path },
        });
    }
  }

  #hiveColumns(inputs: readonly OpenedInput[]): string[] {
    const own = new Set(inputs.flatMap((i) => [...this.#columnsOf(i).columns.keys()]));
    const used = new Set(usedNames(this.#staging.spec));
    return [...hiveKeys(inputs)].filter((key) => used.has(key) && !own.has(key));
  }

  #notContent(inputs: readonly OpenedInput[]): string[] {
    const { ingested, sequence } = this.#staging.spec.fields;
    return [...new Set([ingested, sequence, ...hiveKeys(inputs)].filter((n) => n !== null))];
  }
}

/** Nothing in it, not even a record that can't be read: those count, under the columns that every file must have. */
const isEmpty = ({ columns, json }: TextFacts): boolean => columns.length === 0 && (json?.rejects ?? 0) === 0;

const hiveKeys = (inputs: readonly OpenedInput[]): Set<string> =>
  new Set(inputs.flatMap((i) => i.listed.partitionKeys.map((k) => k.key)));

function openedFile({ input, part, parquet }: Staged, parquetRejected: number): OpenedFile {
  const { listed, sha256, format } = input;
  return {
    path: listed.path,
    bytes: listed.bytes,
    sha256,
    format,
    partition: listed.partition,
    records: BigInt(part?.records ?? parquet?.rows ?? 0),
    rejected: BigInt(part?.rejected ?? parquetRejected),
  };
}
