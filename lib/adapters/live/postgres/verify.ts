import { field, findRelation, identityOf, isUniqueBy } from '#lib/adapters/live/postgres/catalog';
import { reading } from '#lib/adapters/live/postgres/connection';
import { assertIdentity, shapeOf } from '#lib/adapters/live/postgres/preflight';
import { readFailure } from '#lib/adapters/live/postgres/sql-error';
import { comparedType, type Shape } from '#lib/adapters/live/postgres/statements';
import { lookUp, notApplied, type Target } from '#lib/adapters/live/postgres/target';
import { Failure } from '#lib/base/failure';
import { ident } from '#lib/base/sql';
import type { SealedPatch, Verification } from '#lib/patch/patch';

/**
 * Compares every patched cell with what the patch wrote, as the ledger has it. `moved`: all that differs was written
 * by delta (or inserted into a column that a delta is written to), so a consumer that goes on adding explains it.
 * Throws patch.not_applied, also where the patch was undone.
 */
export async function verifyPatch(target: Target, patch: SealedPatch): Promise<Verification> {
  const { counts, seal } = patch.header;
  const cells = counts.updates + counts.inserts + counts.deletes;
  if (cells === 0) return { cells: 0, match: 0, differ: 0, moved: 0 };
  const applied = await lookUp(target, seal);
  if (applied === null) throw notApplied();
  if (applied.undone)
    throw new Failure('patch.not_applied', `The patch was applied at ${applied.at} and undone.`);
  try {
    return await reading(target, async (connection) => {
      const relation = await findRelation(connection, target.name);
      assertIdentity(patch.header.target, await identityOf(connection, relation.name));
      const shape = shapeOf(relation, patch.header, counts, false);
      const keys = shape.keys.map((key) => key.name);
      // the ledger's rows have no statistics yet: without an index a nested loop would read the table for each
      if (!isUniqueBy(relation, keys)) await connection.query('SET LOCAL enable_nestloop = off');
      const row = (await connection.query(verifyStatement(shape, applied.entry))).rows[0];
      const [match, moved] = [Number(field(row, 0)), Number(field(row, 1))];
      return { cells, match, differ: cells - match - moved, moved };
    });
  } catch (error) {
    throw readFailure(error, target.address, 'The patched rows cannot be read');
  }
}

function verifyStatement(shape: Shape, entry: string): string {
  const tests = shape.measures.map((m, i) => {
    const same = `t.${ident(m.name)} IS NOT DISTINCT FROM (r.after)[${i + 1}]::${comparedType(m)}`;
    const added = m.mode === 'delta' ? `(r.op = 'insert' OR (r.delta)[${i + 1}] IS NOT NULL)` : 'false';
    return { same: `(${same})`, explained: `(${same} OR ${added})` };
  });
  const all = (part: 'same' | 'explained'): string => tests.map((test) => test[part]).join(' AND ') || 'true';
  const there = 't.ctid IS NOT NULL';
  return `
    SELECT (count(*) FILTER (WHERE state = 'match'))::text, (count(*) FILTER (WHERE state = 'moved'))::text FROM (
      SELECT r.seq, CASE WHEN count(*) > 1 THEN 'differ' ELSE min(CASE
               WHEN r.op = 'delete' THEN CASE WHEN ${there} THEN 'differ' ELSE 'match' END
               WHEN NOT (${there}) THEN 'differ'
               WHEN ${all('same')} THEN 'match'
               WHEN ${all('explained')} THEN 'moved' ELSE 'differ' END) END AS state
        FROM recount.patch_row r LEFT JOIN ${shape.table} t
          ON ${shape.keys.map((key, i) => `t.${ident(key.name)} = ((r.key)[${i + 1}])::${key.castType}`).join(' AND ')}
       WHERE r.entry = ${entry} GROUP BY r.seq) cells`;
}
