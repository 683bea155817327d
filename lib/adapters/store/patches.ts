import { ENOUGH } from '#lib/adapters/store/approvals';
import type { StoreTransaction } from '#lib/adapters/store/client';
import { Prisma } from '#lib/adapters/store/generated/client';
import type { PatchGuard } from '#lib/patch/apply-protocol';
import type { PatchState } from '#lib/patch/patch';
import { PATCH_EDGES, type PatchEdge, UNDER_WAY, WRITTEN } from '#lib/patch/state';

/** What a step of a patch writes besides its state; null clears. */
export type PatchChange = {
  readonly outcome?: Prisma.InputJsonObject;
  readonly error?: Prisma.InputJsonObject | null;
  readonly progress?: Prisma.InputJsonArray | null;
  readonly appliedAt?: Date;
  readonly verifiedAt?: Date | null;
  readonly cancelRequestedAt?: null;
  readonly alarm?: Prisma.InputJsonObject | null;
  readonly verifications?: Prisma.InputJsonArray;
};

const orDbNull = <T>(value: T | null): T | typeof Prisma.DbNull => (value === null ? Prisma.DbNull : value);

/** Takes one edge of the state machine: one UPDATE, all conditions in its WHERE. False where it does not apply. */
export async function movePatch(
  tx: StoreTransaction,
  id: string,
  edge: PatchEdge,
  change: PatchChange = {},
  guard: PatchGuard = {},
): Promise<boolean> {
  const { from, to } = PATCH_EDGES[edge];
  return updateWhere(tx, id, [...(guard.onlyFrom ?? from)], { state: to, ...dataOf(change) }, guard);
}

const states = (edge: PatchEdge): Prisma.Sql => Prisma.join([...PATCH_EDGES[edge].from]);

/** An approval that was withdrawn, expired or is too few counts no more until COMMIT; from then on only the outcome does. */
const ENOUGH_UNTIL_COMMIT = Prisma.sql`(p.state <> ${PATCH_EDGES.start.to} or ${ENOUGH})`;

/**
 * A worker takes a patch that is under way, as it saw it: under an attempt of its own, so that whoever had it before can
 * send no COMMIT any more. An unknown outcome is then being settled. False where it moved on meanwhile, or where no COMMIT
 * was sent and not enough approvals count any more.
 */
export async function takePatch(
  tx: StoreTransaction,
  id: string,
  seen: { readonly state: string; readonly attempt: number },
): Promise<boolean> {
  const next = seen.state === 'unknown' ? PATCH_EDGES.settle.to : seen.state;
  const count = await tx.$executeRaw`
    update patch p set attempt = p.attempt + 1, state = ${next}
     where p.id = ${id}::uuid and p.state = ${seen.state} and p.state in (${Prisma.join([...UNDER_WAY])})
       and p.attempt = ${seen.attempt} and ${ENOUGH_UNTIL_COMMIT}`;
  return count === 1;
}

/** Edge `commit` under a guard, for the first COMMIT only with enough approvals that count at this moment. */
export async function commitWhere(
  tx: StoreTransaction,
  id: string,
  { attempt, cancel }: Pick<PatchGuard, 'attempt' | 'cancel'>,
): Promise<boolean> {
  const count = await tx.$executeRaw`
    update patch p set state = ${PATCH_EDGES.commit.to}
     where p.id = ${id}::uuid and p.state in (${states('commit')})
       and (${attempt ?? null}::int is null or p.attempt = ${attempt ?? null}::int)
       and (${cancel ?? null}::text is null or (p.cancel_requested_at is not null) = (${cancel ?? null}::text = 'requested'))
       and ${ENOUGH_UNTIL_COMMIT}`;
  return count === 1;
}

/** Writes into a patch without moving it, only while it is in one of `states`. */
export async function notePatch(
  tx: StoreTransaction,
  id: string,
  states: readonly PatchState[],
  change: PatchChange,
  guard: PatchGuard = {},
): Promise<boolean> {
  return updateWhere(tx, id, [...states], dataOf(change), guard);
}

function dataOf({ error, progress, alarm, ...rest }: PatchChange): Prisma.PatchUpdateManyMutationInput {
  return {
    ...rest,
    ...(error === undefined ? {} : { error: orDbNull(error) }),
    ...(progress === undefined ? {} : { progress: orDbNull(progress) }),
    ...(alarm === undefined ? {} : { alarm: orDbNull(alarm) }),
  };
}

async function updateWhere(
  tx: StoreTransaction,
  id: string,
  states: string[],
  data: Prisma.PatchUpdateManyMutationInput,
  { attempt, cancel }: PatchGuard,
): Promise<boolean> {
  const where = {
    id,
    state: { in: states },
    ...(attempt === undefined ? {} : { attempt }),
    ...(cancel === undefined ? {} : { cancelRequestedAt: cancel === 'requested' ? { not: null } : null }),
  };
  return (await tx.patch.updateMany({ where, data })).count === 1;
}

/**
 * The patch is of the run and the revision that stand now, and its incident is open; an undo instead: what it puts back
 * stands in the live store.
 */
const CURRENT = Prisma.sql`
  case when p.undoes_id is null
    then exists (select from run r join incident i on i.id = r.incident_id
                  where r.id = p.run_id and r.state = 'done' and r.plan_revision = i.plan_revision
                    and i.closed_at is null)
    else exists (select from patch u where u.id = p.undoes_id and u.state in (${Prisma.join([...WRITTEN])})) end`;

/** Whether exactly this seal waits for approvals, and the run is current. */
export async function isApprovable(tx: StoreTransaction, id: string, seal: string): Promise<boolean> {
  const rows = await tx.$queryRaw<unknown[]>`
    select 1 as there from patch p
     where p.id = ${id}::uuid and p.seal = ${seal} and p.state in (${states('approve')}) and ${CURRENT}`;
  return rows.length === 1;
}

/** Edge `approve`, for exactly this seal, with enough approvals of it, while the run is current. */
export async function approveWhere(tx: StoreTransaction, id: string, seal: string): Promise<boolean> {
  const count = await tx.$executeRaw`
    update patch p set state = ${PATCH_EDGES.approve.to}, error = null
     where p.id = ${id}::uuid and p.seal = ${seal} and p.state in (${states('approve')}) and ${CURRENT} and ${ENOUGH}`;
  return count === 1;
}

/** Edge `start`: a new attempt, for exactly this seal, with enough approvals of it that count now, while the run is current. */
export async function startWhere(tx: StoreTransaction, id: string, seal: string): Promise<boolean> {
  const count = await tx.$executeRaw`
    update patch p set state = ${PATCH_EDGES.start.to}, attempt = p.attempt + 1, progress = null, error = null,
                       cancel_requested_at = null
     where p.id = ${id}::uuid and p.seal = ${seal} and p.state in (${states('start')}) and ${CURRENT} and ${ENOUGH}`;
  return count === 1;
}

/** Whether exactly this seal could be started now: approved, with enough approvals that count, the run current. Holds nothing. */
export async function isStartable(tx: StoreTransaction, id: string, seal: string): Promise<boolean> {
  const rows = await tx.$queryRaw<unknown[]>`
    select 1 as there from patch p
     where p.id = ${id}::uuid and p.seal = ${seal} and p.state = 'approved' and ${CURRENT} and ${ENOUGH}`;
  return rows.length === 1;
}

/** Asks the worker to stop. True only while COMMIT was not sent: then it never will be. */
export async function requestCancel(tx: StoreTransaction, id: string): Promise<boolean> {
  const count = await tx.$executeRaw`
    update patch set cancel_requested_at = coalesce(cancel_requested_at, now())
     where id = ${id}::uuid and state = 'applying'`;
  return count === 1;
}
