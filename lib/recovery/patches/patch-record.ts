import { z } from 'zod';
import type { StoreTransaction } from '#lib/adapters/store/client';
import { isHeld } from '#lib/adapters/store/job-leases';
import { Failure } from '#lib/base/failure';
import {
  APPLY_STEPS,
  type ApplyProgress,
  PATCH_STATES,
  type PatchState,
  type PatchView,
} from '#lib/patch/patch';
import { UNDER_WAY } from '#lib/patch/state';
import { alarmView } from '#lib/recovery/patches/alarm-record';
import { rehearsalView } from '#lib/recovery/patches/rehearsal-record';
import { reviewOf } from '#lib/recovery/patches/review-record';
import { isoOf, isoOrNull } from '#lib/recovery/setup/iso';
import { readNames } from '#lib/recovery/setup/people';
import { BLOCKS } from '#lib/replay/run';

// What the JSON columns of a patch's record hold. Written by the verbs beside this file, checked when read.

/**
 * `facts`: what the page shows of it, read when it was proposed, so that a page opens no live store. A patch from before they
 * were kept has none: it reads with nothing in their place.
 */
export const PatchFacts = z.object({
  target: z.string().default(''),
  tableRows: z.number().nullable().default(null),
  columns: z.array(z.string()).default([]),
  added: z.array(z.string()).default([]),
  net: z
    .array(z.object({ measure: z.string(), net: z.string(), plus: z.string(), minus: z.string() }))
    .default([]),
  blockedBy: z.array(z.enum(BLOCKS)).default([]),
  sql: z.string().default(''),
  /** Of an undo. */
  undo: z
    .object({ choice: z.enum(['all', 'unmoved']), leftOut: z.number(), reason: z.string() })
    .exactOptional(),
});
export type PatchFacts = z.output<typeof PatchFacts>;

/** `outcome`: what came of the apply, and of the last comparison after it. */
export const PatchOutcome = z.object({
  status: z.enum(['applied', 'already_applied', 'nothing_to_apply']),
  /** The target's own id of the transaction. */
  transaction: z.string().nullable(),
  verification: z
    .object({
      cells: z.number(),
      match: z.number(),
      differ: z.number(),
      moved: z.number(),
      at: z.string(),
    })
    .nullable(),
});
export type PatchOutcome = z.output<typeof PatchOutcome>;

const Step = z.object({
  step: z.enum(APPLY_STEPS),
  done: z.number(),
  total: z.number(),
  at: z.string(),
}) satisfies z.ZodType<ApplyProgress>;
const Steps = z.array(Step);

const RecordedError = z.object({
  code: z.string(),
  message: z.string(),
  fix: z.string(),
  rows: z.array(z.string()).optional(),
});

export const readOutcome = (value: unknown): PatchOutcome | null => PatchOutcome.nullable().parse(value);
export const readSteps = (value: unknown): ApplyProgress[] => (value === null ? [] : Steps.parse(value));

const State = z.enum(PATCH_STATES);

/** A failure as a patch's record keeps it; the rows that moved are named. */
export function recordedError(failure: Failure): z.output<typeof RecordedError> {
  const { code, message, fix, details } = failure;
  const rows = z.array(z.string()).safeParse(details.rows);
  return { code, message, fix, ...(rows.success ? { rows: rows.data } : {}) };
}

const shownError = ({ rows, ...told }: z.output<typeof RecordedError>): NonNullable<PatchView['error']> => ({
  ...told,
  ...(rows === undefined ? {} : { rows }),
});

/** When it was put back, or when Recount learned of it: the audit knows. */
async function undoneAt(
  store: StoreTransaction,
  { id, incidentId }: { readonly id: string; readonly incidentId: string },
): Promise<string | null> {
  const line = await store.audit.findFirst({
    where: { incidentId, subject: `patch ${id}`, action: { in: ['patch.undo', 'patch.undone'] } },
    orderBy: { seq: 'desc' },
  });
  return line === null ? null : isoOf(line.at);
}

const isUnderWay = (state: PatchState): boolean => UNDER_WAY.includes(state);

/** A patch as the page shows it: nothing but the records is read. Failure not_found. */
export async function readPatchView(store: StoreTransaction, id: string): Promise<PatchView> {
  const patch = await store.patch.findUnique({
    where: { id },
    include: {
      approvals: { orderBy: { createdAt: 'asc' } },
      authors: { orderBy: { personId: 'asc' } },
      undoes: { select: { id: true, number: true, seal: true } },
      undoneBy: { where: { state: { not: 'cancelled' } }, orderBy: { number: 'desc' }, take: 1 },
      rehearsals: { orderBy: { createdAt: 'desc' }, take: 1 },
    },
  });
  if (patch === null) throw new Failure('not_found', 'There is no such patch.');
  const nameOf = await readNames(store);
  const review = await reviewOf(store, patch, nameOf);
  const state = State.parse(patch.state);
  const { undo, ...facts } = PatchFacts.parse(patch.facts);
  const [undoneBy] = patch.undoneBy;
  const error = RecordedError.nullable().parse(patch.error);
  const outcome = readOutcome(patch.outcome);
  return {
    id: patch.id,
    number: patch.number,
    kind: patch.undoes === null ? 'patch' : 'undo',
    undoes: patch.undoes !== null && undo !== undefined ? { ...patch.undoes, ...undo } : null,
    undo:
      undoneBy === undefined
        ? null
        : { id: undoneBy.id, number: undoneBy.number, state: State.parse(undoneBy.state) },
    incidentId: patch.incidentId,
    runId: patch.runId,
    seal: patch.seal,
    state,
    author: nameOf(patch.author),
    createdAt: isoOf(patch.createdAt),
    counts: { updates: patch.updates, inserts: patch.inserts, deletes: patch.deletes },
    ...facts,
    blockedBy: facts.blockedBy.filter((block) => !review.overrides.some((one) => one.block === block)),
    ...review,
    progress: readSteps(patch.progress),
    waiting: isUnderWay(state) && !(await isHeld(store, 'apply', id)),
    appliedAt: isoOrNull(patch.appliedAt),
    verification: outcome?.verification ?? null,
    error: error === null ? null : shownError(error),
    erasedAt: isoOrNull(patch.erasedAt),
    undoneAt: state === 'undone' ? await undoneAt(store, patch) : null,
    rehearsal: patch.rehearsals[0] === undefined ? null : rehearsalView(patch.rehearsals[0]),
    ...alarmView(patch),
  };
}
