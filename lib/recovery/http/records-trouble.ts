import { recordsTrouble } from '#lib/adapters/store/records-trouble';
import { CODES, type Code } from '#lib/base/codes';

const TROUBLE_CODES = {
  away: 'server.database',
  busy: 'server.busy',
  contended: 'server.contended',
} as const satisfies Record<NonNullable<ReturnType<typeof recordsTrouble>>, Code>;

/** The code of what is wrong with the records, by what was thrown; null where that is something else. */
export function recordsTroubleCode(error: unknown): Code | null {
  const trouble = recordsTrouble(error);
  return trouble === null ? null : TROUBLE_CODES[trouble];
}

/** What a page says of it, that is made on the server and has nothing to show without the records. */
export function recordsTroubleWords(error: unknown): { code: Code; message: string; fix: string } | null {
  const code = recordsTroubleCode(error);
  return code === null ? null : { code, message: CODES[code].what, fix: CODES[code].fix };
}
