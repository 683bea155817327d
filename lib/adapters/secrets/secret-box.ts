import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto';
import { mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { isCode } from '#lib/adapters/lock/lock-file';
import { Failure } from '#lib/base/failure';

const KEY_BYTES = 32;
const IV_BYTES = 12;
const TAG_BYTES = 16;
/** First byte of a sealed secret: AES-256-GCM, one key. Another key or method gets another number. */
const FORM = 1;

/**
 * Reads the key that seals live stores' passwords; makes it at the first start, readable by its owner only.
 * Throws `env.invalid` where the file is not 32 bytes, cannot be read, or others may read it.
 */
export function readOrMakeKey(file: string): Buffer {
  try {
    mkdirSync(path.dirname(file), { recursive: true });
    writeFileSync(file, randomBytes(KEY_BYTES), { flag: 'wx', mode: 0o600 });
  } catch (cause) {
    if (!isCode(cause, 'EEXIST'))
      throw keyProblem(file, 'cannot be written', 'Check the rights of its folder.', cause);
  }
  return readKey(file);
}

function readKey(file: string): Buffer {
  let key: Buffer;
  try {
    key = readFileSync(file);
  } catch (cause) {
    throw keyProblem(file, 'cannot be read', 'Check the rights of the file.', cause);
  }
  if (process.platform !== 'win32' && (statSync(file).mode & 0o077) !== 0) {
    throw keyProblem(file, 'may be read by other accounts', `Run: chmod 600 ${file}`);
  }
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

/** Seals a secret for the record `id`: it opens under the same key and for the same record only. */
export function sealSecret(key: Buffer, id: string, secret: string): Uint8Array<ArrayBuffer> {
  const iv = randomBytes(IV_BYTES);
  const cipher = createCipheriv('aes-256-gcm', key, iv, { authTagLength: TAG_BYTES }).setAAD(Buffer.from(id));
  const body = Buffer.concat([cipher.update(secret, 'utf8'), cipher.final()]);
  return Uint8Array.from(Buffer.concat([Buffer.of(FORM), iv, cipher.getAuthTag(), body]));
}

/** Opens a sealed secret. Throws `live.unreachable` where the key is another one or the bytes were changed. */
export function openSecret(key: Buffer, id: string, sealed: Uint8Array): string {
  const bytes = Buffer.from(sealed);
  const body = 1 + IV_BYTES + TAG_BYTES;
  try {
    if (bytes[0] !== FORM || bytes.length < body) throw new Error('not a sealed secret');
    const decipher = createDecipheriv('aes-256-gcm', key, bytes.subarray(1, 1 + IV_BYTES), {
      authTagLength: TAG_BYTES,
    });
    decipher.setAAD(Buffer.from(id)).setAuthTag(bytes.subarray(1 + IV_BYTES, body));
    return Buffer.concat([decipher.update(bytes.subarray(body)), decipher.final()]).toString('utf8');
  } catch (cause) {
    throw new Failure(
      'live.unreachable',
      'the stored password of the live store cannot be opened: the key file is not the one it was sealed with',
      {
        fix: 'Restore the key file, or enter the password of the live store again.',
        cause,
      },
    );
  }
}
