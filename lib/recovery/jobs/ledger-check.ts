import { readPatchHeader } from '#lib/adapters/duckdb/sealed-patch';
import { writeAudit } from '#lib/adapters/store/audit';
import { recordChecked, recordUnanswered, takeDueChecks } from '#lib/adapters/store/ledger-checks';
import { Failure } from '#lib/base/failure';
import {
  compareWithLedger,
  type LedgerFinding,
  type RecordedPatch,
  unknownLines,
} from '#lib/patch/ledger-findings';
import type { LedgerLine } from '#lib/patch/live-store';
import { PATCH_STATES, type PatchHeader } from '#lib/patch/patch';
import { recordFinding } from '#lib/recovery/jobs/ledger-record';
import { PatchFacts, recordedError } from '#lib/recovery/patches/patch-record';
import type { Context } from '#lib/recovery/setup/context';
import { openIncidentStore } from '#lib/recovery/setup/open-incident-store';

/** What of a live store's ledger no record knows; the newest are kept. */
export type UnknownPatch = {
  readonly seal: string;
  readonly patchId: string;
  readonly at: string;
  readonly target: string;
};
const KEPT_UNKNOWN = 100;

/**
 * Compares records and ledgers where it is time: one question a live table, not one a patch. `all`: every live store, as at
 * the start of a worker. A store that does not answer changes nothing; it is asked again later. Answers how many records
 * were brought to what their ledger says.
 */
export async function checkLedgers(context: Context, all: boolean): Promise<number> {
  const due = await takeDueChecks(context.store, all);
  const found = await Promise.all(
    due.map((id) =>
      checkLedger(context, id).catch((error: unknown) => {
        // a fault at one live store keeps the others not back
        console.error(`ledger of live store ${id}: ${error instanceof Error ? error.message : error}`);
        return 0;
      }),
    ),
  );
  return found.reduce((sum, n) => sum + n, 0);
}

/** The same for one live store, now. */
export async function checkLedger(context: Context, liveStoreId: string): Promise<number> {
  try {
    return await compareStore(context, liveStoreId);
  } catch (error) {
    if (!(error instanceof Failure)) throw error;
    await recordUnanswered(context.store, liveStoreId, recordedError(error));
    return 0;
  }
}

/** The patches of one live table or file, and how it is opened. */
type Target = {
  readonly words: string;
  readonly patches: Recorded[];
};
type Recorded = RecordedPatch & { readonly runId: string; readonly dir: string | null };

async function compareStore(context: Context, liveStoreId: string): Promise<number> {
  const { store } = context;
  const targets = await readTargets(context, liveStoreId);
  const unknown: UnknownPatch[] = [];
  let changed = 0;
  for (const target of targets) {
    const lines = await readLines(context, target);
    if (lines === null) continue;
    for (const finding of compareWithLedger(target.patches, lines))
      changed += await recordOne(context, finding);
    const seals = lines.map(({ seal }) => seal);
    const known = await store.patch.findMany({ where: { seal: { in: seals } }, select: { seal: true } });
    for (const { seal, patchId, at } of unknownLines(lines, new Set(known.map((one) => one.seal))))
      unknown.push({ seal, patchId, at, target: target.words });
  }
  await noteUnknown(context, liveStoreId, unknown);
  return changed;
}

async function readTargets({ store }: Context, liveStoreId: string): Promise<Target[]> {
  const rows = await store.patch.findMany({
    where: { run: { liveStoreId } },
    include: { run: { select: { dir: true } } },
    orderBy: { number: 'desc' },
  });
  const targets = new Map<string, Target>();
  for (const row of rows) {
    const state = PATCH_STATES.find((one) => one === row.state);
    const facts = PatchFacts.safeParse(row.facts);
    if (state === undefined || !facts.success) continue;
    const { id, number, seal, undoesId, runId, updates, inserts, deletes } = row;
    const { target } = facts.data;
    const known = targets.get(target) ?? { words: target, patches: [] };
    const dir = row.dir ?? row.run.dir;
    known.patches.push({
      id,
      number,
      seal,
      state,
      undoesId,
      runId,
      dir,
      rows: updates + inserts + deletes,
    });
    targets.set(target, known);
  }
  return [...targets.values()];
}

/** The ledger's lines; null where no patch of the table has its files any more, so that nothing says where it is. */
async function readLines(context: Context, target: Target): Promise<readonly LedgerLine[] | null> {
  for (const { runId, dir } of target.patches) {
    const header = dir === null ? null : await headerOf(dir);
    if (header === null) continue;
    const live = await openIncidentStore(context, runId, header);
    try {
      return await live.ledgerEntries();
    } finally {
      await live.close();
    }
  }
  return null;
}

const headerOf = (dir: string): Promise<PatchHeader | null> => readPatchHeader(dir).catch(() => null);

async function recordOne(context: Context, finding: LedgerFinding): Promise<number> {
  return (await recordFinding(context, finding)) ? 1 : 0;
}

/** Each is told once. */
async function noteUnknown({ store }: Context, liveStoreId: string, found: UnknownPatch[]): Promise<void> {
  const unknown = found.slice(-KEPT_UNKNOWN).map((one) => ({ ...one }));
  await store.$transaction(async (tx) => {
    for (const one of unknown) {
      const subject = `live store ${liveStoreId}`;
      const action = 'ledger.unknown_patch';
      const told = { subject, action, detail: { path: ['seal'], equals: one.seal } };
      if ((await tx.audit.findFirst({ where: told })) !== null) continue;
      await writeAudit(tx, { actor: 'recount', action, subject, detail: one });
    }
    await recordChecked(tx, liveStoreId, unknown);
  });
}
