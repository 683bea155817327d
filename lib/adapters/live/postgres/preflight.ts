import {
  columnsNamed,
  field,
  findRelation,
  identityOf,
  isUniqueBy,
  type Relation,
  UNTOLD,
} from '#lib/adapters/live/postgres/catalog';
import type { Connection } from '#lib/adapters/live/postgres/connection';
import type { Shape } from '#lib/adapters/live/postgres/statements';
import { qualified, type TableName, tableWords } from '#lib/adapters/live/postgres/table-name';
import { assertShape } from '#lib/adapters/live/postgres/target-shape';
import { deleteActions, whyNotWritable } from '#lib/adapters/live/postgres/warnings';
import { Failure } from '#lib/base/failure';
import type { Counts, LiveColumn, PatchHeader, TargetIdentity } from '#lib/patch/patch';

export type Checked = { readonly relation: Relation; readonly shape: Shape; readonly uniqueByKey: boolean };

/** That the table is there and the one that was previewed, on that server. Throws live.not_found, patch.target_changed. */
export async function assertTarget(
  connection: Connection,
  name: TableName,
  header: PatchHeader,
): Promise<void> {
  const { name: found } = await findRelation(connection, name);
  assertIdentity(header.target, await identityOf(connection, found));
}

/**
 * Everything that must hold before the first write. Looked at twice: before the rows are sent, and again when the table
 * is locked against a change of its columns. Throws live.not_found, live.not_writable, live.schema_changed.
 */
export async function checkTable(
  connection: Connection,
  name: TableName,
  header: PatchHeader,
  counts: Counts,
  undo: boolean,
): Promise<Checked> {
  const relation = await findRelation(connection, name);
  refuseAll(await whyNotWritable(connection, relation));
  const shape = shapeOf(relation, header, counts, undo);
  assertTypes([...header.keys, ...header.measures], relation);
  assertWritable(shape, counts);
  // an undo must go through also where somebody added a trigger since
  if (!undo) await assertShape(connection, relation, header);
  await assertRights(connection, relation, shape, counts);
  if (counts.deletes > 0) {
    refuseAll(
      (await deleteActions(connection, relation.oid)).map(
        (action) =>
          `deleting its rows acts on another table, which no undo could put back: the foreign key ${action}`,
      ),
    );
  }
  const keys = header.keys.map((key) => key.name);
  return { relation, shape, uniqueByKey: isUniqueBy(relation, keys) };
}

/** Nobody alters the table from here on; without a unique key nobody else writes to it either. */
export async function lockTable(
  run: Connection['query'],
  { relation, uniqueByKey }: Checked,
  counts: Counts,
): Promise<void> {
  // nothing else keeps a second row of the same key out
  const mode = counts.inserts > 0 && !uniqueByKey ? 'SHARE ROW EXCLUSIVE' : 'ROW EXCLUSIVE';
  await run(`LOCK TABLE ${qualified(relation.name)} IN ${mode} MODE`);
}

export function shapeOf(relation: Relation, header: PatchHeader, counts: Counts, undo: boolean): Shape {
  const names = (columns: readonly LiveColumn[]): string[] => columns.map((column) => column.name);
  const modes = new Map(header.measures.map((measure) => [measure.name, measure.mode]));
  return {
    table: qualified(relation.name),
    keys: columnsNamed(relation, names(header.keys)),
    measures: columnsNamed(relation, names(header.measures)).map((column) => ({
      ...column,
      mode: modes.get(column.name) ?? 'set',
    })),
    whole: relation.columns.filter((column) => !column.generated),
    undo,
    deletes: counts.deletes > 0,
  };
}

/** The address may have changed; what stands behind it may not. */
export function assertIdentity(planned: TargetIdentity, found: TargetIdentity): void {
  if (planned.kind !== 'postgres' || found.kind !== 'postgres') {
    throw new Failure('patch.target_changed', 'The patch was previewed on a file, not on this database.');
  }
  const differs: string[] = [];
  if (planned.systemIdentifier !== found.systemIdentifier && planned.systemIdentifier !== UNTOLD) {
    differs.push('it is another server (its system identifier differs)');
  }
  if (planned.database !== found.database)
    differs.push(`its database is ${found.database}, not ${planned.database}`);
  if (planned.schema !== found.schema || planned.table !== found.table) {
    differs.push(`the table is ${tableWords(found)}, not ${tableWords(planned)}`);
  }
  if (differs.length === 0) return;
  throw new Failure(
    'patch.target_changed',
    `This is not the live store that was previewed: ${differs.join('; ')}.`,
  );
}

function refuseAll(reasons: readonly string[]): void {
  if (reasons.length > 0) {
    throw new Failure('live.not_writable', `The live table cannot be patched: ${reasons.join('; ')}.`);
  }
}

export function assertTypes(planned: readonly LiveColumn[], relation: Relation): void {
  const changed = planned.flatMap((column) => {
    const now = columnsNamed(relation, [column.name])[0];
    if (now === undefined || now.sqlType === column.sqlType) return [];
    return [`${column.name} was ${column.sqlType}, is ${now.sqlType}`];
  });
  if (changed.length > 0) {
    throw new Failure(
      'live.schema_changed',
      `Columns of ${tableWords(relation.name)} changed since the preview: ${changed.join('; ')}.`,
    );
  }
}

export function assertWritable(shape: Shape, counts: Counts): void {
  const written = [
    ...(counts.updates > 0 ? shape.measures : []),
    ...(counts.inserts > 0 ? [...shape.keys, ...shape.measures] : []),
  ];
  const computed = new Set(written.filter((column) => column.generated).map((column) => column.name));
  if (shape.measures.length === 0 && counts.updates > 0) {
    throw new Failure('patch.damaged', 'The patch updates rows and has no measure.');
  }
  refuseAll([...computed].map((column) => `the database computes the column ${column} by itself`));
}

/** Names each right that is missing, instead of the database's bare "permission denied". */
export async function assertRights(
  connection: Connection,
  relation: Relation,
  shape: Shape,
  counts: Counts,
): Promise<void> {
  const needs: [string, string][] = [];
  const need = (right: string, columns: readonly LiveColumn[]): void => {
    for (const column of columns) needs.push([column.name, right]);
  };
  need('SELECT', counts.inserts + counts.deletes > 0 ? shape.whole : [...shape.keys, ...shape.measures]);
  if (counts.updates > 0) need('UPDATE', shape.measures);
  if (counts.inserts > 0) need('INSERT', shape.undo ? shape.whole : [...shape.keys, ...shape.measures]);
  const missing = await connection.query(
    `SELECT w.right, string_agg(w.name, ', ' ORDER BY w.name) FROM (
       SELECT DISTINCT n.name, n.right FROM unnest($2::text[], $3::text[]) AS n(name, "right")
        WHERE NOT has_column_privilege($1::oid, n.name, n.right)) w GROUP BY w.right ORDER BY w.right`,
    [relation.oid, needs.map(([name]) => name), needs.map(([, right]) => right)],
  );
  const reasons = missing.rows.map((row) => `${field(row, 0)} on ${field(row, 1)}`);
  if (counts.deletes > 0) {
    const { rows } = await connection.query(
      `SELECT has_table_privilege($1::oid, 'DELETE')::text, has_any_column_privilege($1::oid, 'UPDATE')::text`,
      [relation.oid],
    );
    if (field(rows[0], 0) !== 'true') reasons.push('DELETE');
    if (field(rows[0], 1) !== 'true') reasons.push('UPDATE on a column (to lock the rows to delete)');
  }
  refuseAll(reasons.length === 0 ? [] : [`this account lacks the right to ${reasons.join('; ')}`]);
}
