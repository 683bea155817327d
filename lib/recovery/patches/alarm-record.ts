import { z } from 'zod';
import { type PatchView, VERIFY_EVERY } from '#lib/patch/patch';
import { WRITTEN } from '#lib/patch/state';
import { isoOrNull } from '#lib/recovery/setup/iso';

// What the records keep about the time after an apply: comparisons, their schedule, and what is wrong.

/** `alarm` of a patch's record. One that was acknowledged stays there, so that the same rows do not raise it again. */
export const Alarm = z.object({
  kind: z.enum(['differs', 'lost']),
  message: z.string(),
  at: z.string(),
  rows: z.array(z.string()),
  /** All rows that are wrong, by their numbers in the patch; null: too scattered, or an older record. */
  stretches: z.string().nullable().default(null),
  acknowledged: z.object({ by: z.string(), at: z.string(), reason: z.string() }).nullable(),
});
export type Alarm = z.output<typeof Alarm>;

const Comparisons = z.array(
  z.object({ cells: z.number(), match: z.number(), differ: z.number(), moved: z.number(), at: z.string() }),
);
export type Comparisons = z.output<typeof Comparisons>;

const KEPT = 20;

export const readAlarm = (value: unknown): Alarm | null => Alarm.nullable().parse(value);
export const readComparisons = (value: unknown): Comparisons => Comparisons.parse(value);

/** The comparisons with a new one in front. */
export const withComparison = (known: unknown, now: Comparisons[number]): Comparisons =>
  [now, ...readComparisons(known)].slice(0, KEPT);

type Recorded = {
  readonly state: string;
  readonly alarm: unknown;
  readonly verifications: unknown;
  readonly verifyEvery: string | null;
  readonly nextVerifyAt: Date | null;
};

/** What of it the page shows. */
export function alarmView(
  patch: Recorded,
): Pick<PatchView, 'alarm' | 'verifyEvery' | 'nextVerifyAt' | 'verifications'> {
  const alarm = readAlarm(patch.alarm);
  return {
    alarm: alarm === null || alarm.acknowledged !== null ? null : shown(alarm),
    verifyEvery: z.enum(VERIFY_EVERY).nullable().parse(patch.verifyEvery),
    nextVerifyAt: WRITTEN.some((state) => state === patch.state) ? isoOrNull(patch.nextVerifyAt) : null,
    verifications: readComparisons(patch.verifications),
  };
}

const shown = ({ kind, message, at, rows }: Alarm): NonNullable<PatchView['alarm']> => ({
  kind,
  message,
  at,
  rows,
});
