import { MICROS } from '#lib/base/instant';

const UNITS = { d: MICROS.day, h: MICROS.hour, m: MICROS.minute, s: MICROS.second } as const;
const LONGEST = 36_500n * MICROS.day;

/** A length of time in microseconds: `2h`, `90m`, `1d12h`, `0s`. Null for anything else, also over 100 years. */
export function parseDuration(text: string): bigint | null {
  if (!/^(?:\d{1,12}d)?(?:\d{1,12}h)?(?:\d{1,12}m)?(?:\d{1,12}s)?$/.test(text) || text === '') return null;
  let micros = 0n;
  for (const [, count, unit] of text.matchAll(/(\d+)([dhms])/g)) {
    micros += BigInt(count ?? 0) * UNITS[(unit ?? 's') as keyof typeof UNITS];
  }
  return micros <= LONGEST ? micros : null;
}

/** The shortest form that `parseDuration` reads back: `2h`, `1d12h`, `0s`. */
export function formatDuration(micros: bigint): string {
  let [rest, text] = [micros, ''];
  for (const unit of ['d', 'h', 'm', 's'] as const) {
    const count = rest / UNITS[unit];
    if (count > 0n) text += `${count}${unit}`;
    rest -= count * UNITS[unit];
  }
  return text === '' ? '0s' : text;
}
