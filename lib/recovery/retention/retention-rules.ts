import type { StoreTransaction } from '#lib/adapters/store/client';
import { KEPT_KINDS, type KeptKind, type RetentionRule } from '#lib/incident/retention';
import type { Env } from '#lib/recovery/setup/env';

const DAY_MS = 24 * 3_600_000;
/** What was told to webhooks; ended sign-ins, which hold addresses. Nobody needs them long. */
const TOLD_DAYS = 90;

/** What holds where no admin chose otherwise; null: until it is erased. */
const defaultsOf = ({
  keepStagedDays,
}: Pick<Env, 'keepStagedDays'>): Readonly<Record<KeptKind, number | null>> => ({
  staged: keepStagedDays,
  uploads: null,
  runs: null,
  deliveries: TOLD_DAYS,
  notifications: null,
  access: TOLD_DAYS,
});

/** The rules as they hold now. */
export async function readRules(
  store: StoreTransaction,
  env: Pick<Env, 'keepStagedDays'>,
): Promise<RetentionRule[]> {
  const chosen = new Map((await store.retentionRule.findMany()).map(({ kind, days }) => [kind, days]));
  const defaults = defaultsOf(env);
  return KEPT_KINDS.map((kind) => {
    const defaultDays = defaults[kind];
    const days = chosen.get(kind);
    return { kind, days: days === undefined ? defaultDays : days, defaultDays };
  });
}

/** What is older than this may go; null: nothing. */
export function goesBefore(rules: readonly RetentionRule[], kind: KeptKind, now: Date): Date | null {
  const days = rules.find((rule) => rule.kind === kind)?.days ?? null;
  return days === null ? null : new Date(now.getTime() - days * DAY_MS);
}
