import type { PostgresAddress } from '#lib/adapters/live/postgres/address';
import { reading } from '#lib/adapters/live/postgres/connection';
import { type AppliedRow, findApplied, ledgerId, ledgerState } from '#lib/adapters/live/postgres/ledger';
import type { Limits } from '#lib/adapters/live/postgres/limits';
import { readFailure } from '#lib/adapters/live/postgres/sql-error';
import type { TableName } from '#lib/adapters/live/postgres/table-name';
import { Failure } from '#lib/base/failure';

/** A live table and how long to wait for it. */
export type Target = {
  readonly address: PostgresAddress;
  readonly limits: Limits;
  readonly name: TableName;
  /** Aborted when the store is closed: what is being read then is broken off. */
  readonly closed: AbortSignal;
};

export const notApplied = (): Failure =>
  new Failure('patch.not_applied', 'The ledger knows of no such patch.');

/** The applied row of a seal, asked in a reading transaction; null without one or without a ledger. */
export const lookUp = async (target: Target, seal: string): Promise<AppliedRow | null> =>
  (await lookUpLedger(target, seal)).applied;

/** The same, and which ledger it is that was asked; null where there is none. */
export async function lookUpLedger(
  target: Target,
  seal: string,
): Promise<{ readonly applied: AppliedRow | null; readonly ledgerId: string | null }> {
  try {
    return await reading(target, async (connection) => {
      const state = await ledgerState(connection);
      if (state === 'missing') return { applied: null, ledgerId: null };
      return { applied: await findApplied(connection, seal), ledgerId: await ledgerId(connection) };
    });
  } catch (error) {
    throw readFailure(error, target.address, 'The ledger cannot be read');
  }
}
