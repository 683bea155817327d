import { constants } from 'node:fs';
import { access, open, realpath, stat } from 'node:fs/promises';
import path from 'node:path';
import { CsvTable } from '#lib/adapters/live/files/csv-table';
import type { FileTable } from '#lib/adapters/live/files/file-table';
import { ParquetTable } from '#lib/adapters/live/files/parquet-table';
import { isCode } from '#lib/adapters/lock/lock-file';
import { Failure } from '#lib/base/failure';

export type LiveFile = {
  /** As it was asked for; its ending says the format. */
  readonly name: string;
  /** The real file: a symlink's end. What stands beside it stands there. */
  readonly file: string;
  readonly table: FileTable;
};

/** Opens a live file by its name. Failures: live.not_found, live.unreadable. */
export async function openLiveFile(name: string): Promise<LiveFile> {
  try {
    const file = await realpath(name);
    if (!(await stat(file)).isFile()) {
      throw new Failure('live.unreadable', `${name} is not a regular file.`, { at: { file: name } });
    }
    await (await open(file, 'r')).close();
    return { name, file, table: tableOf(file, name) };
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
}

/** The rows of `file`, of the format that the ending of `name` says. */
export function tableOf(file: string, name: string): FileTable {
  if (/\.parquet$/i.test(name)) return new ParquetTable(file);
  if (/\.csv(\.gz)?$/i.test(name)) return new CsvTable(file);
  throw new Failure('live.unreadable', `${name} is neither a .csv nor a .parquet file.`, {
    at: { file: name },
  });
}

/** Why a patch can't be written into a file; empty where it can, as far as one can see. */
export async function notWritable(file: string): Promise<string[]> {
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
