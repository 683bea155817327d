import type { StoreTransaction } from '#lib/adapters/store/client';
import type { Prisma } from '#lib/adapters/store/generated/client';

/** Who did it, how they had signed in, and from where. */
export type AuditActor = {
  readonly id: string;
  readonly via: string;
  readonly from: { readonly address: string | null; readonly session: string | null };
};

export type AuditEntry = {
  /** Whoever did it; a bare id, such as `recount`, for what came of no request. */
  readonly actor: string | AuditActor;
  /** `incident.open`, `patch.approve` …: noun and verb. */
  readonly action: string;
  readonly incidentId?: string;
  /** What it was done to: `patch 3f…`, `live store 7a…`. */
  readonly subject: string;
  /** What a reader needs to understand it later. Never a secret. */
  readonly detail?: Prisma.InputJsonObject;
};

/** Writes one line of the audit, in the transaction of the change that it tells of. */
export async function writeAudit(tx: StoreTransaction, entry: AuditEntry): Promise<void> {
  const { actor, action, incidentId, subject, detail } = entry;
  await tx.audit.create({
    data: {
      actor: typeof actor === 'string' ? actor : actor.id,
      action,
      subject,
      detail: detail ?? {},
      incidentId: incidentId ?? null,
    },
  });
}
