import { formatCount } from '#components/ui/format.ts';
import type { AuditLineView } from '#lib/report/audit-view';

/** `2026-11-22 14:05:01.000042`, to the microsecond; the zone stands in the head of the column. */
export const exactTime = (iso: string): string => `${iso.slice(0, 10)} ${iso.slice(11, 26)}`;

const VIA: Readonly<Record<string, string>> = {
  session: 'Signed in',
  token: 'API token',
  provider: 'Sign-in of the organisation',
  recount: 'Recount itself',
  command: 'Command line',
  link: 'Sign-in link',
  nothing: 'Not signed in',
};

/** How whoever did it had signed in. */
export const viaWords = (via: string | null): string => (via === null ? 'Not noted then' : (VIA[via] ?? via));

/** Where it came from, in a word: the address, else how. */
export const originWords = ({ address, via }: AuditLineView): string => address ?? viaWords(via);

/** `patch 3f2a1b9c`: the first piece of an id is enough to tell two apart. */
export const subjectWords = (subject: string): string =>
  subject.replace(
    /\b([0-9a-f]{8})(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}\b|\b([0-9A-Za-z]{8})[0-9A-Za-z]{16,}\b/g,
    '$1$2',
  );

/** `entries 12 to 30 are`: the subject of a sentence about entries that are lost. */
export const entriesWords = ({ from, to }: { readonly from: number; readonly to: number }): string =>
  from === to ? `entry ${formatCount(from)} is` : `entries ${formatCount(from)} to ${formatCount(to)} are`;
