import { createCipheriv, createDecipheriv, createHash, randomBytes } from 'node:crypto';

export const KEY_BYTES = 32;
const ID_BYTES = 8;
const IV_BYTES = 12;
const TAG_BYTES = 16;
/** First byte of what is sealed with AES-256-GCM. */
const WITHOUT_KEY_ID = 1;
const WITH_KEY_ID = 2;

/** Says which key it is and nothing about it. Hexadecimal. */
export const keyId = (key: Buffer): string =>
  createHash('sha256')
    .update('recount secret key')
    .update(key)
    .digest()
    .subarray(0, ID_BYTES)
    .toString('hex');

/** The id of the key that a secret was sealed with; null: sealed before keys had ids, or not sealed at all. */
export function sealedWith(sealed: Uint8Array): string | null {
  if (sealed[0] !== WITH_KEY_ID) return null;
  return Buffer.from(sealed.subarray(1, 1 + ID_BYTES)).toString('hex');
}

/** Seals a secret for the record `id`: it opens under the same key and for the same record only. */
export function sealWith(key: Buffer, id: string, secret: string): Uint8Array<ArrayBuffer> {
  const iv = randomBytes(IV_BYTES);
  const cipher = createCipheriv('aes-256-gcm', key, iv, { authTagLength: TAG_BYTES }).setAAD(Buffer.from(id));
  const body = Buffer.concat([cipher.update(secret, 'utf8'), cipher.final()]);
  const head = Buffer.concat([Buffer.of(WITH_KEY_ID), Buffer.from(keyId(key), 'hex')]);
  return Uint8Array.from(Buffer.concat([head, iv, cipher.getAuthTag(), body]));
}

/** Opens a sealed secret. Null where the key or the record is another one, or the bytes were changed. */
export function openWith(key: Buffer, id: string, sealed: Uint8Array): string | null {
  const bytes = Buffer.from(sealed);
  const iv = bytes[0] === WITH_KEY_ID ? 1 + ID_BYTES : 1;
  const body = iv + IV_BYTES + TAG_BYTES;
  const isKnown = bytes[0] === WITHOUT_KEY_ID || sealedWith(sealed) === keyId(key);
  if (!isKnown || bytes.length < body) return null;
  try {
    const decipher = createDecipheriv('aes-256-gcm', key, bytes.subarray(iv, iv + IV_BYTES), {
      authTagLength: TAG_BYTES,
    });
    decipher.setAAD(Buffer.from(id)).setAuthTag(bytes.subarray(iv + IV_BYTES, body));
    return Buffer.concat([decipher.update(bytes.subarray(body)), decipher.final()]).toString('utf8');
  } catch {
    return null;
  }
}
