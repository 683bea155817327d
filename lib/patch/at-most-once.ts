import { Bug, Failure } from '#lib/base/failure';

// How a patch gets into a live store at most once, whatever is lost on the way. Pure: what is done to the store comes
// in as a port, so that the simulation (lib/patch/simulation) runs this very code.

/** An attempt whose COMMIT may be under way: the number it is filed under in the ledger, and what finds its session. */
export type OpenAttempt = { readonly attempt: number };

/** How one attempt ended. */
export type AttemptEnd<Open extends OpenAttempt> =
  | { readonly kind: 'committed' }
  /** The ledger had the patch before. */
  | { readonly kind: 'already' }
  | { readonly kind: 'no_ledger' }
  /** Rolled back for a reason that passes: a deadlock, a row that somebody holds, another attempt at the same time. */
  | { readonly kind: 'again'; readonly failure: Failure }
  /** COMMIT was sent, and no answer came. */
  | { readonly kind: 'unknown'; readonly open: Open };

/** The store's answer to a fence. `held`: it waited in vain for the attempt's transaction. `lost`: it did not answer. */
export type FenceEnd =
  | { readonly kind: 'applied' | 'fenced' }
  | { readonly kind: 'held' | 'lost'; readonly words: string };

/** Port: how an attempt without an answer is settled. */
export interface FenceSteps<Open extends OpenAttempt> {
  /** How long answers are asked for. */
  readonly settleMs: number;
  /** Time that passed since a fixed moment. */
  elapsedMs(): number;
  sleep(ms: number): Promise<void>;
  /**
   * Closes the attempt in the ledger for good: waits for its open transaction, then says whether that is there. Safe to
   * repeat. Never throws for what the store or the network does.
   */
  fence(open: Open): Promise<FenceEnd>;
  /** Ends the session that the attempt's transaction hangs on, where it still has it. Never throws. */
  endOrphan(open: Open): Promise<void>;
}

/** Port: how one attempt is made. */
export interface ApplySteps<Open extends OpenAttempt> extends FenceSteps<Open> {
  /** One transaction that holds the ledger's row and all of the patch, or is rolled back. Throws what cannot be tried again. */
  attempt(): Promise<AttemptEnd<Open>>;
  /** Makes the ledger; null where that makes no sense (an undo). */
  readonly createLedger: (() => Promise<void>) | null;
}

const ATTEMPTS = 3;
const PAUSE_MS = 500;

/**
 * Makes attempts until one has an outcome; what an attempt leaves unknown is settled before the next one. Throws the
 * failure of the last attempt; patch.unknown where the store could not be asked what became of a COMMIT.
 */
export async function applyAtMostOnce<Open extends OpenAttempt>(
  steps: ApplySteps<Open>,
): Promise<'done' | 'already'> {
  let isLedgerMade = false;
  for (let n = 1; ; n += 1) {
    const end = await steps.attempt();
    if (end.kind === 'committed') return 'done';
    if (end.kind === 'already') return 'already';
    if (end.kind === 'no_ledger') {
      if (isLedgerMade || steps.createLedger === null)
        throw new Failure('live.ledger_required', 'The ledger (schema recount) is missing.');
      await steps.createLedger();
      isLedgerMade = true;
    } else if (end.kind === 'again') {
      if (n >= ATTEMPTS) throw end.failure;
    } else {
      if ((await settleAttempt(steps, end.open)) === 'applied') return 'done';
      if (n >= ATTEMPTS)
        throw new Failure(
          'live.unreachable',
          'The connection was lost at every COMMIT; nothing was written.',
        );
    }
  }
}

/**
 * Settles what became of an attempt whose COMMIT got no answer, until `settleMs` has passed. Reading the ledger would
 * not do: a COMMIT may be under way. The fence waits for the attempt's transaction; where that hangs on, its orphaned
 * session is ended. Throws patch.unknown.
 */
export async function settleAttempt<Open extends OpenAttempt>(
  steps: FenceSteps<Open>,
  open: Open,
): Promise<'applied' | 'fenced'> {
  const startedMs = steps.elapsedMs();
  let words: string;
  do {
    const end = await steps.fence(open);
    if (!('words' in end)) return end.kind;
    words = end.words;
    if (end.kind === 'held') await steps.endOrphan(open);
    await steps.sleep(PAUSE_MS);
  } while (steps.elapsedMs() - startedMs < steps.settleMs);
  throw new Failure(
    'patch.unknown',
    `The connection was lost at COMMIT, and the live store could not be asked what became of it: ${words}`,
    { details: { attempt: open.attempt } },
  );
}

/** Port: how the attempt of another process is found. */
export interface SettleSteps<Open extends OpenAttempt> extends FenceSteps<Open> {
  isApplied(): Promise<boolean>;
  /** The next attempt that the ledger has not seen: an open one has taken that number. Null without a ledger. */
  openAttempt(): Promise<Open | null>;
}

const ROUNDS = 5;

/**
 * Closes the attempt that another process may have open, and says whether the patch is applied. Without a ledger no
 * attempt can be open. Throws patch.unknown.
 */
export async function settleOpenAttempt<Open extends OpenAttempt>(
  steps: SettleSteps<Open>,
): Promise<'applied' | 'not_applied'> {
  for (let round = 0; round < ROUNDS; round += 1) {
    if (await steps.isApplied()) return 'applied';
    const open = await steps.openAttempt();
    if (open === null) return 'not_applied';
    if ((await settleAttempt(steps, open)) === 'applied') return 'applied';
    // fenced: the attempt, open or not yet begun, can never commit under its number
    if (!(await steps.isApplied())) return 'not_applied';
  }
  throw new Bug('an attempt was neither applied nor fenced');
}
