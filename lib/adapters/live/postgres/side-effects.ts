import { familySql, field } from '#lib/adapters/live/postgres/catalog';
import type { Connection } from '#lib/adapters/live/postgres/connection';
import type { Checked } from '#lib/adapters/live/postgres/preflight';
import { tableWords } from '#lib/adapters/live/postgres/table-name';
import { deleteActions, triggersOf, updateActions } from '#lib/adapters/live/postgres/warnings';
import type { Counts } from '#lib/patch/patch';

const grouped = (n: number): string => n.toLocaleString('en-US');

// what this transaction has written so far, by the server's own count
const WRITTEN = `
  SELECT n.nspname, c.relname, (s.n_tup_ins)::text, (s.n_tup_upd)::text, (s.n_tup_del)::text,
         (c.oid = $1::oid)::text
    FROM pg_stat_xact_all_tables s JOIN pg_class c ON c.oid = s.relid JOIN pg_namespace n ON n.oid = c.relnamespace
   WHERE s.n_tup_ins + s.n_tup_upd + s.n_tup_del > 0 AND c.relpersistence <> 't'
     AND n.nspname NOT IN ('pg_catalog', 'pg_toast', 'recount') AND NOT c.oid = ANY ($2::oid[])
   ORDER BY n.nspname, c.relname`;

/** What a roll-back leaves behind in a table is worth a word from here on. */
const NOTABLE_VERSIONS = 10_000;

const PARTS = `SELECT f.oid::text FROM (${familySql('$1::oid')}) f WHERE f.oid <> $1::oid`;

const SEQUENCES = `
  SELECT a.attname, pg_get_serial_sequence(quote_ident(n.nspname) || '.' || quote_ident(c.relname), a.attname)
    FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid JOIN pg_namespace n ON n.oid = c.relnamespace
   WHERE a.attrelid = $1::oid AND a.attnum > 0 AND NOT a.attisdropped AND NOT a.attname = ANY ($2::text[])
     AND pg_get_serial_sequence(quote_ident(n.nspname) || '.' || quote_ident(c.relname), a.attname) IS NOT NULL
   ORDER BY a.attnum`;

/**
 * What the writing did besides the patch's rows, in words: triggers that ran for them, rows that were written in other
 * tables (counted by the server), and what a roll-back leaves: numbers drawn from sequences.
 */
export async function sideEffects(
  connection: Connection,
  checked: Checked,
  counts: Counts,
): Promise<string[]> {
  const { relation, shape } = checked;
  const used = new Set([
    ...(counts.inserts > 0 ? ['insert'] : []),
    ...(counts.updates > 0 ? ['update'] : []),
    ...(counts.deletes > 0 ? ['delete'] : []),
  ]);
  const effects = (await triggersOf(connection, relation.oid))
    .filter((trigger) => trigger.events.some((event) => used.has(event)))
    .map(({ name, part, when, each, events }) => {
      const ran = events.filter((event) => used.has(event)).join(', ');
      return part === null
        ? `The trigger ${name} ran ${when} ${each}, for ${ran}.`
        : `The trigger ${name} runs ${when} ${each} of it, for ${ran}.`;
    });
  if (counts.deletes > 0) {
    for (const action of await deleteActions(connection, relation.oid))
      effects.push(`The foreign key ${action} when a row is deleted.`);
  }
  if (counts.updates > 0) {
    const measures = shape.measures.map((m) => m.name);
    for (const action of await updateActions(connection, relation.oid, measures))
      effects.push(`The foreign key ${action} when a value it points to changes.`);
  }
  effects.push(...(await writtenElsewhere(connection, checked, counts)));
  if (counts.inserts > 0) effects.push(...(await drawn(connection, checked)));
  const versions = counts.inserts + counts.updates;
  if (versions >= NOTABLE_VERSIONS) {
    const name = tableWords(relation.name);
    effects.push(
      `${grouped(versions)} row versions that nobody sees stay in ${name} until vacuum clears them.`,
    );
  }
  return effects;
}

async function writtenElsewhere(
  connection: Connection,
  { relation }: Checked,
  counts: Counts,
): Promise<string[]> {
  // rows of a partitioned table are counted at its partitions, inherited ones at the child
  const parts = await connection.query(PARTS, [relation.oid]);
  const { rows } = await connection.query(WRITTEN, [relation.oid, parts.rows.map((row) => field(row, 0))]);
  return rows.flatMap((row) => {
    const isTarget = field(row, 5) === 'true';
    const [inserts, updates, deletes] = [2, 3, 4].map((i) => Number(field(row, i)));
    const more = [
      { word: 'inserted', n: (inserts ?? 0) - (isTarget ? counts.inserts : 0) },
      { word: 'updated', n: (updates ?? 0) - (isTarget ? counts.updates : 0) },
      { word: 'deleted', n: (deletes ?? 0) - (isTarget ? counts.deletes : 0) },
    ].flatMap(({ word, n }) => (n > 0 ? [`${grouped(n)} ${n === 1 ? 'row' : 'rows'} ${word}`] : []));
    if (more.length === 0) return [];
    const name = tableWords({ schema: field(row, 0), table: field(row, 1) });
    return [`${isTarget ? `Beyond the patch, in ${name}` : `Also in ${name}`}: ${more.join(', ')}.`];
  });
}

async function drawn(connection: Connection, { relation, shape }: Checked): Promise<string[]> {
  const given = (shape.undo ? shape.whole : [...shape.keys, ...shape.measures]).map((c) => c.name);
  const { rows } = await connection.query(SEQUENCES, [relation.oid, given]);
  return rows.map(
    (row) => `Numbers drawn for ${field(row, 0)} (${field(row, 1)}) stay drawn, also after the roll-back.`,
  );
}
