import {
  createHash,
  createPrivateKey,
  createPublicKey,
  generateKeyPairSync,
  type KeyObject,
  sign,
  verify,
} from 'node:crypto';
import type { AuditHead, HeadSignature } from '#lib/base/audit-head';
import { canonicalJson } from '#lib/base/canonical-json';

// Heads of the audit's chain are signed with Ed25519 (RFC 8032): whoever has every right on the database can write the
// chain anew, hash for hash, and still cannot sign its head.

/** The public half, and its name: SHA-256 of its SPKI in DER, 64 hex digits. */
export type PublicKey = { readonly id: string; readonly key: KeyObject };
export type Signer = PublicKey & { readonly privateKey: KeyObject };

const SPKI = { type: 'spki', format: 'der' } as const;
const PKCS8 = { type: 'pkcs8', format: 'der' } as const;

function publicKey(key: KeyObject): PublicKey {
  const der = key.export(SPKI);
  return { id: createHash('sha256').update(der).digest('hex'), key };
}

const signerOf = (privateKey: KeyObject): Signer => ({
  ...publicKey(createPublicKey(privateKey)),
  privateKey,
});

/** A new pair. */
export const makeSigner = (): Signer => signerOf(generateKeyPairSync('ed25519').privateKey);

/** The private key as text (PKCS #8 in DER, base64), and back. */
export const privateText = ({ privateKey }: Signer): string => privateKey.export(PKCS8).toString('base64');
export const readPrivate = (text: string): Signer =>
  signerOf(createPrivateKey({ key: Buffer.from(text, 'base64'), ...PKCS8 }));

/** The public key as text (SPKI in DER, base64), and back; null for what is no Ed25519 key. */
export const publicText = ({ key }: PublicKey): string => key.export(SPKI).toString('base64');
export function readPublic(text: string): PublicKey | null {
  try {
    const key = createPublicKey({ key: Buffer.from(text, 'base64'), ...SPKI });
    return key.asymmetricKeyType === 'ed25519' ? publicKey(key) : null;
  } catch {
    return null;
  }
}

/** A public key as a file that other programs read. */
export const publicPem = (text: string): string =>
  `-----BEGIN PUBLIC KEY-----\n${text}\n-----END PUBLIC KEY-----\n`;

/** The public keys of such a file, one behind the other; null where there is none, or one is no Ed25519 key. */
export function readPems(file: string): PublicKey[] | null {
  const blocks = [...file.matchAll(/-----BEGIN PUBLIC KEY-----([\sA-Za-z0-9+/=]+)-----END PUBLIC KEY-----/g)];
  const keys = blocks.map(([, text = '']) => readPublic(text.replace(/\s/g, '')));
  const found = keys.filter((key) => key !== null);
  return found.length === 0 || found.length < keys.length ? null : found;
}

/** Signs a statement: a JSON value in its one form. Base64. */
export const signStatement = ({ privateKey }: Signer, statement: object): string =>
  sign(null, Buffer.from(canonicalJson(statement)), privateKey).toString('base64');

/** Whether a key signed exactly this statement. */
export const isSigned = ({ key }: PublicKey, statement: object, signature: string): boolean =>
  verify(null, Buffer.from(canonicalJson(statement)), key, Buffer.from(signature, 'base64'));

const headStatement = ({ chain, position, hash }: AuditHead, at: string): object => ({
  recount_audit_head: 1,
  chain,
  position,
  hash,
  at,
});

/** A head with its signature. `at`: ISO, when it was signed. */
export function signHead(signer: Signer, head: AuditHead, at: string): AuditHead {
  const signature = signStatement(signer, headStatement(head, at));
  return { ...head, signed: { at, key: signer.id, signature } };
}

/** Whether a head's signature is that of its key. */
export const isHeadSigned = (key: PublicKey, head: AuditHead, { at, signature }: HeadSignature): boolean =>
  isSigned(key, headStatement(head, at), signature);
