import { z } from 'zod';
import { writeAudit } from '#lib/adapters/store/audit';
import { hashToken } from '#lib/adapters/store/auth-records';
import { changeRecords } from '#lib/adapters/store/change-records';
import { Failure } from '#lib/base/failure';
import type { TokenView } from '#lib/incident/people';
import { permit } from '#lib/recovery/access/permit';
import { roleHolds, TOKEN_SCOPES, type TokenScope } from '#lib/recovery/access/policy';
import { requireProof } from '#lib/recovery/access/require-proof';
import { makeToken } from '#lib/recovery/access/sign-in-link';
import { Label } from '#lib/recovery/people/person-name';
import type { Context } from '#lib/recovery/setup/context';
import { isoOrNull } from '#lib/recovery/setup/iso';

const SCOPES = Object.keys(TOKEN_SCOPES) as [TokenScope, ...TokenScope[]];
const MOST_DAYS = 365;

type Found = { readonly tokens: readonly TokenView[] };

/** The own tokens that stand, the newest first. */
export async function listOwnTokens(context: Context): Promise<Found> {
  permit(context.actor, 'token.own');
  return find(context, { personId: context.actor.id });
}

/** Everybody's tokens that stand. */
export async function listAllTokens(context: Context): Promise<Found> {
  permit(context.actor, 'token.all');
  return find(context, {});
}

async function find({ store, actor }: Context, whose: { personId?: string }): Promise<Found> {
  const rows = await store.apiToken.findMany({
    where: { ...whose, revokedAt: null },
    include: { person: { select: { name: true } } },
    orderBy: { createdAt: 'desc' },
    take: 500,
  });
  const tokens = rows.map(({ id, name, scope, person, personId, createdAt, expiresAt, lastUsedAt }) => ({
    id,
    name,
    scope,
    person: person.name,
    isOwn: personId === actor.id,
    createdAt: createdAt.toISOString(),
    expiresAt: expiresAt.toISOString(),
    lastUsedAt: isoOrNull(lastUsedAt),
    isExpired: expiresAt.getTime() <= Date.now(),
  }));
  return { tokens };
}

export const MakeTokenInput = z.object({
  name: Label,
  scope: z.enum(SCOPES),
  days: z.number().int().min(1).max(MOST_DAYS),
});

/**
 * Makes a token for a program: it does what its person may do, within its scope. The text is given once. Throws
 * `access.forbidden` where the role holds nothing that the scope adds, and `access.prove`.
 */
export async function makeApiToken(
  { store, actor }: Context,
  { name, scope, days }: z.output<typeof MakeTokenInput>,
): Promise<{ id: string; token: string; expiresAt: string }> {
  permit(actor, 'token.own');
  requireProof(actor);
  if (!TOKEN_SCOPES[scope].some((permission) => roleHolds(actor.role, permission)))
    throw new Failure('access.forbidden', `The role ${actor.role} holds nothing of the scope ${scope}.`);
  const token = `rct_${makeToken().token}`;
  const createdAt = new Date();
  const expiresAt = new Date(createdAt.getTime() + days * 86_400_000);
  const id = await changeRecords(store, async (tx) => {
    const tokenSha256 = hashToken(token);
    const made = await tx.apiToken.create({
      data: { personId: actor.id, name, scope, tokenSha256, createdAt, expiresAt },
    });
    await writeAudit(tx, {
      actor,
      action: 'token.make',
      subject: `token ${made.id}`,
      detail: { name, scope, expiresAt: expiresAt.toISOString() },
    });
    return made.id;
  });
  return { id, token, expiresAt: expiresAt.toISOString() };
}

export const TokenInput = z.object({ id: z.uuid() });

/** Ends a token: the own one, or as an admin anybody's. Throws `not_found`, also for a token of someone else. */
export async function revokeToken(
  { store, actor }: Context,
  { id }: z.output<typeof TokenInput>,
): Promise<Record<string, never>> {
  permit(actor, 'token.own');
  const whose = roleHolds(actor.role, 'token.all') ? {} : { personId: actor.id };
  await changeRecords(store, async (tx) => {
    const { count } = await tx.apiToken.updateMany({
      where: { id, revokedAt: null, ...whose },
      data: { revokedAt: new Date() },
    });
    if (count === 0) throw new Failure('not_found', 'There is no such token, or it has ended.');
    await writeAudit(tx, { actor, action: 'token.revoke', subject: `token ${id}` });
  });
  return {};
}
