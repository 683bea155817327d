import { z } from 'zod';
import { writeAudit } from '#lib/adapters/store/audit';
import { changeRecords } from '#lib/adapters/store/change-records';
import { Failure } from '#lib/base/failure';
import type { SessionView } from '#lib/incident/people';
import { permit } from '#lib/recovery/access/permit';
import { IDLE_MS } from '#lib/recovery/access/resolve-actor';
import type { Context } from '#lib/recovery/setup/context';

/** Where the person is signed in now. */
export async function listOwnSessions({ store, actor }: Context): Promise<{ sessions: SessionView[] }> {
  permit(actor, 'me.read');
  const now = Date.now();
  const rows = await store.session.findMany({
    where: {
      userId: actor.id,
      expiresAt: { gt: new Date(now) },
      lastSeenAt: { gt: new Date(now - IDLE_MS) },
    },
    orderBy: { lastSeenAt: 'desc' },
  });
  const sessions = rows.map(({ id, ipAddress, userAgent, createdAt, lastSeenAt }) => ({
    id,
    isThis: id === actor.from.session,
    address: ipAddress,
    agent: userAgent,
    createdAt: createdAt.toISOString(),
    lastSeenAt: lastSeenAt.toISOString(),
  }));
  return { sessions };
}

export const EndSessionInput = z.object({ id: z.string().max(100) });

/** Ends one of the own sessions. Throws `not_found`, also for one of someone else. */
export async function endOwnSession(
  { store, actor }: Context,
  { id }: z.output<typeof EndSessionInput>,
): Promise<Record<string, never>> {
  permit(actor, 'me.change');
  await changeRecords(store, async (tx) => {
    const { count } = await tx.session.deleteMany({ where: { id, userId: actor.id } });
    if (count === 0) throw new Failure('not_found', 'There is no such session, or it has ended.');
    await writeAudit(tx, { actor, action: 'session.end', subject: `session ${id}` });
  });
  return {};
}

/** Ends all own sessions but the one that asks. */
export async function endOtherSessions({ store, actor }: Context): Promise<{ ended: number }> {
  permit(actor, 'me.change');
  return changeRecords(store, async (tx) => {
    const { count } = await tx.session.deleteMany({
      where: { userId: actor.id, id: { not: actor.from.session ?? '' } },
    });
    await writeAudit(tx, {
      actor,
      action: 'session.end_others',
      subject: `person ${actor.id}`,
      detail: { ended: count },
    });
    return { ended: count };
  });
}
