import { createHmac } from 'node:crypto';
import { makeKeyFile, nextFile, readKeyFile } from '#lib/adapters/secrets/key-file';
import { keyId, openWith, sealedWith, sealWith } from '#lib/adapters/secrets/secret-box';
import { Bug, Failure } from '#lib/base/failure';
import type { Secret } from '#lib/base/secret';

/** Where the key is: given itself, or in a file. */
export type KeySource = {
  readonly secretKeyFile: string;
  /** 32 bytes in base64; they stand before the file. `next`: what a rotation goes to. */
  readonly secretKey: { readonly current: Secret; readonly next: Secret | null } | null;
};

/** The keys that seal secrets of the records: one, and while it is rotated the next one too. */
export type SecretKeys = {
  /** Seals with the key that holds now. The caller keeps a rotation out meanwhile: lib/adapters/store/sealed-values.ts. */
  seal(id: string, secret: string): Uint8Array<ArrayBuffer>;
  /** Null where no key opens it. */
  open(id: string, sealed: Uint8Array): string | null;
  /** 32 bytes for another purpose, which say nothing about the key. They stay the same while this process lives. */
  derive(purpose: string): Buffer;
};

type Keys = { readonly current: Buffer; readonly next: Buffer | null };

/** Reads the key; makes the file at the first start. Throws `env.invalid`: lib/adapters/secrets/key-file.ts. */
export function openKeys(source: KeySource): SecretKeys {
  const read = (): Keys => readKeys(source);
  let known = read();
  const { current } = known;
  const opened = (id: string, sealed: Uint8Array): string | null => {
    for (const key of [known.current, known.next]) {
      const text = key === null ? null : openWith(key, id, sealed);
      if (text !== null) return text;
    }
    return null;
  };
  return {
    seal: (id, secret) => {
      known = read(); // it may have been rotated since
      return sealWith(known.current, id, secret);
    },
    open: (id, sealed) => {
      const text = opened(id, sealed);
      if (text !== null || sealedWith(sealed) === null) return text;
      known = read();
      return opened(id, sealed);
    },
    derive: (purpose) => createHmac('sha256', current).update(purpose).digest(),
  };
}

/** The keys as they are now. The file is made where it is missing. */
export function readKeys({ secretKeyFile: file, secretKey }: KeySource): Keys {
  if (secretKey !== null) {
    const { current, next } = secretKey;
    return { current: bytesOf(current), next: next === null ? null : bytesOf(next) };
  }
  const current = readKeyFile(file);
  if (current !== null) return { current, next: readKeyFile(nextFile(file)) };
  makeKeyFile(file);
  const made = readKeyFile(file);
  if (made === null) throw new Bug(`the key file ${file} is gone again`);
  return { current: made, next: readKeyFile(nextFile(file)) };
}

const bytesOf = (key: Secret): Buffer => Buffer.from(key.reveal(), 'base64');

/** Which key new secrets are sealed with, and whether a rotation waits for its end. */
export function keysInWords(source: KeySource): { readonly id: string; readonly nextId: string | null } {
  const { current, next } = readKeys(source);
  return { id: keyId(current), nextId: next === null ? null : keyId(next) };
}

/** Seals a secret for the record `id`. */
export const sealSecret = (keys: SecretKeys, id: string, secret: string): Uint8Array<ArrayBuffer> =>
  keys.seal(id, secret);

/** Opens a sealed secret. Throws `secret.lost` where the key is another one or the bytes were changed. */
export function openSecret(keys: SecretKeys, id: string, sealed: Uint8Array): string {
  const text = keys.open(id, sealed);
  if (text !== null) return text;
  throw new Failure(
    'secret.lost',
    'the stored password cannot be opened: the key is not the one that it was sealed with',
  );
}
