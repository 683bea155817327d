import { z } from 'zod';
import type { StoreTransaction } from '#lib/adapters/store/client';
import { Prisma } from '#lib/adapters/store/generated/client';
import type { VerifyEvery } from '#lib/patch/patch';
import { WRITTEN } from '#lib/patch/state';

// When an applied patch is compared again by itself. All of it by the database's clock, in steps from the apply (or from
// the change of the schedule), so that it neither drifts nor runs twice, however many workers look.

const Ids = z.array(z.object({ id: z.string() }));
const written = Prisma.join([...WRITTEN]);
/** Then it stops, unless somebody chooses a schedule again. */
const LASTS = Prisma.sql`interval '30 days'`;

/** The first step after now that lies a whole number of steps after `from`. */
const nextStep = (from: Prisma.Sql): Prisma.Sql => Prisma.sql`
  ${from} + (floor(extract(epoch from now() - ${from}) / extract(epoch from verify_every::interval)) + 1)
            * verify_every::interval`;

/** Takes the patches whose time has come, each once, and gives patches that were just applied their first time. */
export async function takeDueVerifies(tx: StoreTransaction): Promise<string[]> {
  await tx.$executeRaw`
    update patch set next_verify_at = ${nextStep(Prisma.sql`applied_at`)},
                     verify_until = coalesce(verify_until, applied_at + ${LASTS})
     where next_verify_at is null and verify_every is not null and state in (${written})
       and coalesce(verify_until, applied_at + ${LASTS}) > now()`;
  const rows = await tx.$queryRaw`
    update patch p
       set next_verify_at = case when d.next_at <= d.verify_until then d.next_at end,
           verify_every = case when d.next_at <= d.verify_until then p.verify_every end
      from (select id, ${nextStep(Prisma.sql`next_verify_at`)} as next_at,
                   coalesce(verify_until, now()) as verify_until
              from patch
             where next_verify_at <= now() and verify_every is not null and state in (${written})
               for update skip locked) d
     where d.id = p.id
    returning p.id::text as id`;
  return Ids.parse(rows).map(({ id }) => id);
}

/** Sets how often a patch is compared by itself; null: no more. False where it does not stand in the live store. */
export async function setVerifySchedule(
  tx: StoreTransaction,
  id: string,
  every: VerifyEvery | null,
): Promise<boolean> {
  const count = await tx.$executeRaw`
    update patch set verify_every = ${every}, next_verify_at = now() + ${every}::text::interval,
                     verify_until = now() + ${LASTS}
     where id = ${id}::uuid and state in (${written})`;
  return count === 1;
}
