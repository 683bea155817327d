import { z } from 'zod';
import { writeAudit } from '#lib/adapters/store/audit';
import { changeRecords } from '#lib/adapters/store/change-records';
import { Failure } from '#lib/base/failure';
import { type KeptKind, LONGEST_DAYS, type RetentionRule, type RetentionView } from '#lib/incident/retention';
import { permit } from '#lib/recovery/access/permit';
import { requireStepUp, spendStepUp } from '#lib/recovery/access/step-up';
import { viewRetention } from '#lib/recovery/retention/read-retention';
import { readRules } from '#lib/recovery/retention/retention-rules';
import type { Context } from '#lib/recovery/setup/context';

/** Null: until it is erased. */
const Days = z.number().int().min(1).max(LONGEST_DAYS).nullable();

export const ChangeRetentionInput = z.object({
  revision: z.int32(),
  days: z.object({
    staged: Days,
    uploads: Days,
    runs: Days,
    deliveries: Days,
    notifications: Days,
    access: Days,
  } satisfies Record<KeptKind, unknown>),
});

/**
 * Changes how long what is kept stays; the worker goes by it from its next sweep on. Failures: access.prove, conflict where
 * it was changed meanwhile.
 */
export async function changeRetention(
  context: Context,
  { revision, days }: z.output<typeof ChangeRetentionInput>,
): Promise<RetentionView> {
  permit(context.actor, 'retention.change');
  await requireStepUp(context);
  const { store, env, actor } = context;
  await changeRecords(store, async (tx) => {
    const { count } = await tx.retention.updateMany({
      where: { revision },
      data: { revision: { increment: 1 } },
    });
    if (count === 0)
      throw new Failure('conflict', 'The retention was changed meanwhile.', {
        fix: 'Reload and look at what holds now.',
      });
    await spendStepUp(tx, actor);
    const before = await readRules(tx, env);
    // what is as the default stays with the default, also where that changes
    const chosen = before.filter(({ kind, defaultDays }) => days[kind] !== defaultDays);
    await tx.retentionRule.deleteMany();
    await tx.retentionRule.createMany({ data: chosen.map(({ kind }) => ({ kind, days: days[kind] })) });
    await writeAudit(tx, {
      actor,
      action: 'retention.change',
      subject: 'retention',
      detail: { before: told(before), after: told(await readRules(tx, env)) },
    });
  });
  return viewRetention(context);
}

const told = (rules: readonly RetentionRule[]): Record<string, number | string> =>
  Object.fromEntries(rules.map(({ kind, days }) => [kind, days ?? 'kept']));
