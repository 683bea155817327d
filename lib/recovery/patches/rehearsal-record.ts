import { z } from 'zod';
import { APPLY_STEPS, REHEARSAL_STATES, type RehearsalView } from '#lib/patch/patch';
import type { Rehearsal } from '#lib/patch/rehearsal';
import { isoOf } from '#lib/recovery/setup/iso';

// What the JSON columns of a rehearsal's record hold.

const Told = z.object({ code: z.string(), message: z.string(), fix: z.string() });

const Held = z.object({
  status: z.enum(['would_apply', 'already_applied', 'nothing_to_apply', 'refused']),
  refusal: Told.extend({ rows: z.array(z.string()).exactOptional() }).nullable(),
  steps: z.array(z.object({ step: z.enum(APPLY_STEPS), elapsedMs: z.number() })),
  sideEffects: z.array(z.string()),
  elapsedMs: z.number(),
  lockedMs: z.number(),
  limitMs: z.number(),
  at: z.string(),
}) satisfies z.ZodType<Rehearsal>;

type RehearsalRow = {
  readonly state: string;
  readonly seal: string;
  readonly limitMs: number;
  readonly result: unknown;
  readonly error: unknown;
  readonly createdAt: Date;
  readonly finishedAt: Date | null;
};

/** A rehearsal's record as the page shows it. */
export function rehearsalView(row: RehearsalRow): RehearsalView {
  const { seal, limitMs, result, error, createdAt, finishedAt } = row;
  return {
    state: z.enum(REHEARSAL_STATES).parse(row.state),
    seal,
    limitMs,
    result: Held.nullable().parse(result),
    error: Told.nullable().parse(error),
    at: isoOf(finishedAt ?? createdAt),
  };
}
