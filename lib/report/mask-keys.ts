import type { Report } from '#lib/report/report';

/**
 * The report with every key masked. `short` makes a few characters of a key that tell keys apart and lead back to none
 * (a keyed hash). What is shown of the key itself is its first two characters, and none where it has no more than three.
 */
export function maskKeys(report: Report, short: (key: string) => string): Report {
  const mask = (key: string | null): string | null =>
    key === null ? null : `${[...key].length > 3 ? [...key].slice(0, 2).join('') : ''}…${short(key)}`;
  return { ...report, largest: report.largest.map((row) => ({ ...row, keys: row.keys.map(mask) })) };
}
