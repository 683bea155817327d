import { z } from 'zod';
import type { DiscrepancyRow } from '#lib/compare/discrepancy';

// Apart from lib/compare/comment.ts, which pages load: they need no parser for it.
const Key = z.tuple([z.array(z.string().nullable()), z.string().nullable()]);

/** The row that a key names. Throws for a text that `cellKey` did not write. */
export function readCellKey(text: string): Pick<DiscrepancyRow, 'keys' | 'bucket'> {
  const [keys, bucket] = Key.parse(JSON.parse(text));
  return { keys, bucket };
}
