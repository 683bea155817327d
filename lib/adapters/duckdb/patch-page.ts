import { z } from 'zod';
import { literal } from '#lib/base/sql';
import { changeOf } from '#lib/patch/change';
import type { PatchHeader, PatchRowsPage } from '#lib/patch/patch';
import type { Session } from '#lib/replay/session';

const Row = z.record(z.string(), z.string().nullable());
const Written = z.enum(['update', 'insert', 'delete']);

export type PatchRow = PatchRowsPage['rows'][number];

/** Rows of `patch.parquet` from `offset` on, in the patch's own order; values as exact text. */
export async function readPatchRows(
  session: Session,
  path: string,
  header: PatchHeader,
  offset: number,
  limit: number,
): Promise<PatchRow[]> {
  const rows = await session.rows(
    `SELECT * EXCLUDE (seq), seq::VARCHAR AS seq FROM read_parquet(${literal(path)})
      WHERE seq >= ${offset} AND seq < ${offset + limit} ORDER BY seq::BIGINT`,
    Row,
  );
  return rows.map((row) => {
    const side = (name: string): (string | null)[] =>
      header.measures.map((_, i) => row[`${name}_${i}`] ?? null);
    const [before, after] = [side('before'), side('after')];
    return {
      op: Written.parse(row.op),
      keys: header.keys.map((_, i) => row[`key_${i}`] ?? null),
      before,
      after,
      delta: header.measures.map(({ type }, i) => changeOf(before[i] ?? null, after[i] ?? null, type)),
    };
  });
}
