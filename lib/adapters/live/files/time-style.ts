import { Temporal } from 'temporal-polyfill';
import { liveInstant } from '#lib/adapters/live/files/value-forms';
import { formatInstant, toMillis } from '#lib/base/instant';

const STYLE = /^\d{4}-\d{2}-\d{2}([T ])\d{2}:\d{2}:\d{2}(?:\.(\d{1,6}))?(Z|[+-]00(?::?00)?)?$/;

/**
 * Writes instants the way a column already holds them, so that a patched file stays readable by whoever reads it:
 * separator, digits of the second, offset or none (then in `timezone`). A column without a time to learn from, or
 * whose form could not hold the value, gets the text as it is.
 */
export function timeStyle(sample: string | null, timezone: string): (text: string) => string {
  const m = sample === null ? null : STYLE.exec(sample);
  if (m === null) return (text) => text;
  const [, separator = 'T', fraction = '', zone = ''] = m;
  return (text) => {
    const instant = liveInstant(text, timezone);
    if (instant === null) return text;
    const utc = formatInstant(instant);
    const micros = utc.slice(20, 26);
    if (Number(micros.slice(fraction.length)) !== 0) return text;
    const wall =
      zone === '' && timezone !== 'UTC' ? localTime(toMillis(instant), timezone) : utc.slice(0, 19);
    const styled = `${wall.replace('T', separator)}${fraction === '' ? '' : `.${micros.slice(0, fraction.length)}`}${zone}`;
    return liveInstant(styled, timezone) === instant ? styled : text;
  };
}

const localTime = (ms: number, timezone: string): string =>
  Temporal.Instant.fromEpochMilliseconds(ms)
    .toZonedDateTimeISO(timezone)
    .toPlainDateTime()
    .toString({ smallestUnit: 'second', roundingMode: 'floor' });
