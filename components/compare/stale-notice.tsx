'use client';

import { useMayNot } from '#components/access/use-me.ts';
import { sameWindow } from '#components/timeline/brush.ts';
import { clockRange, windowText } from '#components/timeline/words.ts';
import { Button } from '#components/ui/button';
import { Card } from '#components/ui/card';
import { useNow } from '#components/ui/clock.ts';
import { Notice } from '#components/ui/states';
import { useTimelineChoice } from '#components/workspace/use-timeline-choice';
import { type Interval, parseInstant } from '#lib/base/instant';
import type { RunView } from '#lib/replay/run';
import type { Clock } from '#lib/window/window';

/** Why a preview's numbers are no longer those of what is chosen; null while they are. */
export type Staleness = 'window' | 'clock' | 'plan' | null;

/** The window that a run was made for. */
export function runWindow(run: RunView): { window: Interval; clock: Clock } | null {
  const shown = run.summary?.window;
  const [from, to] = [parseInstant(shown?.from ?? ''), parseInstant(shown?.to ?? '')];
  return shown === undefined || from === null || to === null
    ? null
    : { window: { from, to }, clock: shown.clock };
}

export function stalenessOf(run: RunView, chosen: { window: Interval | null; clock: Clock }): Staleness {
  const made = runWindow(run);
  if (made === null) return null;
  if (chosen.window !== null && !sameWindow(made.window, chosen.window)) return 'window';
  if (made.clock !== chosen.clock) return 'clock';
  return run.stale ? 'plan' : null;
}

type StaleNoticeProps = { run: RunView; staleness: Staleness; onRunAgain: () => void; busy: boolean };

/** Says for what the numbers below are, and how to get those of now. */
export function StaleNotice({ run, staleness, onRunAgain, busy }: StaleNoticeProps) {
  const { zone, choose, show } = useTimelineChoice();
  const now = useNow() ?? 0;
  const made = runWindow(run);
  const refusal = useMayNot('run.change', 'run it again');
  return (
    // The region is there from the start, so that its words are read out when they come.
    <div role="status" className="contents">
      {staleness === null || made === null ? null : (
        <Card>
          <Notice
            tone="warn"
            actions={
              <>
                <Button
                  size="sm"
                  icon="again"
                  busy={busy}
                  busyLabel="Starting"
                  disabledReason={refusal}
                  onClick={onRunAgain}
                >
                  Run again
                </Button>
                {staleness === 'plan' ? null : (
                  <Button
                    size="sm"
                    onClick={() => {
                      choose(made.window, 'push');
                      show({ clock: made.clock });
                    }}
                  >
                    Put window back
                  </Button>
                )}
              </>
            }
          >
            {staleness === 'plan'
              ? 'The plan changed since this preview.'
              : staleness === 'clock'
                ? `Clock changed. Numbers below are told by when events ${made.clock === 'time' ? 'happened' : 'arrived'}.`
                : 'Window changed.'}{' '}
            {staleness === 'clock' ? null : (
              <>
                Numbers below are for{' '}
                <span title={windowText(made.window, zone, now)}>{clockRange(made.window, zone)}</span>.
              </>
            )}
          </Notice>
        </Card>
      )}
    </div>
  );
}
