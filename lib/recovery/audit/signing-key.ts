import type { SecretKeys } from '#lib/adapters/secrets/secret-keys';
import { writeAudit } from '#lib/adapters/store/audit';
import { readAuditLines } from '#lib/adapters/store/audit-lines';
import { changeRecords } from '#lib/adapters/store/change-records';
import type { StoreTransaction } from '#lib/adapters/store/client';
import { sealIn } from '#lib/adapters/store/sealed-values';
import type { AuditHead } from '#lib/base/audit-head';
import {
  makeSigner,
  type PublicKey,
  privateText,
  publicText,
  readPrivate,
  readPublic,
  type Signer,
  signHead,
} from '#lib/base/audit-signature';
import { Bug } from '#lib/base/failure';
import type { Context } from '#lib/recovery/setup/context';
import { isoOf } from '#lib/recovery/setup/iso';

// The key that heads of the audit are signed with. Its private half lies in the records, sealed; its public half stands in
// the chain, in the line that says when it began.

export const KEY_ACTION = 'audit.key';
const LOCK = "hashtextextended('recount.audit_key', 0)";

type Holder = { readonly store: StoreTransaction; readonly key: SecretKeys };

/** The key that holds now; null where there is none yet, or the secret key that sealed it is another one. */
export async function openSigner({ store, key }: Holder): Promise<Signer | null> {
  const row = await store.auditKey.findFirst();
  const text = row === null ? null : key.open(row.id, row.secret);
  if (row === null || text === null) return null;
  const signer = readPrivate(text);
  return signer.id === row.id ? signer : null;
}

/** The same; where there is none, a new one begins, and a line of the audit says so. */
export async function ensureSigner({ store, key }: Pick<Context, 'store' | 'key'>): Promise<Signer> {
  const known = await openSigner({ store, key });
  if (known !== null) return known;
  await changeRecords(store, async (tx) => {
    await tx.$executeRawUnsafe(`select pg_advisory_xact_lock(${LOCK})`);
    if ((await openSigner({ store: tx, key })) !== null) return; // another process was first
    const before = (await tx.auditKey.findFirst())?.id ?? null;
    const made = makeSigner();
    const { id } = made;
    const data = { id, secret: await sealIn(tx, key, id, privateText(made)), createdAt: new Date() };
    await tx.auditKey.upsert({ where: { one: true }, create: data, update: data });
    const detail = { key: id, public_key: publicText(made), before };
    await writeAudit(tx, { actor: 'recount', action: KEY_ACTION, subject: 'audit', detail });
  });
  const made = await openSigner({ store, key });
  if (made === null) throw new Bug('the signing key of the audit cannot be opened after it was made');
  return made;
}

/** A head, signed now. */
export async function signNow(context: Pick<Context, 'store' | 'key'>, head: AuditHead): Promise<AuditHead> {
  return signHead(await ensureSigner(context), head, isoOf(new Date()));
}

/** Who may have signed an acknowledgement: the key of this install, which nobody has who has the database alone. */
export async function trustedKeys(holder: Holder, given: readonly PublicKey[] = []): Promise<PublicKey[]> {
  const signer = await openSigner(holder);
  return signer === null ? [...given] : [signer, ...given];
}

/** A key that the chain names, and the line that it begins with. */
export type NamedKey = PublicKey & { readonly position: number; readonly at: string; readonly text: string };

/** Every key that the chain names, the oldest first. */
export async function readNamedKeys(store: StoreTransaction): Promise<NamedKey[]> {
  const lines = await readAuditLines(store, { action: KEY_ACTION }, { limit: MOST_KEYS, order: 'oldest' });
  return lines.flatMap(({ position, at, detail }) => {
    const key = namedIn(detail);
    return key === null ? [] : [{ ...key, position, at }];
  });
}

/** More secret keys than this nobody has lost. */
const MOST_KEYS = 10_000;

/** The key that such a line names; null where it names none. `detail`: its JSON text. */
export function namedIn(detail: string): (PublicKey & { readonly text: string }) | null {
  const { public_key: text } = JSON.parse(detail) as Readonly<Record<string, unknown>>;
  const key = typeof text === 'string' ? readPublic(text) : null;
  return key === null || typeof text !== 'string' ? null : { ...key, text };
}
