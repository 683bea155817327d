import { z } from 'zod';
import type { StoreTransaction } from '#lib/adapters/store/client';
import { Prisma } from '#lib/adapters/store/generated/client';
import { COMPARED, isSameFinding, patchEventOf, STANDS_ANEW } from '#lib/patch/patch-events';

// The outbox of webhooks. What is told is noted in the transaction of what it tells of: both are there, or neither is.

const SUBJECT = /^patch ([0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12})$/;
/** From one try to the next. After the last the delivery has failed. */
export const RETRY_MINUTES = [1, 5, 30, 120, 720] as const;

type Line = {
  readonly actor: string;
  readonly action: string;
  readonly incidentId: string | undefined;
  readonly subject: string;
  readonly detail: Readonly<Record<string, unknown>>;
};

/**
 * Notes for every webhook that listens what a line of the audit tells of. Called before the line itself is written: a
 * comparison that found what the one before found is no news. Counted by the seal, which is in the key that receivers go by:
 * a patch that was sent back and is sent again unchanged, or previewed again after it was lost, has the seal that it had.
 */
export async function noteDeliveries(tx: StoreTransaction, line: Line): Promise<void> {
  const event = patchEventOf(line.action, line.detail);
  const patchId = SUBJECT.exec(line.subject)?.[1];
  if (event === null || patchId === undefined) return;
  if (COMPARED.includes(line.action) && isSameFinding(line, await lastFinding(tx, line))) return;
  await tx.$executeRaw`
    insert into webhook_delivery (webhook_id, event, patch_id, actor, occurrence)
    select w.id, ${event}, ${patchId}::uuid, ${line.actor},
           1 + (select coalesce(max(d.occurrence), 0) from webhook_delivery d join patch q on q.id = d.patch_id
                 where d.webhook_id = w.id and q.seal = p.seal and d.event = ${event})
      from webhook w cross join patch p
     where w.paused_at is null and ${event} = any(w.events) and p.id = ${patchId}::uuid`;
}

const Finding = z.array(z.object({ action: z.string(), detail: z.record(z.string(), z.unknown()) }));

async function lastFinding(tx: StoreTransaction, { incidentId, subject }: Line) {
  const actions = Prisma.join([...COMPARED, ...STANDS_ANEW]);
  const rows = await tx.$queryRaw`
    select action, detail from audit
     where incident_id = ${incidentId ?? null}::uuid and subject = ${subject} and action in (${actions})
     order by seq desc limit 1`;
  return Finding.parse(rows)[0] ?? null;
}

const Taken = z.array(z.object({ id: z.string(), webhookId: z.string(), attempts: z.number() }));
export type TakenDelivery = z.output<typeof Taken>[number];

/**
 * Takes deliveries whose time has come, each by one worker. The next try is set already, so that one that ends in the
 * middle loses nothing: a receiver may hear the same twice, never nothing.
 */
export async function takeDeliveries(tx: StoreTransaction, most: number): Promise<TakenDelivery[]> {
  const minutes = Prisma.join([...RETRY_MINUTES]);
  const rows = await tx.$queryRaw`
    update webhook_delivery d
       set attempts = d.attempts + 1, tried_at = now(),
           next_at = now() + make_interval(mins => (array[${minutes}]::int[])[least(d.attempts + 1, ${RETRY_MINUTES.length})])
      from (select d.id from webhook_delivery d join webhook w on w.id = d.webhook_id and w.paused_at is null
             where d.state = 'waiting' and d.next_at <= now()
             order by d.next_at limit ${most} for update of d skip locked) due
     where d.id = due.id
    returning d.id::text as id, d.webhook_id::text as "webhookId", d.attempts`;
  return Taken.parse(rows);
}

/** Keeps the body at the first try. */
export const keepBody = async (tx: StoreTransaction, id: string, body: string): Promise<void> => {
  await tx.webhookDelivery.updateMany({ where: { id, body: null }, data: { body } });
};

export type Answer = { readonly status: number | null; readonly problem: string | null };

/** What came of a try; nothing where it was asked for again meanwhile. Answers whether it was the last, and in vain. */
export async function recordAnswer(
  tx: StoreTransaction,
  { id, attempts }: TakenDelivery,
  { status, problem }: Answer,
): Promise<boolean> {
  const isLast = attempts > RETRY_MINUTES.length;
  const state = problem === null ? 'sent' : isLast ? 'failed' : 'waiting';
  const { count } = await tx.webhookDelivery.updateMany({
    where: { id, attempts },
    data: { state, status, problem },
  });
  return count === 1 && state === 'failed';
}

/** Has a delivery sent now, with all its tries before it. False where there is none of that webhook. */
export async function sendAgain(tx: StoreTransaction, webhookId: string, id: string): Promise<boolean> {
  const count = await tx.$executeRaw`
    update webhook_delivery set state = 'waiting', attempts = 0, next_at = now()
     where id = ${id}::uuid and webhook_id = ${webhookId}::uuid`;
  return count === 1;
}
