import { randomBytes } from 'node:crypto';
import {
  closeSync,
  fsyncSync,
  linkSync,
  mkdirSync,
  openSync,
  readFileSync,
  rmSync,
  statSync,
  writeSync,
} from 'node:fs';
import path from 'node:path';
import { isCode } from '#lib/adapters/lock/lock-file';
import { KEY_BYTES } from '#lib/adapters/secrets/secret-box';
import { Failure } from '#lib/base/failure';

/** Where the key of a rotation that has not ended lies. */
export const nextFile = (file: string): string => `${file}.next`;

/** Makes a key file where none is there, readable by its owner only: there whole, or not at all. Throws `env.invalid`. */
export function makeKeyFile(file: string): void {
  const part = `${file}.${process.pid}.part`;
  try {
    mkdirSync(path.dirname(file), { recursive: true });
    const at = openSync(part, 'wx', 0o600);
    try {
      writeSync(at, randomBytes(KEY_BYTES));
      fsyncSync(at);
    } finally {
      closeSync(at);
    }
    linkSync(part, file);
    syncFolder(path.dirname(file));
  } catch (cause) {
    if (!isCode(cause, 'EEXIST'))
      throw keyProblem(file, 'cannot be written', 'Check the rights of its folder.', cause);
  } finally {
    rmSync(part, { force: true });
  }
}

/** Makes what was done in a folder last. */
export function syncFolder(folder: string): void {
  if (process.platform === 'win32') return; // has no such thing
  const at = openSync(folder, 'r');
  try {
    fsyncSync(at);
  } finally {
    closeSync(at);
  }
}

/** Null where there is no such file. Throws `env.invalid` where it is not 32 bytes, cannot be read, or others may read it. */
export function readKeyFile(file: string): Buffer | null {
  let key: Buffer;
  try {
    key = readFileSync(file);
  } catch (cause) {
    if (isCode(cause, 'ENOENT')) return null;
    throw keyProblem(file, 'cannot be read', 'Check the rights of the file.', cause);
  }
  if (process.platform !== 'win32' && (statSync(file).mode & 0o077) !== 0)
    throw keyProblem(file, 'may be read by other accounts', `Run: chmod 600 ${file}`);
  if (key.length === KEY_BYTES) return key;
  throw keyProblem(
    file,
    `has ${key.length} bytes, not ${KEY_BYTES}`,
    'Restore it from a backup. Without it, sealed passwords must be entered again.',
  );
}

function keyProblem(file: string, what: string, fix: string, cause?: unknown): Failure {
  return new Failure('env.invalid', `the key file ${file} ${what}`, { fix, cause });
}
