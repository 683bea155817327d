import { type CatalogColumn, UNSUPPORTED } from '#lib/adapters/live/postgres/column-type';
import { LEDGER_INSERT } from '#lib/adapters/live/postgres/ledger';
import { STAGED, stagedColumns } from '#lib/adapters/live/postgres/staging';
import * as sql from '#lib/adapters/live/postgres/statements';
import { qualified, tableWords } from '#lib/adapters/live/postgres/table-name';
import type { Target } from '#lib/adapters/live/postgres/target';
import { settingWords } from '#lib/adapters/live/postgres/transaction';
import type { LiveColumn, PatchHeader } from '#lib/patch/patch';

const grouped = (n: number): string => n.toLocaleString('en-US');
const rowsWord = (n: number): string => `${grouped(n)} ${n === 1 ? 'row' : 'rows'}`;
const ENTRY = ':entry';

/** The statements of an apply, by the very builders that run, with the counts each must reach. */
export function reviewSql(target: Target, header: PatchHeader): string {
  const { updates, inserts, deletes } = header.counts;
  const rows = updates + inserts + deletes;
  const shape = reviewShape(target, header);
  const source = { from: STAGED, values: [] };
  const columns = stagedColumns(shape).map(({ name, type }) => `${name} ${type}`);
  const names = [...header.keys, ...header.measures].map((column) => column.name);
  const parts = [
    `-- ${rowsWord(rows)} of ${shape.table}: ${grouped(updates)} updated, ${grouped(inserts)} inserted, ${grouped(deletes)} deleted.`,
    '-- All of it, or nothing. key_N, before_N, after_N stand for these columns, counted from 0:',
    `-- ${names.join(', ')}`,
    'BEGIN ISOLATION LEVEL READ COMMITTED READ WRITE;',
    ...settingWords({ ...target, rows, applicationName: `recount:${header.seal.slice(0, 12)}` }),
    '',
    `-- ${rowsSource(header)} Sent before anything is locked.`,
    `CREATE TEMPORARY TABLE recount_rows (seq bigint, op text, ${columns.join(', ')}, whole jsonb) ON COMMIT DROP;`,
    header.kind === 'undo'
      ? `INSERT INTO ${STAGED} SELECT … FROM recount.patch_row …;  -- ${rowsWord(rows)}`
      : `COPY ${STAGED} FROM STDIN;  -- ${rowsWord(rows)}`,
    '',
    '-- The ledger before the table: a second apply of the same seal stops here.',
    `${LEDGER_INSERT};`,
    `LOCK TABLE ${shape.table} IN ROW EXCLUSIVE MODE;`,
  ];
  const statement = (words: string, text: string): void => void parts.push('', `-- ${words}`, `${text};`);
  if (updates + deletes > 0) {
    statement(
      `Lock in key order and keep each row as it is now (a row to delete with all its columns). Must be exactly ${rowsWord(updates + deletes)}.`,
      sql.lockStatement(shape, source, ENTRY),
    );
  }
  const seen = header.targetShape?.seen;
  if (seen !== undefined && sql.addsTo(shape)) {
    const filed = { entry: ENTRY, table: tableWords(target.name), seen };
    statement(
      'Rows that another patch wrote since the preview: adding to them would count twice. Must be none.',
      sql.addedSinceStatement(shape, source, filed),
    );
  }
  if (inserts > 0)
    statement('Rows to insert that are there already. Must be 0.', sql.presentStatement(shape, source));
  parts.push('', "-- From here to the read-back triggers see the role's own search_path and row_security.");
  if (deletes > 0) statement(`Must delete exactly ${rowsWord(deletes)}.`, sql.deleteStatement(shape, source));
  if (updates > 0) statement(`Must update exactly ${rowsWord(updates)}.`, sql.updateStatement(shape, source));
  if (inserts > 0) {
    statement(
      `Must insert exactly ${rowsWord(inserts)}. Without a unique index on the key the table is locked against writers before.`,
      sql.insertStatement(shape, source),
    );
  }
  parts.push(
    '',
    '-- Deferred constraints and triggers now, not at COMMIT.',
    'SET CONSTRAINTS ALL IMMEDIATE;',
  );
  statement(
    `Read back: ${rowsWord(updates + inserts)} as planned, and none of the deleted.`,
    sql.readBackStatement(shape, source, ENTRY),
  );
  if (inserts > 0)
    statement('Keep the inserted rows for an undo.', sql.recordStatement(shape, source, ENTRY));
  parts.push('', 'COMMIT;', '');
  return parts.join('\n');
}

function rowsSource({ seal, undoes }: PatchHeader): string {
  if (undoes === undefined) return `The rows as approved, seal ${seal}.`;
  const but = undoes.leftOut.length === 0 ? '' : `, without the ${rowsWord(undoes.leftOut.length)} left out`;
  return `The rows that the ledger kept of the patch with the seal ${undoes.seal}, turned round${but}; approved with the seal ${seal}.`;
}

// the header knows the patched columns only; what a delete keeps of the others is named when it runs
function reviewShape(target: Target, header: PatchHeader): sql.Shape {
  const column = (each: LiveColumn): CatalogColumn => ({
    ...each,
    castType: each.sqlType.replace(/\(\d+(,-?\d+)?\)/, '').replace(/^character$/, 'bpchar'),
    identity: '',
    generated: false,
    hasDefault: false,
  });
  const keys = header.keys.map(column);
  const measures = header.measures.map((each) => ({ ...column(each), mode: each.mode }));
  return {
    table: qualified(target.name),
    keys,
    measures,
    whole: [...keys, ...measures].filter((each) => each.type !== UNSUPPORTED),
    undo: header.kind === 'undo',
    deletes: header.counts.deletes > 0,
  };
}
