import { field, isUniqueBy, type Relation } from '#lib/adapters/live/postgres/catalog';
import { UNSUPPORTED } from '#lib/adapters/live/postgres/column-type';
import type { Connection } from '#lib/adapters/live/postgres/connection';
import { tableWords } from '#lib/adapters/live/postgres/table-name';
import type { Warning } from '#lib/archive/archive';

const KINDS: Readonly<Record<string, string>> = {
  v: 'is a view',
  m: 'is a materialized view',
  f: 'is a foreign table',
};

/** Why a relation cannot be patched, as far as one can see; [] where it can. */
export async function whyNotWritable(connection: Connection, relation: Relation): Promise<string[]> {
  const name = tableWords(relation.name);
  const reasons: string[] = [];
  const kind = KINDS[relation.kind];
  if (kind !== undefined) reasons.push(`${name} ${kind}`);
  if (relation.persistence === 'u') reasons.push(`${name} is unlogged: a crash would empty it`);
  if (relation.persistence === 't') reasons.push(`${name} is a temporary table`);
  if (relation.rowSecurity) reasons.push(`row-level security of ${name} hides rows from this account`);
  const { rows } = await connection.query(
    `SELECT pg_is_in_recovery()::text, current_user,
            (has_any_column_privilege($1::oid, 'SELECT'))::text,
            (has_any_column_privilege($1::oid, 'UPDATE') OR has_any_column_privilege($1::oid, 'INSERT')
             OR has_table_privilege($1::oid, 'DELETE'))::text`,
    [relation.oid],
  );
  if (field(rows[0], 0) === 'true') reasons.push('the server is a replica (in recovery)');
  if (field(rows[0], 2) !== 'true') reasons.push(`${field(rows[0], 1)} may not read ${name}`);
  if (field(rows[0], 3) !== 'true') reasons.push(`${field(rows[0], 1)} may not write to ${name}`);
  return reasons;
}

const TRIGGERS = `
  SELECT tgname, CASE WHEN tgtype & 1 = 1 THEN 'each row' ELSE 'each statement' END,
         CASE WHEN tgtype & 2 = 2 THEN 'before' WHEN tgtype & 64 = 64 THEN 'instead of' ELSE 'after' END,
         concat_ws(', ', CASE WHEN tgtype & 4 = 4 THEN 'insert' END, CASE WHEN tgtype & 16 = 16 THEN 'update' END,
                   CASE WHEN tgtype & 8 = 8 THEN 'delete' END)
    FROM pg_trigger WHERE tgrelid = $1::oid AND NOT tgisinternal AND tgenabled <> 'D' AND tgtype & 28 <> 0
   ORDER BY tgname`;
const RULES = `SELECT rulename FROM pg_rewrite WHERE ev_class = $1::oid AND rulename <> '_RETURN' AND ev_enabled <> 'D'`;

/** Foreign keys of other tables that act when a row of this one is deleted or its key changes. */
const ACTIONS = `
  SELECT conname, conrelid::regclass::text,
         CASE confdeltype WHEN 'c' THEN 'deletes' WHEN 'n' THEN 'sets NULL in' WHEN 'd' THEN 'sets the default in' END
    FROM pg_constraint
   WHERE confrelid = $1::oid AND contype = 'f' AND confdeltype IN ('c', 'n', 'd') AND conparentid = 0 ORDER BY conname`;

/** Foreign keys that change other tables when rows are deleted, in words; their rows have no pre-image. */
export async function deleteActions(connection: Connection, oid: string): Promise<string[]> {
  const { rows } = await connection.query(ACTIONS, [oid]);
  return rows.map((row) => `${field(row, 0)} ${field(row, 2)} ${field(row, 1)}`);
}

/** What the operator should know of a table before patching it. */
export async function warningsOf(
  connection: Connection,
  relation: Relation,
  keys: readonly string[],
): Promise<Warning[]> {
  const warnings: Warning[] = [];
  const name = tableWords(relation.name);
  const warn = (code: string, message: string): void => void warnings.push({ code, message });
  for (const row of (await connection.query(TRIGGERS, [relation.oid])).rows) {
    warn(
      'trigger',
      `The trigger ${field(row, 0)} runs ${field(row, 2)} ${field(row, 3)}, for ${field(row, 1)}.`,
    );
  }
  for (const row of (await connection.query(RULES, [relation.oid])).rows) {
    warn('rule', `The rule ${field(row, 0)} rewrites statements on ${name}.`);
  }
  for (const action of await deleteActions(connection, relation.oid)) {
    warn(
      'foreign_key_action',
      `The foreign key ${action} when a row is deleted: patches that delete are refused.`,
    );
  }
  columnWarnings(relation, keys, warn);
  return warnings;
}

function columnWarnings(
  relation: Relation,
  keys: readonly string[],
  warn: (code: string, message: string) => void,
): void {
  if (keys.length > 0 && !isUniqueBy(relation, keys)) {
    warn(
      'no_unique_key',
      `No unique index covers the key (${keys.join(', ')}); inserts lock the table against writers.`,
    );
  }
  if (relation.hasChildren)
    warn('inheritance', 'Other tables inherit from this one; their rows count as its own.');
  const of = (test: (column: Relation['columns'][number]) => boolean): string =>
    relation.columns
      .filter(test)
      .map((column) => column.name)
      .join(', ');
  const padded = of((column) => column.castType === 'bpchar');
  if (padded !== '') warn('blank_padded', `Trailing blanks do not count in ${padded} (type char).`);
  const generated = of((column) => column.generated);
  if (generated !== '')
    warn('generated_column', `The database computes ${generated}; a patch cannot write it.`);
  const unsupported = of((column) => column.type === UNSUPPORTED);
  if (unsupported !== '')
    warn('unsupported_type', `${unsupported} cannot be compared exactly and can be no measure.`);
  const needed = of(
    (c) => !c.nullable && !c.hasDefault && !c.generated && c.identity === '' && !keys.includes(c.name),
  );
  if (needed !== '') warn('insert_needs_column', `An inserted row must give a value to ${needed}.`);
}
