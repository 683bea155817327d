import type { PatchFiles } from '#lib/adapters/duckdb/overlap';
import { changeRecords } from '#lib/adapters/store/change-records';
import type { StoreTransaction } from '#lib/adapters/store/client';
import { holdOverlaps } from '#lib/adapters/store/hold-patch';
import { Failure } from '#lib/base/failure';
import type { PatchState } from '#lib/patch/patch';
import { STATE_WORDS, UNDER_WAY } from '#lib/patch/state';
import {
  type Candidate,
  candidates,
  firstOverlap,
  overlapFailure,
  sameRows,
} from '#lib/recovery/patches/overlapping';
import type { Context } from '#lib/recovery/setup/context';

// Of two patches on the same rows only one is approved or written at a time. Rows are compared before the transaction of the
// change, since large patches take seconds; inside it is only asked whether each patch that counts was compared.

/** In these states a patch is bound to be written, or may be written at this moment. */
const BOUND: readonly PatchState[] = ['approved', ...UNDER_WAY];
/** Each round but the last was in vain because others were approved meanwhile. */
const ROUNDS = 6;

/** Ends a transaction, so that the rows of patches that it met are compared outside it. Never leaves this file. */
class Uncompared extends Error {
  readonly mine: PatchFiles;
  readonly others: readonly Candidate[];

  constructor(mine: PatchFiles, others: readonly Candidate[]) {
    super('patches are there whose rows were not compared yet');
    this.mine = mine;
    this.others = others;
  }
}

/** Asked inside the change: goes on only where no bound patch has rows of this one. */
export type RefuseBound = (tx: StoreTransaction, mine: PatchFiles) => Promise<void>;

/**
 * Changes the records unless another patch that is approved or being written has rows of this one. The change asks for it
 * with `refuseBound`, once the patch is what it should be; it is run again after rows were compared, and does nothing
 * outside its transaction. Failures: patch.overlap, server.contended, and those of the change.
 */
export async function changeUnlessBound<T>(
  context: Pick<Context, 'env' | 'store'>,
  { id, states = BOUND }: { readonly id: string; readonly states?: readonly PatchState[] },
  change: (tx: StoreTransaction, refuseBound: RefuseBound) => Promise<T>,
): Promise<T> {
  // files of a patch never change under its seal: what was compared once needs no second look
  const compared = new Set<string>();
  const refuseBound: RefuseBound = async (tx, mine) => {
    await holdOverlaps(tx);
    const bound = await candidates(tx, { where: { id: { not: id }, state: { in: [...states] } } });
    const others = bound.filter((other) => !compared.has(nameOf(other)));
    if (others.length > 0) throw new Uncompared(mine, others);
  };
  for (let round = 1; round <= ROUNDS; round++) {
    try {
      return await changeRecords(context.store, (tx) => change(tx, refuseBound));
    } catch (error) {
      if (!(error instanceof Uncompared)) throw error;
      const { mine, others } = error;
      const found = await firstOverlap(context, mine, others);
      if (found !== null) {
        const { number, state } = found.other;
        const words = STATE_WORDS[states.find((one) => one === state) ?? 'approved'];
        throw overlapFailure(found, `Patch ${number} ${words} and has ${sameRows(found.overlap)}.`, {
          fix: `Wait until patch ${number} is applied and preview again, or withdraw it first.`,
        });
      }
      for (const other of others) compared.add(nameOf(other));
    }
  }
  throw new Failure('server.contended', 'Other patches were approved again and again meanwhile.');
}

const nameOf = ({ id, seal }: Candidate): string => `${id} ${seal}`;
