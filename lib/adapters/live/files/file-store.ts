import { createHash } from 'node:crypto';
import { stat } from 'node:fs/promises';
import path from 'node:path';
import { ledgerSeen } from '#lib/adapters/live/files/added-since';
import {
  currentEntry,
  exists,
  ledgerLines,
  ledgerPath,
  settledLedger,
} from '#lib/adapters/live/files/file-ledger';
import { withFileLock } from '#lib/adapters/live/files/file-lock';
import { heldTo } from '#lib/adapters/live/files/guard-rows';
import { type LiveFile, notWritable, openLiveFile } from '#lib/adapters/live/files/open-live-file';
import { isAfter, shapeOf, statesOf, type WrittenRow } from '#lib/adapters/live/files/planned-rows';
import { preflightFile } from '#lib/adapters/live/files/preflight-file';
import { rehearseFile } from '#lib/adapters/live/files/rehearse-file';
import { repeatedKeysIn } from '#lib/adapters/live/files/repeated-keys';
import { readRows, recover } from '#lib/adapters/live/files/swap-file';
import { outlookOf } from '#lib/adapters/live/files/undo-outlook';
import { normaliserOf } from '#lib/adapters/live/files/value-forms';
import {
  applyToFile,
  type FileWrite,
  requireStanding,
  undoInFile,
} from '#lib/adapters/live/files/write-patch';
import { Failure } from '#lib/base/failure';
import type {
  ApplyOptions,
  ApplyStatus,
  LedgerEntry,
  LedgerLine,
  LiveStore,
  LiveTable,
  RehearseOptions,
  SnapshotScope,
  UndoOptions,
  UndoStatus,
} from '#lib/patch/live-store';
import type { PatchHeader, SealedPatch, Verification } from '#lib/patch/patch';
import type { Preflight, Rehearsal, UndoOutlook } from '#lib/patch/rehearsal';

const LOCK_WAIT_MS = 5_000;

export type FileStoreOptions = {
  /** A .csv, .csv.gz (reading only) or .parquet file; relative to `folder`. */
  readonly path: string;
  /** The plan's folder: the file's name in the seal is relative to it. */
  readonly folder: string;
  /** Of the last key where its times have no offset; default UTC. */
  readonly timezone?: string;
  /** DuckDB types of columns where they are known: keys are then compared by value, not by text. */
  readonly types?: ReadonlyMap<string, string>;
};

/** A file as a live store: guarded row by row, swapped in atomically, with its ledger beside it. */
export function fileStore(options: FileStoreOptions): LiveStore {
  return new FileStore(options);
}

class FileStore implements LiveStore {
  readonly #path: string;
  readonly #folder: string;
  readonly #timezone: string;
  readonly #types: ReadonlyMap<string, string>;

  constructor(options: FileStoreOptions) {
    this.#folder = path.resolve(options.folder);
    this.#path = path.resolve(this.#folder, options.path);
    this.#timezone = options.timezone ?? 'UTC';
    this.#types = options.types ?? new Map();
  }

  get #identityPath(): string {
    return path.relative(this.#folder, this.#path).split(path.sep).join('/');
  }

  async describe(): Promise<LiveTable> {
    const { file, table } = await this.#open(this.#path);
    const stats = await stat(file);
    const linked = stats.nlink > 1;
    const ledger = await ledgerOf(file);
    return {
      identity: { kind: 'file', path: this.#identityPath },
      name: path.basename(this.#path),
      product: table.product,
      columns: await table.columns(),
      uniqueKeys: [],
      readsWhole: true,
      rows: await table.rowCount(),
      notWritable: [...(await notWritable(file)), ...ledger.problems],
      shape: { acts: [], required: [], seen: ledger.seen },
      warnings: linked
        ? [
            {
              code: 'hard_links',
              message: `${file} has other names (hard links); they keep the old content after a patch.`,
            },
          ]
        : [],
    };
  }

  /** Rows outside the scope may come too: the file is read whole in any case, and the caller filters. */
  async snapshot(
    columns: readonly string[],
    _scope: SnapshotScope,
    to: string,
    table?: string,
  ): Promise<number> {
    const source = table === undefined ? this.#path : path.resolve(this.#folder, table);
    const opened = await this.#open(source);
    const before = await stat(opened.file, { bigint: true });
    const rows = await opened.table.exportCsv(columns, to);
    const after = await stat(source, { bigint: true });
    if (before.ino !== after.ino || before.size !== after.size || before.mtimeNs !== after.mtimeNs) {
      throw new Failure('live.unreadable', `${source} changed while it was read.`, { fix: 'Try again.' });
    }
    return rows;
  }

  async placeOfRow(row: number): Promise<{ file: string; line: number } | null> {
    const { table } = await this.#open(this.#path);
    let found: number | null = null;
    await table.scan([], (at, _values, line) => {
      if (at === row - 1) found = line;
    });
    return found === null ? null : { file: path.basename(this.#path), line: found };
  }

  async repeatedKeys(keys: readonly string[], limit: number): Promise<readonly (readonly string[])[]> {
    const { table } = await this.#open(this.#path);
    const forms = keys.map((key) =>
      normaliserOf(this.#types.get(key) ?? 'VARCHAR', key === keys.at(-1) ? this.#timezone : 'UTC'),
    );
    return await repeatedKeysIn(table, keys, forms, limit);
  }

  async countNullKeys(keys: readonly string[]): Promise<number> {
    const { table } = await this.#open(this.#path);
    let rows = 0;
    await table.scan(keys, (_, values) => {
      if (values.includes(null)) rows += 1;
    });
    return rows;
  }

  async apply(patch: SealedPatch, options: ApplyOptions): Promise<ApplyStatus> {
    if (isEmpty(patch.header)) return 'nothing_to_apply';
    return await this.#locked(patch.header, options, (write) => applyToFile(write, patch));
  }

  preflight(header: PatchHeader): Promise<Preflight> {
    return preflightFile(this.#path, this.#identityPath, header);
  }

  rehearse(patch: SealedPatch, options: RehearseOptions): Promise<Rehearsal> {
    return rehearseFile(patch, options, (apply, work) => this.#locked(patch.header, apply, work));
  }

  async undo(patch: SealedPatch, options: UndoOptions): Promise<UndoStatus> {
    if (isEmpty(patch.header)) return 'nothing_to_apply';
    const leaveOut = options.leaveOut ?? [];
    return await this.#locked(patch.header, options, (write) => undoInFile(write, patch.header, leaveOut));
  }

  async undoOutlook(patch: SealedPatch): Promise<UndoOutlook> {
    const { header } = patch;
    if (isEmpty(header)) return { rows: 0, unmoved: 0, moved: [], movedSeqs: [] };
    return outlookOf(await this.#open(this.#path), header);
  }

  async verify(patch: SealedPatch): Promise<Verification> {
    const { header } = patch;
    if (isEmpty(header)) return { cells: 0, match: 0, differ: 0, moved: 0 };
    const { file, table } = await this.#open(this.#path);
    const entry = requireStanding(currentEntry(await settledLedger(file), header.seal));
    const shape = shapeOf(header);
    const counts = { cells: 0, match: 0, differ: 0, moved: 0 };
    for (const { row, now } of await statesOf(table, shape, await readRows(file, entry))) {
      counts.cells += 1;
      if (isAfter(row, now, shape)) counts.match += 1;
      else if (now !== null && isAfter(withoutDeltas(row, now, header), now, shape)) counts.moved += 1;
      else counts.differ += 1;
    }
    return counts;
  }

  async ledger(patch: PatchHeader): Promise<LedgerEntry> {
    const { file } = await this.#open(this.#path);
    const entry = currentEntry(await settledLedger(file), patch.seal);
    return {
      patchId: patch.id,
      seal: entry?.seal ?? patch.seal,
      outcome: entry?.outcome === 'applied' || entry?.outcome === 'undone' ? entry.outcome : 'none',
      appliedAt: entry?.at ?? null,
      author: entry?.author ?? null,
      approvedBy: entry === null || entry.approved_by === 'none' ? null : entry.approved_by,
      transaction: entry?.after.sha256 ?? null,
      ledgerId: (await exists(ledgerPath(file))) ? path.basename(ledgerPath(file)) : null,
    };
  }

  async ledgerEntries(): Promise<readonly LedgerLine[]> {
    const { file } = await this.#open(this.#path);
    return ledgerLines(await settledLedger(file));
  }

  /** The file is read whole in any case: its ledger is small. */
  async ledgerFingerprint(): Promise<string> {
    return createHash('sha256')
      .update(JSON.stringify(await this.ledgerEntries()))
      .digest('hex');
  }

  async settle(header: PatchHeader): Promise<'applied' | 'not_applied'> {
    const { file } = await this.#open(this.#path);
    const ledger = await withFileLock(`${file}.recount.lock`, LOCK_WAIT_MS, () => recover(file));
    const { seal, undoes } = header;
    const entry = currentEntry(ledger, undoes?.seal ?? seal);
    const isDone = undoes === undefined ? entry !== null : entry?.outcome === 'undone';
    return isDone ? 'applied' : 'not_applied';
  }

  ledgerScript(): string {
    return '';
  }

  async createLedger(): Promise<void> {
    // the ledger is a file that the first apply makes
  }

  reviewSql(patch: PatchHeader): string {
    const { updates, inserts, deletes } = patch.counts;
    const keys = patch.keys.map((k) => k.name).join(', ');
    const sets = patch.measures
      .map((m) => (m.mode === 'delta' ? `${m.name} = ${m.name} + delta` : m.name))
      .join(', ');
    return [
      `-- ${this.#identityPath}: one new file, swapped in by one rename; rows found by ${keys}`,
      `-- ${updates} rows updated: ${sets}; ${heldTo(patch)}`,
      `-- ${inserts} rows added at the end; each only if its key is not there`,
      `-- ${deletes} rows removed; each only if it still holds the values before`,
      `-- one row that is not so: nothing is written. Kept beside it: the old file, the values before, the ledger`,
    ].join('\n');
  }

  async *exportSql(): AsyncIterable<string> {
    yield* [];
    throw new Failure('patch.export', `${this.#identityPath} is a file, and takes no SQL.`);
  }

  async close(): Promise<void> {
    // nothing stays open between calls
  }

  async #locked<T>(
    header: PatchHeader,
    options: ApplyOptions,
    work: (write: FileWrite) => Promise<T>,
  ): Promise<T> {
    if (header.target.kind !== 'file' || header.target.path !== this.#identityPath) {
      throw new Failure(
        'patch.target_changed',
        `The patch is for another live store than ${this.#identityPath}.`,
      );
    }
    const opened = await this.#open(this.#path);
    const [reason] = await notWritable(opened.file);
    if (reason !== undefined) throw new Failure('live.not_writable', reason);
    return await withFileLock(`${opened.file}.recount.lock`, LOCK_WAIT_MS, (lock) =>
      work({ ...opened, lock, options }),
    );
  }

  #open(name: string): Promise<LiveFile> {
    return openLiveFile(name);
  }
}

/** What a preview sees of the ledger. Where it is damaged the file can still be read, and nothing that adds passes later. */
async function ledgerOf(file: string): Promise<{ seen: string; problems: string[] }> {
  try {
    return { seen: await ledgerSeen(file), problems: [] };
  } catch (error) {
    if (!(error instanceof Failure)) throw error;
    return { seen: 'unknown', problems: [error.message] };
  }
}

const isEmpty = ({ counts }: PatchHeader): boolean => counts.updates + counts.inserts + counts.deletes === 0;

/** The row with its added measures taken as they are now: what is left must still be as written. */
function withoutDeltas(row: WrittenRow, now: readonly (string | null)[], header: PatchHeader): WrittenRow {
  const after = row.after.map((value, i) =>
    header.measures[i]?.mode === 'delta' ? (now[i] ?? null) : value,
  );
  return { ...row, after };
}
