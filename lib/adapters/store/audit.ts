import type { StoreTransaction } from '#lib/adapters/store/client';
import type { Prisma } from '#lib/adapters/store/generated/client';
import { notifyOfAction } from '#lib/adapters/store/notify';
import { noteDeliveries } from '#lib/adapters/store/webhook-outbox';
import { canonicalJson } from '#lib/base/canonical-json';

/** Who did it, how they had signed in, and from where. */
export type AuditActor = {
  readonly id: string;
  readonly via: string;
  readonly from: { readonly address: string | null; readonly session: string | null };
  /** Of the machine, where a command was run on it: it is put into the detail. */
  readonly account?: string;
};

export type AuditEntry = {
  /** Whoever did it; a bare id, such as `recount`, for what came of no request. */
  readonly actor: string | AuditActor;
  /** `incident.open`, `patch.approve` …: noun and verb; lib/recovery/audit/audit-words.ts has words for each. */
  readonly action: string;
  readonly incidentId?: string;
  /** What it was done to: `patch 3f…`, `live store 7a…`. */
  readonly subject: string;
  /** What a reader needs to understand it later; its `seal` becomes the line's; without one a line about a patch has that patch's. Never a secret. */
  readonly detail?: Prisma.InputJsonObject;
};

const SEAL = /^[0-9a-f]{64}$/;
const PATCH = /^patch ([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})$/;
const RECOUNT = { via: 'recount', from: { address: null, session: null } };

/**
 * Writes one line of the audit, in the transaction of the change that it tells of; it may stand anywhere in it. The line
 * is chained to the one before when the transaction commits. A character that PostgreSQL cannot hold (NUL) becomes U+FFFD.
 * Every change of a patch's state passes here: whom it concerns, and webhooks, are told of it in the same transaction.
 */
export async function writeAudit(tx: StoreTransaction, entry: AuditEntry): Promise<void> {
  const { action, incidentId, subject } = entry;
  const actor: AuditActor = typeof entry.actor === 'string' ? { ...RECOUNT, id: entry.actor } : entry.actor;
  const detail: Prisma.InputJsonObject = {
    ...entry.detail,
    ...(actor.account === undefined ? {} : { account: actor.account }),
  };
  const { address, session } = actor.from;
  const seal = typeof detail.seal === 'string' && SEAL.test(detail.seal) ? detail.seal : null;
  const patchId = PATCH.exec(subject)?.[1] ?? null;
  await noteDeliveries(tx, { actor: actor.id, action, incidentId, subject, detail });
  await tx.$executeRaw`
    insert into audit (actor, via, address, session, action, incident_id, subject, seal, detail)
    values (${storable(actor.id)}, ${actor.via}, ${orNull(address)}, ${orNull(session)}, ${action},
            ${incidentId ?? null}::uuid, ${storable(subject)},
            coalesce(${seal}::text, (select p.seal from patch p where p.id = ${patchId}::uuid)), ${detailText(detail)}::json)`;
  await notifyOfAction(tx, { action, subject, actor: actor.id, detail });
}

/** The text that is hashed. */
const detailText = (detail: Prisma.InputJsonObject): string =>
  canonicalJson(
    JSON.parse(
      JSON.stringify(detail, (_, value: unknown) => (typeof value === 'string' ? storable(value) : value)),
    ),
  );

const storable = (text: string): string => text.replaceAll('\0', '\ufffd');
const orNull = (text: string | null): string | null => (text === null ? null : storable(text));
