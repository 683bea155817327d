import { formatTime } from '#components/ui/time.ts';

/** `22 Nov 2026, 10:19:05 UTC`: to the second, where the parts of one would only distract. */
export const secondText = (iso: string): string => formatTime(`${iso.slice(0, 19)}Z`);

/** `22 Nov 2026, 10:19 UTC`: to the minute, where the seconds would only distract. */
export const minuteText = (iso: string): string => formatTime(`${iso.slice(0, 16)}:00Z`, { seconds: 'auto' });
