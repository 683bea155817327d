/** How long an apply waits for what. Small ones are for tests. */
export type Limits = {
  /** For a row or table that another session holds. */
  readonly lockMs: number;
  /** For another attempt at the same patch: longer than idleMs, so that an orphan is gone before. */
  readonly ledgerLockMs: number;
  /** How long the server keeps an open transaction whose client says nothing. */
  readonly idleMs: number;
  /** For COMMIT's answer. */
  readonly commitMs: number;
  /** For settling an unknown outcome, over all tries. */
  readonly settleMs: number;
  /** For one statement: a base, and what each patched row adds. */
  readonly statementMs: number;
  readonly statementPerRowMs: number;
};

export const LIMITS: Limits = {
  lockMs: 5_000,
  ledgerLockMs: 40_000,
  idleMs: 30_000,
  commitMs: 30_000,
  settleMs: 60_000,
  statementMs: 60_000,
  statementPerRowMs: 1,
};
