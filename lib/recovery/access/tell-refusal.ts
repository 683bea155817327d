import { theLog } from '#lib/adapters/log/log';
import { writeAudit } from '#lib/adapters/store/audit';
import { changeRecords } from '#lib/adapters/store/change-records';
import type { Store } from '#lib/adapters/store/client';
import type { Code } from '#lib/base/codes';
import { Failure } from '#lib/base/failure';
import type { Actor } from '#lib/recovery/access/actor';
import { gather } from '#lib/recovery/access/gather';
import type { Context } from '#lib/recovery/setup/context';

// Who was not let in stands in the audit: never what was typed. After the answer, so that its time tells nobody whether
// Recount knows the person, and at most one line a minute for each person and way.

/** `proof`: somebody who has signed in shows again that it is they. */
export type Way = 'password' | 'passkey' | 'link' | 'invitation' | 'provider' | 'proof';

const QUIET_MS = 60_000;
const WHY: Partial<Record<Code, string>> = {
  'access.sign_in_failed': 'refused',
  'access.link_used': 'used or expired',
  'access.too_many': 'too many tries',
};
/** Whom Recount does not know. Nothing of what they typed is kept. */
const UNKNOWN = 'nobody known';

type Refusal = {
  readonly actor: Actor;
  readonly way: Way;
  readonly why: string;
  readonly subject: string;
};

const tellers = new WeakMap<Store, (kind: string, refusal: Refusal) => void>();

function tellerOf(store: Store): (kind: string, refusal: Refusal) => void {
  const known = tellers.get(store);
  if (known !== undefined) return known;
  const teller = gather<Refusal>((first, count) => void write(store, first, count), QUIET_MS);
  tellers.set(store, teller);
  return teller;
}

/** `tries`: how many the line stands for. */
const write = (store: Store, { actor, way, why, subject }: Refusal, tries: number): Promise<void> =>
  changeRecords(store, (tx) =>
    writeAudit(tx, {
      actor: { ...actor, id: actor.id || 'nobody' },
      action: 'session.refuse',
      subject,
      detail: { way, why, tries },
    }),
  ).catch(unsaid);

const unsaid = (error: unknown): void =>
  theLog().error('a refused sign-in could not be put into the audit', {
    why: error instanceof Error ? error.message : String(error),
  });

/**
 * Does what lets somebody in, and tells of a refusal. `meant` finds whom it was about, as the audit names things:
 * `person …`, `invitation …`; null where Recount knows nobody of that kind. It is asked only after a refusal.
 */
export async function tellRefusal<T>(
  { store, actor }: Pick<Context, 'store' | 'actor'>,
  way: Way,
  meant: () => Promise<string | null>,
  work: () => Promise<T>,
): Promise<T> {
  try {
    return await work();
  } catch (error) {
    const why = error instanceof Failure ? WHY[error.code] : undefined;
    if (why !== undefined) refusedOf({ store, actor }, way, meant, why);
    throw error;
  }
}

/** Tells of a refusal that is no failure: a provider's answer. */
export function refusedOf(
  { store, actor }: Pick<Context, 'store' | 'actor'>,
  way: Way,
  meant: () => Promise<string | null>,
  why = 'refused',
): void {
  const tell = async (): Promise<void> => {
    const subject = (await meant()) ?? UNKNOWN;
    tellerOf(store)(`${way}, ${why}, ${subject}`, { actor, way, why, subject });
  };
  setImmediate(() => void tell().catch(unsaid));
}

/** The person of an e-mail, for `meant`. */
export async function personOfEmail(store: Store, email: string): Promise<string | null> {
  const person = await store.person.findUnique({
    where: { email: email.trim().toLowerCase() },
    select: { id: true },
  });
  return person === null ? null : `person ${person.id}`;
}
