import { readPatchHeader } from '#lib/adapters/duckdb/sealed-patch';
import { writeAudit } from '#lib/adapters/store/audit';
import {
  recordChecked,
  recordSeen,
  recordUnanswered,
  recordUnchanged,
  takeDueChecks,
} from '#lib/adapters/store/ledger-checks';
import { Failure } from '#lib/base/failure';
import {
  compareWithLedger,
  type LedgerFinding,
  type RecordedPatch,
  unknownLines,
} from '#lib/patch/ledger-findings';
import type { LedgerLine, LiveStore } from '#lib/patch/live-store';
import { PATCH_STATES, type PatchHeader } from '#lib/patch/patch';
import { compareAnchors, type LedgerAnchors, witnessesOf } from '#lib/recovery/audit/ledger-witnesses';
import { readLosses } from '#lib/recovery/audit/losses';
import { trustedKeys } from '#lib/recovery/audit/signing-key';
import type { Witness } from '#lib/recovery/audit/verify-audit';
import { recordFinding } from '#lib/recovery/jobs/ledger-record';
import { isUnchanged, lookAtLedgers } from '#lib/recovery/jobs/ledger-seen';
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

/** What reading a ledger needs. */
export type LedgerContext = Pick<Context, 'store' | 'env' | 'key'>;

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

/** The lines of every ledger that a live store has, one table or file after the other; those that can still be found. */
async function* eachLedger(
  context: LedgerContext,
  liveStoreId: string,
): AsyncGenerator<{ readonly target: Target; readonly lines: readonly LedgerLine[] }, void> {
  for (const target of await readTargets(context, liveStoreId)) {
    const lines = await readLines(context, target);
    if (lines !== null) yield { target, lines };
  }
}

/** What the ledgers of a live store hold of the audit. Changes nothing. Failures: live.*. */
export async function readWitnesses(context: LedgerContext, liveStoreId: string): Promise<Witness[]> {
  const found: Witness[] = [];
  for await (const { target, lines } of eachLedger(context, liveStoreId))
    found.push(...witnessesOf(target.words, lines));
  return found;
}

async function compareStore(context: Context, liveStoreId: string): Promise<number> {
  const { store } = context;
  const check = await store.ledgerCheck.findUnique({ where: { liveStoreId }, select: { seen: true } });
  // before the lines: what comes between the two is seen the next time
  const now = await lookAtLedgers(await readTargets(context, liveStoreId), (target) =>
    openTarget(context, target),
  );
  if (isUnchanged(check?.seen, now)) {
    await recordUnchanged(store, liveStoreId);
    return 0;
  }
  const unknown: UnknownPatch[] = [];
  const witnesses: Witness[] = [];
  let changed = 0;
  let isAgreed = true;
  for await (const { target, lines } of eachLedger(context, liveStoreId)) {
    witnesses.push(...witnessesOf(target.words, lines));
    const findings = compareWithLedger(target.patches, lines);
    isAgreed &&= findings.length === 0;
    for (const finding of findings) changed += await recordOne(context, finding);
    const seals = lines.map(({ seal }) => seal);
    const known = await store.patch.findMany({ where: { seal: { in: seals } }, select: { seal: true } });
    for (const { seal, patchId, at } of unknownLines(lines, new Set(known.map((one) => one.seal))))
      unknown.push({ seal, patchId, at, target: target.words });
  }
  const losses = await readLosses(store, await trustedKeys(context));
  await noteChecked(context, liveStoreId, unknown, await compareAnchors(store, witnesses, losses));
  if (isAgreed) await recordSeen(store, liveStoreId, now);
  return changed;
}

async function readTargets({ store }: LedgerContext, liveStoreId: string): Promise<Target[]> {
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

/** The ledger's lines; null where no patch of the table has its files any more. */
async function readLines(context: LedgerContext, target: Target): Promise<readonly LedgerLine[] | null> {
  const live = await openTarget(context, target);
  try {
    return live === null ? null : await live.ledgerEntries();
  } finally {
    await live?.close();
  }
}

/** Null where no patch of the table has its files any more, so that nothing says where it is. */
async function openTarget(context: LedgerContext, target: Target): Promise<LiveStore | null> {
  for (const { runId, dir } of target.patches) {
    const header = dir === null ? null : await headerOf(dir);
    if (header !== null) return openIncidentStore(context, runId, header);
  }
  return null;
}

const headerOf = (dir: string): Promise<PatchHeader | null> => readPatchHeader(dir).catch(() => null);

async function recordOne(context: Context, finding: LedgerFinding): Promise<number> {
  return (await recordFinding(context, finding)) ? 1 : 0;
}

/** What no record knows is told once. */
async function noteChecked(
  { store }: Context,
  liveStoreId: string,
  found: UnknownPatch[],
  anchors: LedgerAnchors,
): Promise<void> {
  const unknown = found.slice(-KEPT_UNKNOWN).map((one) => ({ ...one }));
  await store.$transaction(async (tx) => {
    for (const one of unknown) {
      const subject = `live store ${liveStoreId}`;
      const action = 'ledger.unknown_patch';
      const told = { subject, action, detail: { path: ['seal'], equals: one.seal } };
      if ((await tx.audit.findFirst({ where: told })) !== null) continue;
      await writeAudit(tx, { actor: 'recount', action, subject, detail: one });
    }
    await recordChecked(tx, liveStoreId, unknown, { ...anchors });
  });
}
