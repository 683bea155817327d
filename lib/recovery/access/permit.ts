import { Failure } from '#lib/base/failure';
import type { Actor } from '#lib/recovery/access/actor';
import { IN_PERSON, PERMISSIONS, type Permission, roleHolds } from '#lib/recovery/access/policy';

/**
 * The first line of every verb: refuses who may not do it. Failures: access.signed_out (nobody has signed in),
 * access.forbidden (the role, or the token's scope, does not hold the permission; approving by a program).
 */
export function permit(actor: Actor, permission: Permission): void {
  const refusal = refusalOf(actor, permission);
  if (refusal !== null) throw refusal;
}

/** Whether `permit` lets it pass: for an answer that says more to some. */
export const isHeldBy = (actor: Actor, permission: Permission): boolean =>
  refusalOf(actor, permission) === null;

function refusalOf(actor: Actor, permission: Permission): Failure | null {
  const least = PERMISSIONS[permission];
  if (least === 'anyone') return null;
  if (actor.role === 'nobody') return new Failure('access.signed_out', 'Nobody is signed in.');
  if (!roleHolds(actor.role, permission)) {
    return new Failure(
      'access.forbidden',
      `This needs the role ${least}; you are signed in as ${actor.role}.`,
      {
        details: { permission, role: least },
      },
    );
  }
  if (actor.via !== 'session' && IN_PERSON.includes(permission)) {
    return new Failure('access.forbidden', 'This is done by a person in the page, never by a token.', {
      details: { permission },
    });
  }
  if (actor.scope !== null && !actor.scope.includes(permission)) {
    return new Failure('access.forbidden', 'The scope of this token does not reach that far.', {
      details: { permission },
    });
  }
  return null;
}
