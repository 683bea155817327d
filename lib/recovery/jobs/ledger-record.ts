import { writeAudit } from '#lib/adapters/store/audit';
import { changeRecords } from '#lib/adapters/store/change-records';
import type { StoreTransaction } from '#lib/adapters/store/client';
import { holdIncidentOf } from '#lib/adapters/store/hold-patch';
import { movePatch, type PatchChange } from '#lib/adapters/store/patches';
import type { LedgerFinding } from '#lib/patch/ledger-findings';
import type { LedgerLine } from '#lib/patch/live-store';
import { NOT_STANDING, STATE_WORDS } from '#lib/patch/state';
import type { Alarm } from '#lib/recovery/patches/alarm-record';
import type { PatchOutcome } from '#lib/recovery/patches/patch-record';
import { touchIncident } from '#lib/recovery/patches/patch-refusal';
import { voidUndos, withdrawPatch } from '#lib/recovery/patches/void-approvals';
import type { Context } from '#lib/recovery/setup/context';

const LOST =
  'The live store was restored to a point before this patch, or failed over to a copy without it: its ledger does not have the patch any more. Recount does not write it again by itself.';

const ACTIONS: Readonly<Record<LedgerFinding['edge'], string>> = {
  vanish: 'patch.lost',
  find: 'patch.found',
  undo: 'patch.undone',
};

/**
 * Brings a record to what the target's ledger says, with its audit row; a patch that was found is compared like any that
 * was applied. False where the record has moved on meanwhile. Writes nothing into the target.
 */
export async function recordFinding(
  { store, jobs }: Context,
  { id, edge, line }: LedgerFinding,
): Promise<boolean> {
  return changeRecords(store, async (tx) => {
    await holdIncidentOf(tx, id);
    const before = await tx.patch.findUniqueOrThrow({ where: { id } });
    if (edge === 'find' && !(await giveWay(tx, before))) return false;
    if (!(await movePatch(tx, id, edge, changeOf(edge, line, before.appliedAt)))) return false;
    const { incidentId } = before;
    await touchIncident(tx, incidentId);
    await writeAudit(tx, {
      actor: 'recount',
      action: ACTIONS[edge],
      incidentId,
      subject: `patch ${id}`,
      detail: { was: before.state, learned: learnedWords(before.state, edge), ...lineDetail(line) },
    });
    if (edge === 'find') await jobs.enqueue('verify', id, tx);
    if (edge === 'undo') await voidUndos(tx, id, 'The patch was put back in another way.');
    return true;
  });
}

/**
 * A run has one patch that stands: another choice of its rows that was not begun is withdrawn, since it would write rows
 * again that the live store has. False where it was begun or written: then the record is left as it is.
 */
async function giveWay(
  tx: StoreTransaction,
  { id, runId, incidentId, number }: { id: string; runId: string; incidentId: string; number: number },
): Promise<boolean> {
  const others = await tx.patch.findMany({
    where: { runId, undoesId: null, id: { not: id }, state: { notIn: [...NOT_STANDING] } },
    select: { id: true },
  });
  for (const other of others) {
    if (
      !(await withdrawPatch(tx, { id: other.id, incidentId }, `Patch ${number} of this preview was written.`))
    )
      return false;
  }
  return true;
}

function changeOf(edge: LedgerFinding['edge'], line: LedgerLine | null, recorded: Date | null): PatchChange {
  if (edge === 'undo') return { alarm: null };
  if (edge === 'vanish') {
    const at = new Date().toISOString();
    const alarm: Alarm = { kind: 'lost', message: LOST, at, rows: [], stretches: null, acknowledged: null };
    return { alarm, error: null };
  }
  const outcome: PatchOutcome = {
    status: 'applied',
    transaction: line?.transaction ?? null,
    verification: null,
  };
  return {
    outcome,
    alarm: null,
    error: null,
    progress: null,
    ...(line === null ? {} : { appliedAt: appliedAt(line, recorded) }),
  };
}

/** The line was filed a moment before its COMMIT, whose time the record may have: then that stays. */
function appliedAt({ at }: LedgerLine, recorded: Date | null): Date {
  const filed = new Date(at);
  return recorded !== null && recorded >= filed ? recorded : filed;
}

function learnedWords(was: string, edge: LedgerFinding['edge']): string {
  const known = Object.entries(STATE_WORDS).find(([state]) => state === was)?.[1] ?? was;
  if (edge === 'vanish') return 'The ledger of the live store does not have it any more.';
  if (edge === 'undo') return 'The ledger of the live store says that it was put back.';
  return `The ledger of the live store has it; the record said that it ${known}.`;
}

const lineDetail = (line: LedgerLine | null): Record<string, string | null> =>
  line === null
    ? {}
    : {
        at: line.at,
        author: line.author,
        approvedBy: line.approvedBy,
        transaction: line.transaction,
        ledgerPatch: line.patchId,
      };
