'use client';

import { useNow } from '#components/ui/clock.ts';
import { formatAgo, formatTime, formatWindow, minuteText, secondText } from '#components/ui/time.ts';

/** `4 min ago`, with the absolute time in UTC as its title, to the second. */
export function TimeAgo({ iso }: { iso: string }) {
  const now = useNow();
  return (
    <time dateTime={iso} title={secondText(iso)} suppressHydrationWarning>
      {formatAgo(iso, now ?? Date.now())}
    </time>
  );
}

/**
 * `21 Nov 2026, 12:02:04 UTC`: when something was done here, to the second or the minute; the exact instant is its
 * `datetime`. The time of an event is shown whole, by `formatTime`.
 */
export function TimeAt({ iso, to = 'second' }: { iso: string; to?: 'second' | 'minute' }) {
  return <time dateTime={iso}>{to === 'second' ? secondText(iso) : minuteText(iso)}</time>;
}

type WindowTextProps = { window: { readonly from: string; readonly to: string }; zone?: string };

/** A half-open window, short; in full, with its zone, as the title. */
export function WindowText({ window, zone = 'UTC' }: WindowTextProps) {
  const now = useNow();
  return (
    <span
      title={`From ${formatTime(window.from, { zone })}, up to and without ${formatTime(window.to, { zone })}`}
      suppressHydrationWarning
    >
      {formatWindow(window, { zone, now: now ?? Date.now() })}
    </span>
  );
}
