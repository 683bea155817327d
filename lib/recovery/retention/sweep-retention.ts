import { writeAudit } from '#lib/adapters/store/audit';
import { earlierNow } from '#lib/adapters/store/database-clock';
import { OVER } from '#lib/adapters/store/erasures';
import { resumeErasures } from '#lib/recovery/retention/carry-out';
import { goesBefore, readRules } from '#lib/recovery/retention/retention-rules';
import { sweepArchives } from '#lib/recovery/retention/sweep-archives';
import { sweepRuns } from '#lib/recovery/retention/sweep-runs';
import type { Context } from '#lib/recovery/setup/context';

/**
 * Lets go what the retention rules let go, but for staged events, which lib/recovery/operations/sweep-folders.ts removes with
 * what no record names. Each step that removed something writes its counts into the audit. Answers how much went: incidents
 * in which files went, uploads, and rows of records.
 */
export async function sweepRetention(context: Context): Promise<number> {
  const { store, env } = context;
  await resumeErasures(context);
  const rules = await readRules(store, env);
  const now = await earlierNow(store);
  const daysOf = (kind: string): number => rules.find((rule) => rule.kind === kind)?.days ?? 0;
  await sweepPassing(context, now);
  let gone = 0;
  const runs = goesBefore(rules, 'runs', now);
  if (runs !== null) gone += await sweepRuns(context, runs, daysOf('runs'));
  const uploads = goesBefore(rules, 'uploads', now);
  if (uploads !== null) gone += await sweepArchives(context, uploads, daysOf('uploads'));
  for (const kind of ['deliveries', 'notifications', 'access'] as const) {
    const before = goesBefore(rules, kind, now);
    if (before !== null) gone += await sweepRows(context, kind, before, daysOf(kind));
  }
  return gone;
}

const PASSING_MS = 3_600_000;

/** What a way of signing in leaves behind: challenges that are over, and tries that count no more. No rule keeps them. */
async function sweepPassing({ store }: Context, now: Date): Promise<void> {
  const before = { lt: new Date(now.getTime() - PASSING_MS) };
  await store.verification.deleteMany({ where: { expiresAt: before } });
  await store.signInTry.deleteMany({ where: { at: before } });
}

async function sweepRows(
  { store }: Context,
  kind: keyof typeof OVER,
  before: Date,
  days: number,
): Promise<number> {
  return store.$transaction(async (tx) => {
    const counts = await OVER[kind](tx, before);
    const total = Object.values(counts).reduce((sum, count) => sum + count, 0);
    if (total > 0)
      await writeAudit(tx, {
        actor: 'recount',
        action: 'retention.sweep',
        subject: kind,
        detail: { days, ...counts },
      });
    return total;
  });
}
