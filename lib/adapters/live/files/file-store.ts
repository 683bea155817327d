import { constants } from 'node:fs';
import { access, copyFile, open, realpath, stat } from 'node:fs/promises';
import path from 'node:path';
import { CsvTable } from '#lib/adapters/live/files/csv-table';
import {
  currentEntry,
  type FileLedgerEntry,
  fileState,
  settledLedger,
} from '#lib/adapters/live/files/file-ledger';
import { withFileLock } from '#lib/adapters/live/files/file-lock';
import type { FileTable } from '#lib/adapters/live/files/file-table';
import { ParquetTable } from '#lib/adapters/live/files/parquet-table';
import {
  guardRows,
  isAfter,
  type PlannedRow,
  plannedRows,
  readBack,
  reversed,
  shapeOf,
  statesOf,
  type WrittenRow,
} from '#lib/adapters/live/files/planned-rows';
import { readRows, recover, report, requireGoingOn, swapFile } from '#lib/adapters/live/files/swap-file';
import { keyForm, normaliserOf } from '#lib/adapters/live/files/value-forms';
import { isCode } from '#lib/adapters/lock/lock-file';
import { Failure } from '#lib/base/failure';
import type {
  ApplyOptions,
  ApplyStatus,
  LedgerEntry,
  LiveStore,
  LiveTable,
  SnapshotScope,
  UndoStatus,
} from '#lib/patch/live-store';
import type { PatchHeader, SealedPatch, Verification } from '#lib/patch/patch';

const LOCK_WAIT_MS = 5_000;

export type FileStoreOptions = {
  /** A .csv, .csv.gz (reading only) or .parquet file; relative to `folder`. */
  readonly path: string;
  /** The plan's folder: the file's name in the seal is relative to it. */
  readonly folder: string;
  /** Of live times without an offset; default UTC. */
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
    return {
      identity: { kind: 'file', path: this.#identityPath },
      name: path.basename(this.#path),
      product: table.product,
      columns: await table.columns(),
      uniqueKeys: [],
      rows: await table.rowCount(),
      notWritable: await notWritable(file),
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

  async repeatedKeys(keys: readonly string[], limit: number): Promise<readonly (readonly string[])[]> {
    const { table } = await this.#open(this.#path);
    const forms = keys.map((key) => normaliserOf(this.#types.get(key) ?? 'VARCHAR', this.#timezone));
    const seen = new Set<string>();
    const repeated = new Map<string, readonly string[]>();
    await table.scan(keys, (_, values) => {
      const parts = values.filter((value) => value !== null);
      if (parts.length < keys.length) return;
      const key = keyForm(parts, forms) ?? JSON.stringify(parts);
      if (!seen.has(key)) seen.add(key);
      else if (repeated.size < limit) repeated.set(key, repeated.get(key) ?? parts);
    });
    return [...repeated.values()];
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
    const { header } = patch;
    if (isEmpty(header)) return 'nothing_to_apply';
    return await this.#locked(header, async (file, table, lock) => {
      const done = currentEntry(await recover(file), header.seal);
      if (done !== null) {
        if (done.outcome === 'applied') return 'already_applied';
        throw new Failure('patch.undone', `The patch was undone at ${done.at} and is not applied again.`);
      }
      await report(options, 'check', 0, 1);
      await this.#requireSameColumns(header, table);
      const planned = await plannedRows(patch);
      const write = (to: string): Promise<WrittenRow[]> =>
        this.#write(header, table, planned, null, to, options);
      await swapFile({ file, header, kind: 'apply', lock, options, write });
      return 'applied';
    });
  }

  async undo(patch: SealedPatch, options: ApplyOptions): Promise<UndoStatus> {
    const { header } = patch;
    if (isEmpty(header)) return 'nothing_to_apply';
    return await this.#locked(header, async (file, table, lock) => {
      const entry = requireApplied(currentEntry(await recover(file), header.seal));
      if (entry.outcome === 'undone') return 'already_undone';
      await report(options, 'check', 0, 1);
      const planned = reversed(await readRows(file, entry));
      const kept = path.join(path.dirname(file), entry.old_file);
      const write = async (to: string): Promise<readonly WrittenRow[]> =>
        (await this.#putBack(file, entry, kept, to, planned)) ??
        (await this.#write(header, table, planned, await restorable(planned, kept, entry), to, options));
      await swapFile({ file, header, kind: 'undo', lock, options, write });
      return 'undone';
    });
  }

  async verify(patch: SealedPatch): Promise<Verification> {
    const { header } = patch;
    if (isEmpty(header)) return { cells: 0, match: 0, differ: 0, moved: 0 };
    const { file, table } = await this.#open(this.#path);
    const entry = requireApplied(currentEntry(await settledLedger(file), header.seal));
    if (entry.outcome === 'undone')
      throw new Failure('patch.not_applied', `The patch was undone at ${entry.at}.`);
    const shape = shapeOf(header, this.#timezone);
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
    };
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
      `-- ${updates} rows updated: ${sets}; each only if it still holds the values before`,
      `-- ${inserts} rows added at the end; each only if its key is not there`,
      `-- ${deletes} rows removed; each only if it still holds the values before`,
      `-- one row that moved: nothing is written. Kept beside it: the old file, the values before, the ledger`,
    ].join('\n');
  }

  async close(): Promise<void> {
    // nothing stays open between calls
  }

  /** Guards, writes the new file, reads it back. */
  async #write(
    header: PatchHeader,
    table: FileTable,
    planned: readonly PlannedRow[],
    restoreFrom: string | null,
    to: string,
    options: ApplyOptions,
  ): Promise<WrittenRow[]> {
    const shape = shapeOf(header, this.#timezone);
    await report(options, 'lock', 0, planned.length);
    const { edits, written, rows } = await guardRows(table, shape, planned, restoreFrom);
    requireGoingOn(options);
    await report(options, 'write', 0, planned.length);
    await table.rewrite(edits, to);
    requireGoingOn(options);
    await report(options, 'read_back', 0, planned.length);
    await readBack(this.#tableOf(to, this.#path), shape, written, rows);
    requireGoingOn(options);
    return written;
  }

  /** Where nobody wrote since the apply, undo is the kept file itself, to the byte. Null: someone wrote. */
  async #putBack(
    file: string,
    entry: FileLedgerEntry,
    kept: string,
    to: string,
    planned: readonly PlannedRow[],
  ): Promise<readonly WrittenRow[] | null> {
    if ((await fileState(file)).sha256 !== entry.after.sha256) return null;
    const old = await fileState(kept).catch(() => null);
    if (old?.sha256 !== entry.before.sha256) return null;
    await copyFile(kept, to);
    if ((await fileState(to)).sha256 !== entry.before.sha256) {
      throw new Failure('live.unreadable', `${kept} changed while it was copied.`, { fix: 'Try again.' });
    }
    return planned.map(({ restore: _, ...row }) => ({ ...row, row: null }));
  }

  async #requireSameColumns(header: PatchHeader, table: FileTable): Promise<void> {
    const columns = new Map((await table.columns()).map((c) => [c.name, c.type]));
    for (const column of [...header.keys, ...header.measures]) {
      const type = columns.get(column.name);
      if (type === undefined) {
        throw new Failure('live.schema_changed', `${this.#path} has no column "${column.name}" any more.`);
      }
      if (table instanceof ParquetTable && type !== column.type) {
        throw new Failure(
          'live.schema_changed',
          `Column "${column.name}" of ${this.#path} was ${column.type}, is ${type}.`,
        );
      }
    }
  }

  async #locked<T>(
    header: PatchHeader,
    work: (
      file: string,
      table: FileTable,
      lock: Parameters<Parameters<typeof withFileLock>[2]>[0],
    ) => Promise<T>,
  ): Promise<T> {
    if (header.target.kind !== 'file' || header.target.path !== this.#identityPath) {
      throw new Failure(
        'patch.target_changed',
        `The patch is for another live store than ${this.#identityPath}.`,
      );
    }
    const { file, table } = await this.#open(this.#path);
    const [reason] = await notWritable(file);
    if (reason !== undefined) throw new Failure('live.not_writable', reason);
    return await withFileLock(`${file}.recount.lock`, LOCK_WAIT_MS, (lock) => work(file, table, lock));
  }

  async #open(name: string): Promise<{ file: string; table: FileTable }> {
    let file: string;
    try {
      file = await realpath(name);
      if (!(await stat(file)).isFile()) {
        throw new Failure('live.unreadable', `${name} is not a regular file.`, { at: { file: name } });
      }
      await (await open(file, 'r')).close();
    } catch (error) {
      if (isCode(error, 'ENOENT') || isCode(error, 'ENOTDIR')) {
        throw new Failure('live.not_found', `There is no live file ${name}.`, { at: { file: name } });
      }
      if (isCode(error, 'EACCES') || isCode(error, 'EPERM')) {
        throw new Failure('live.unreadable', `${name} may not be read by this account.`, {
          at: { file: name },
        });
      }
      throw error;
    }
    return { file, table: this.#tableOf(file, name) };
  }

  #tableOf(file: string, name: string): FileTable {
    if (/\.parquet$/i.test(name)) return new ParquetTable(file);
    if (/\.csv(\.gz)?$/i.test(name)) return new CsvTable(file, this.#timezone);
    throw new Failure('live.unreadable', `${name} is neither a .csv nor a .parquet file.`, {
      at: { file: name },
    });
  }
}

async function notWritable(file: string): Promise<string[]> {
  if (/\.gz$/i.test(file))
    return [`${file} is compressed; a patch is only written into a plain .csv or a .parquet file.`];
  const folder = path.dirname(file);
  const allowed = (target: string): Promise<boolean> =>
    access(target, constants.W_OK).then(
      () => true,
      () => false,
    );
  const reasons: string[] = [];
  if (!(await allowed(folder)))
    reasons.push(`The folder ${folder} is not writable: the new file is made beside the old one.`);
  if (!(await allowed(file))) reasons.push(`${file} is not writable.`);
  return reasons;
}

const isEmpty = ({ counts }: PatchHeader): boolean => counts.updates + counts.inserts + counts.deletes === 0;

function requireApplied(entry: FileLedgerEntry | null): FileLedgerEntry {
  if (entry !== null) return entry;
  throw new Failure('patch.not_applied', 'The ledger beside the file does not hold this patch.');
}

/** Deleted rows are put back from the kept file, which must then be as it was left. */
async function restorable(
  planned: readonly PlannedRow[],
  kept: string,
  entry: FileLedgerEntry,
): Promise<string | null> {
  if (planned.every((row) => row.restore === null)) return null;
  const state = await fileState(kept).catch(() => null);
  if (state?.sha256 === entry.before.sha256) return kept;
  throw new Failure(
    'patch.damaged',
    `${kept}, which holds the deleted rows, is ${state === null ? 'gone' : 'changed'}.`,
    {
      fix: 'Restore it from a backup and undo again.',
    },
  );
}

/** The row with its added measures taken as they are now: what is left must still be as written. */
function withoutDeltas(row: WrittenRow, now: readonly (string | null)[], header: PatchHeader): WrittenRow {
  const after = row.after.map((value, i) =>
    header.measures[i]?.mode === 'delta' ? (now[i] ?? null) : value,
  );
  return { ...row, after };
}
