import { findStanding } from '#lib/adapters/store/sessions';
import { isHeldBy } from '#lib/recovery/access/permit';
import type { Permission } from '#lib/recovery/access/policy';
import { IDLE_MS, roleOf } from '#lib/recovery/access/resolve-actor';
import type { Context } from '#lib/recovery/setup/context';

/**
 * Whether who was permitted it still is, while the answer goes on: the session or token stands, the person is not
 * disabled, and the role of now holds it. Counts as no use of the session.
 */
export async function mayStill(
  { store, actor }: Pick<Context, 'store' | 'actor'>,
  permission: Permission,
): Promise<boolean> {
  const { via, from } = actor;
  if (via === 'nothing') return isHeldBy(actor, permission);
  // Recount itself, and whoever came by no request, have nothing that could end
  if (via === 'recount' || via === 'command' || from.session === null) return true;
  const standing = await findStanding(store, { via, id: from.session }, IDLE_MS);
  return standing !== null && isHeldBy({ ...actor, role: roleOf(standing) }, permission);
}
