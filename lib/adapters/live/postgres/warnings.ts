import { familySql, field, isUniqueBy, type Relation } from '#lib/adapters/live/postgres/catalog';
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
export const whyNotWritable = async (connection: Connection, relation: Relation): Promise<string[]> =>
  (await obstacles(connection, relation)).map((obstacle) => obstacle.words);

/** What stands in a patch's way, and by which check of a preflight it is found. */
export type Obstacle = {
  readonly check: 'identity' | 'primary' | 'privileges' | 'row_security';
  readonly words: string;
};

export async function obstacles(connection: Connection, relation: Relation): Promise<Obstacle[]> {
  const name = tableWords(relation.name);
  const found: Obstacle[] = [];
  const add = (check: Obstacle['check'], words: string): void => void found.push({ check, words });
  const kind = KINDS[relation.kind];
  if (kind !== undefined) add('identity', `${name} ${kind}`);
  if (relation.persistence === 'u') add('identity', `${name} is unlogged: a crash would empty it`);
  if (relation.persistence === 't') add('identity', `${name} is a temporary table`);
  if (relation.rowSecurity) add('row_security', `row-level security of ${name} hides rows from this account`);
  const { rows } = await connection.query(
    `SELECT pg_is_in_recovery()::text, current_user,
            (has_any_column_privilege($1::oid, 'SELECT'))::text,
            (has_any_column_privilege($1::oid, 'UPDATE') OR has_any_column_privilege($1::oid, 'INSERT')
             OR has_table_privilege($1::oid, 'DELETE'))::text`,
    [relation.oid],
  );
  for (const row of (await connection.query(UNFIT_PARTS, [relation.oid])).rows) {
    add('identity', `${field(row, 0)}, whose rows are those of ${name}, ${PART_WORDS[field(row, 1)] ?? ''}`);
  }
  if (field(rows[0], 0) === 'true') add('primary', 'the server is a replica (in recovery)');
  if (field(rows[0], 2) !== 'true') add('privileges', `${field(rows[0], 1)} may not read ${name}`);
  if (field(rows[0], 3) !== 'true') add('privileges', `${field(rows[0], 1)} may not write to ${name}`);
  return found;
}

const UNFIT_PARTS = `
  SELECT c.oid::regclass::text, CASE WHEN c.relkind = 'f' THEN 'f' ELSE c.relpersistence END
    FROM pg_class c WHERE c.oid IN (${familySql('$1::oid')}) AND c.oid <> $1::oid
     AND (c.relkind = 'f' OR c.relpersistence <> 'p') ORDER BY 1`;
const PART_WORDS: Readonly<Record<string, string>> = {
  f: 'is a foreign table: what is written there is not committed together with the rest',
  u: 'is unlogged: a crash would empty it',
  t: 'is a temporary table',
};

// of partitions and children only what was made there (no clone of the table's own), and only for each row: theirs for each
// statement do not run
const TRIGGERS = `
  SELECT tgname, CASE WHEN tgtype & 1 = 1 THEN 'each row' ELSE 'each statement' END,
         CASE WHEN tgtype & 2 = 2 THEN 'before' WHEN tgtype & 64 = 64 THEN 'instead of' ELSE 'after' END,
         concat_ws(', ', CASE WHEN tgtype & 4 = 4 THEN 'insert' END, CASE WHEN tgtype & 16 = 16 THEN 'update' END,
                   CASE WHEN tgtype & 8 = 8 THEN 'delete' END),
         CASE WHEN tgrelid <> $1::oid THEN tgrelid::regclass::text END
    FROM pg_trigger
   WHERE (tgrelid = $1::oid OR tgparentid = 0 AND tgtype & 1 = 1 AND tgrelid IN (${familySql('$1::oid')}))
     AND NOT tgisinternal AND tgenabled <> 'D' AND tgtype & 28 <> 0
   ORDER BY tgname, tgrelid::regclass::text`;
const RULES = `SELECT rulename FROM pg_rewrite WHERE ev_class = $1::oid AND rulename <> '_RETURN' AND ev_enabled <> 'D'`;

/** Foreign keys of other tables, to this one or to a part of it, that act when a row is deleted or its key changes. */
const ACTIONS = `
  SELECT conname, conrelid::regclass::text,
         CASE confdeltype WHEN 'c' THEN 'deletes' WHEN 'n' THEN 'sets NULL in' WHEN 'd' THEN 'sets the default in' END
    FROM pg_constraint
   WHERE confrelid IN (${familySql('$1::oid')}) AND contype = 'f' AND confdeltype IN ('c', 'n', 'd') AND conparentid = 0
   ORDER BY conname`;

/** A trigger that somebody made, and when it runs. */
export type Trigger = {
  readonly name: string;
  /** The partition or child that it was made on, and whose rows alone it runs for; null: the table itself. */
  readonly part: string | null;
  readonly each: string;
  readonly when: string;
  readonly events: readonly string[];
};

export async function triggersOf(connection: Connection, oid: string): Promise<Trigger[]> {
  const { rows } = await connection.query(TRIGGERS, [oid]);
  return rows.map((row) => ({
    name: row[4] == null ? field(row, 0) : `${field(row, 0)} on ${row[4]}`,
    part: row[4] ?? null,
    each: field(row, 1),
    when: field(row, 2),
    events: field(row, 3).split(', '),
  }));
}

const UPDATE_ACTIONS = `
  SELECT conname, conrelid::regclass::text,
         CASE confupdtype WHEN 'c' THEN 'changes' WHEN 'n' THEN 'sets NULL in' WHEN 'd' THEN 'sets the default in' END
    FROM pg_constraint
   WHERE confrelid IN (${familySql('$1::oid')}) AND contype = 'f' AND confupdtype IN ('c', 'n', 'd') AND conparentid = 0
     AND EXISTS (SELECT FROM pg_attribute a
                  WHERE a.attrelid = confrelid AND a.attnum = ANY (confkey) AND a.attname = ANY ($2::text[]))
   ORDER BY conname`;

/** Foreign keys that change other tables when one of the columns is updated, in words. */
export async function updateActions(
  connection: Connection,
  oid: string,
  columns: readonly string[],
): Promise<string[]> {
  const { rows } = await connection.query(UPDATE_ACTIONS, [oid, columns]);
  return rows.map((row) => `${field(row, 0)} ${field(row, 2)} ${field(row, 1)}`);
}

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
  for (const { name: trigger, when, events, each } of await triggersOf(connection, relation.oid)) {
    warn('trigger', `The trigger ${trigger} runs ${when} ${events.join(', ')}, for ${each}.`);
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
