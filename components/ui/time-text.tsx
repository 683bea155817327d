'use client';

import { useNow } from '#components/ui/clock.ts';
import { formatAgo, formatTime, formatWindow } from '#components/ui/time.ts';

/** `4 min ago`, with the absolute time in UTC as its title. */
export function TimeAgo({ iso }: { iso: string }) {
  const now = useNow();
  return (
    <time dateTime={iso} title={formatTime(iso)} suppressHydrationWarning>
      {formatAgo(iso, now ?? Date.now())}
    </time>
  );
}

/** `21 Nov 2026, 12:02:04 UTC`. */
export function TimeAt({
  iso,
  zone = 'UTC',
  seconds,
}: {
  iso: string;
  zone?: string;
  seconds?: 'auto' | 'always';
}) {
  return <time dateTime={iso}>{formatTime(iso, { zone, ...(seconds ? { seconds } : {}) })}</time>;
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
