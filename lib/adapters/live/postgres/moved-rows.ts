import { field } from '#lib/adapters/live/postgres/catalog';
import type { Connection } from '#lib/adapters/live/postgres/connection';
import {
  addedSinceStatement,
  movedStatement,
  repeatedStatement,
  type Shape,
  type Source,
  wentBackTest,
} from '#lib/adapters/live/postgres/statements';
import { Failure } from '#lib/base/failure';

const LISTED = 20;

/** The failure that names the rows which are not as the patch expects; null where all are (so something else it is). */
export async function staleFailure(
  connection: Connection,
  shape: Shape,
  source: Source,
): Promise<Failure | null> {
  const moved = await connection.query(movedStatement(shape, source, LISTED), source.values);
  const total = moved.rows[0]?.[2];
  if (total === undefined || total === null) return null;
  return stale(
    moved.rows.map((row) => movedWords(shape, row)),
    Number(total),
  );
}

/** The failure that names keys which more than one live row has; null where there are none. */
export async function repeatedFailure(
  connection: Connection,
  shape: Shape,
  source: Source,
): Promise<Failure | null> {
  const repeated = await connection.query(repeatedStatement(shape, source, LISTED), source.values);
  if (repeated.rows.length === 0) return null;
  return stale(
    repeated.rows.map((row) => `${keyWords(shape, row)}: more than one live row has this key`),
    repeated.rows.length,
  );
}

/**
 * The failure that names rows which another patch wrote since the preview, and this one would add to, or says that nobody can
 * tell; null without any.
 */
export async function addedSinceFailure(
  connection: Connection,
  shape: Shape,
  source: Source,
  filed: Parameters<typeof addedSinceStatement>[2],
): Promise<Failure | null> {
  const { rows: back } = await connection.query(`SELECT (${wentBackTest(filed.seen)})::text`);
  if (back[0]?.[0] === 'true')
    return new Failure(
      'patch.stale',
      'The live store was put back to a point before this patch was previewed; what it adds was reckoned with rows that may be gone. Nothing was written.',
    );
  const since = await connection.query(addedSinceStatement(shape, source, filed), source.values);
  if (since.rows.length === 0) return null;
  const rows = since.rows.map((row) => `${keyWords(shape, row)}: written by another patch since`);
  return new Failure(
    'patch.stale',
    `Another patch was written after this one was previewed and has rows of it; adding to them again would count twice. Nothing was written. The first: ${rows[0] ?? ''}`,
    { details: { rows } },
  );
}

function stale(rows: readonly string[], total: number): Failure {
  const words = total === 1 ? '1 row is' : `${total} rows are`;
  return new Failure(
    'patch.stale',
    `${words} no longer as previewed; nothing was written. The first: ${rows[0] ?? ''}`,
    { details: { rows, total } },
  );
}

const shown = (value: string | null | undefined): string =>
  value === null || value === undefined ? 'NULL' : value === '' ? '""' : value;

const keyWords = (shape: Shape, values: readonly (string | null)[]): string =>
  shape.keys.map((key, i) => `${key.name} ${shown(values[i])}`).join(', ');

/** `user_id 42: total was 5.00, is 7.00`. */
function movedWords(shape: Shape, row: readonly (string | null)[]): string {
  const op = field(row, 0);
  const there = field(row, 1) === 'true';
  const keysFrom = 3;
  const beforeFrom = keysFrom + shape.keys.length;
  const nowFrom = beforeFrom + shape.measures.length;
  const key = keyWords(shape, row.slice(keysFrom, beforeFrom));
  if (!there) return `${key}: the row is gone`;
  const now = shape.measures.map((m, i) => `${m.name} is ${shown(row[nowFrom + i])}`).join(', ');
  if (op === 'insert') return `${key}: the row is there already, ${now}`;
  const changes = shape.measures.flatMap((m, i) => {
    const [before, after] = [row[beforeFrom + i], row[nowFrom + i]];
    return before === after ? [] : [`${m.name} was ${shown(before)}, is ${shown(after)}`];
  });
  return `${key}: ${changes.length === 0 ? 'another column of the row changed' : changes.join(', ')}`;
}
