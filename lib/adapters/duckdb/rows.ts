import { z } from 'zod';
import { Bug } from '#lib/base/failure';
import { type Instant, parseInstant } from '#lib/base/instant';

/** A count that fits a JavaScript number; DuckDB gives BIGINT as text. */
export const count = z
  .union([
    z.number(),
    z
      .string()
      .regex(/^-?\d+$/)
      .transform(Number),
  ])
  .refine(Number.isSafeInteger);

/** The text that DuckDB gives for a TIMESTAMP in UTC -> an instant. */
export function instantOfText(text: string): Instant {
  const instant = parseInstant(`${text.replace(' ', 'T')}Z`);
  if (instant === null) throw new Bug(`not a timestamp of DuckDB: ${text}`);
  return instant;
}
