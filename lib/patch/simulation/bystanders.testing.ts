import { Failure } from '#lib/base/failure';
import { applyAtMostOnce } from '#lib/patch/at-most-once';
import { compareWithLedger } from '#lib/patch/ledger-findings';
import type { LedgerLine } from '#lib/patch/live-store';
import {
  attemptOnce,
  createLedger,
  fencing,
  ledgerRows,
  type Open,
  type Stage,
  wait,
} from '#lib/patch/simulation/attempts.testing';
import type { Records } from '#lib/patch/simulation/records.testing';
import { type LedgerRow, ROWS } from '#lib/patch/simulation/target.testing';

// Who else comes near a patch: somebody with the command line, who has no records, and the check that compares records
// with ledgers.

export const COMMAND_LINE = 'command line';
const PATCH = { id: 'patch', number: 1, seal: 'seal', rows: ROWS, undoesId: null };

/** `recount apply` of the same seal; run again as long as it answers that the outcome is unknown. */
export async function applyByHand(stage: Stage): Promise<void> {
  const once = (): Promise<unknown> =>
    applyAtMostOnce<Open>({
      ...fencing(stage, false),
      createLedger: () => createLedger(stage),
      attempt: () =>
        attemptOnce(
          stage,
          () => {},
          () => Promise.resolve(),
        ),
    });
  let isUnknown = true;
  while (isUnknown) {
    isUnknown = await once().then(
      () => false,
      (error: unknown) => error instanceof Failure && error.code === 'patch.unknown',
    );
    if (isUnknown) await wait(stage);
  }
}

/** Compares the record with the ledger, as lib/recovery/jobs/ledger-check.ts does. True: they agree. */
export async function checkLedger(stage: Stage, records: Records): Promise<boolean> {
  const { worker } = stage;
  const state = await records.ask(worker, 'read for a check', () => records.state);
  const rows = await ledgerRows(stage);
  const findings = compareWithLedger([{ ...PATCH, state }], rows.map(lineOf));
  for (const { edge } of findings)
    await records.ask(worker, `the ledger says: ${edge}`, () => records.move(edge));
  return findings.length === 0;
}

const lineOf = ({ attempt, outcome }: LedgerRow): LedgerLine => ({
  seal: PATCH.seal,
  patchId: PATCH.id,
  kind: 'patch',
  outcome,
  at: '2024-06-10T12:00:00.000000Z',
  author: null,
  approvedBy: null,
  transaction: String(attempt),
  undoes: null,
  rows: ROWS,
  leftOut: 0,
  auditHead: null,
});
