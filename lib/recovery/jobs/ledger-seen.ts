import { createHash } from 'node:crypto';
import { z } from 'zod';
import type { Prisma } from '#lib/adapters/store/generated/client';
import type { RecordedPatch } from '#lib/patch/ledger-findings';
import type { LiveStore } from '#lib/patch/live-store';

// Ledgers grow for ever, and are looked at every few minutes. Their lines are read only where the ledger or the records say
// something else than when they last agreed: a line that came, changed or went (a restored live store), a record that moved.

/** What ledger and records of each table said, and when that was. */
export const LedgerSeen = z.object({ at: z.string(), tables: z.record(z.string(), z.string()) });
export type LedgerSeen = z.output<typeof LedgerSeen> & Prisma.InputJsonObject;

/** Whatever they say, the lines are read again after this. */
const LASTS_MS = 3600_000;

type Table = { readonly words: string; readonly patches: readonly RecordedPatch[] };

/** What they say now. `open`: null where nothing says any more where a table is. Failures: live.*. */
export async function lookAtLedgers<T extends Table>(
  tables: readonly T[],
  open: (table: T) => Promise<LiveStore | null>,
): Promise<LedgerSeen> {
  const seen: [string, string][] = [];
  for (const table of tables) {
    const live = await open(table);
    if (live === null) continue;
    try {
      seen.push([table.words, `${await live.ledgerFingerprint()} ${recordsFingerprint(table)}`]);
    } finally {
      await live.close();
    }
  }
  return { at: new Date().toISOString(), tables: Object.fromEntries(seen) };
}

function recordsFingerprint({ patches }: Table): string {
  const lines = patches.map(({ id, state, seal, undoesId }) => `${id} ${state} ${seal} ${undoesId}`);
  return createHash('sha256').update(lines.toSorted().join('\n')).digest('hex');
}

/** True where everything is as it was a short while ago, when ledger and records agreed. */
export function isUnchanged(before: unknown, now: LedgerSeen): boolean {
  const known = LedgerSeen.safeParse(before);
  if (!known.success) return false;
  const { at, tables } = known.data;
  const isRecent = Math.abs(Date.parse(now.at) - Date.parse(at)) < LASTS_MS;
  const words = Object.entries(now.tables);
  return (
    isRecent &&
    words.length === Object.keys(tables).length &&
    words.every(([table, text]) => tables[table] === text)
  );
}
