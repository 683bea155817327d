import { findRelation, identityOf, isUniqueBy, type Relation } from '#lib/adapters/live/postgres/catalog';
import { reading } from '#lib/adapters/live/postgres/connection';
import { type Exported, placeBlock, writeBlock } from '#lib/adapters/live/postgres/export-blocks';
import { assertIdentity, assertTypes, shapeOf } from '#lib/adapters/live/postgres/preflight';
import { readFailure } from '#lib/adapters/live/postgres/sql-error';
import { patchValues, STAGED, stagedColumns } from '#lib/adapters/live/postgres/staging';
import type { Shape } from '#lib/adapters/live/postgres/statements';
import { tableWords } from '#lib/adapters/live/postgres/table-name';
import type { Target } from '#lib/adapters/live/postgres/target';
import { settingWords } from '#lib/adapters/live/postgres/transaction';
import { Failure } from '#lib/base/failure';
import { literal } from '#lib/base/sql';
import type { PatchBatch, SealedPatch, Signatures } from '#lib/patch/patch';

const ROWS_A_STATEMENT = 1_000;

/**
 * The patch as one SQL file for a DBA, in pieces of at most 1,000 rows: the same statements as an apply, with the same
 * guards, counts and read-back, in one transaction of its own. Throws patch.export for an undo, patch.nothing, live.*.
 */
export async function* exportSql(
  target: Target,
  patch: SealedPatch,
  signatures: Signatures = { author: patch.header.author, approvedBy: null, approvedAt: null },
): AsyncGenerator<string> {
  const { header } = patch;
  const rows = header.counts.updates + header.counts.inserts + header.counts.deletes;
  if (header.kind === 'undo')
    throw new Failure(
      'patch.export',
      'An undo takes its rows from the ledger; it is not handed out as SQL.',
      {
        fix: 'Let Recount undo it.',
      },
    );
  if (rows === 0) throw new Failure('patch.nothing', 'The patch has no rows.');
  const exported: Exported = { ...(await look(target, patch)), header, signatures };
  const begin = { ...target, rows, applicationName: `recount:${header.seal.slice(0, 12)}:file` };
  yield `${preface(exported, rows)}
BEGIN ISOLATION LEVEL READ COMMITTED READ WRITE;
SET LOCAL client_encoding = 'UTF8';
${KEEP_OWN}
${settingWords(begin).join('\n')}

${placeBlock(exported)}

-- The rows, sent before anything is locked.
${tables(exported.shape)}
`;
  for await (const batch of patch.rows()) {
    for (let from = 0; from < batch.size; from += ROWS_A_STATEMENT)
      yield rowsText(exported.shape, batch, from, Math.min(from + ROWS_A_STATEMENT, batch.size));
  }
  yield `ANALYZE ${STAGED};

${writeBlock(exported)}

COMMIT;
`;
}

async function look(
  target: Target,
  { header }: SealedPatch,
): Promise<{ relation: Relation; shape: Shape; uniqueByKey: boolean }> {
  try {
    return await reading(target, async (connection) => {
      const relation = await findRelation(connection, target.name);
      assertIdentity(header.target, await identityOf(connection, relation.name));
      assertTypes([...header.keys, ...header.measures], relation);
      const keys = header.keys.map((key) => key.name);
      return {
        relation,
        shape: shapeOf(relation, header, header.counts, false),
        uniqueByKey: isUniqueBy(relation, keys),
      };
    });
  } catch (error) {
    throw readFailure(error, target.address, 'The live table cannot be described');
  }
}

/** One line of a comment: what people wrote may not end it. */
const line = (words: string, value: string): string =>
  `-- ${words.padEnd(12)}${value.replace(/[\p{Cc}\p{Zl}\p{Zp}]+/gu, ' ')}`;

function preface({ header, relation, signatures }: Exported, rows: number): string {
  const { updates, inserts, deletes } = header.counts;
  const grouped = (n: number): string => n.toLocaleString('en-US');
  const { approvedBy, approvedAt } = signatures;
  return [
    '-- A patch of Recount as one SQL file. All of it is written in one transaction, or nothing.',
    line('patch', `${header.id}${header.title === null ? '' : ` (${header.title})`}`),
    line('seal', header.seal),
    line('table', tableWords(relation.name)),
    line(
      'rows',
      `${grouped(rows)}: ${grouped(updates)} updated, ${grouped(inserts)} inserted, ${grouped(deletes)} deleted`,
    ),
    line('author', signatures.author),
    line(
      'approved by',
      approvedBy === null ? 'none' : `${approvedBy}${approvedAt === null ? '' : `, ${approvedAt}`}`,
    ),
    '--',
    '-- Run it on the primary, as a role that may write the table and, where there is one, the ledger (schema recount):',
    '--   psql -X -v ON_ERROR_STOP=1 -d DATABASE -f THIS_FILE',
    '-- It begins and commits by itself: do not wrap it into a transaction.',
    '-- It ends with COMMIT. Anything else (an ERROR, ROLLBACK) means that nothing was written; the error says why:',
    '-- rows that moved since the preview are listed, and then a new preview is the way on.',
    '-- Run again, it refuses: the ledger knows the seal, and without a ledger the rows are no longer as before.',
    '',
  ].join('\n');
}

// triggers and constraints see the settings of whoever runs the file
const KEEP_OWN = `DO $recount$ BEGIN
  PERFORM pg_catalog.set_config('recount.search_path', pg_catalog.current_setting('search_path'), true),
          pg_catalog.set_config('recount.row_security', pg_catalog.current_setting('row_security'), true);
END $recount$;`;

function tables(shape: Shape): string {
  const columns = stagedColumns(shape).map(({ name, type }) => `${name} ${type}`);
  return `CREATE TEMPORARY TABLE recount_rows (seq bigint, op text, ${columns.join(', ')}, whole jsonb) ON COMMIT DROP;
CREATE TEMPORARY TABLE recount_written (entry bigint, seq bigint, op text, key text[], before text[], after text[],
  delta text[], whole jsonb) ON COMMIT DROP;
`;
}

function rowsText(shape: Shape, batch: PatchBatch, from: number, to: number): string {
  const names = ['seq', 'op', ...stagedColumns(shape).map((column) => column.name)];
  const columns = patchValues(shape, batch);
  const rows: string[] = [];
  for (let row = from; row < to; row += 1) {
    const values = columns.map((column) => quoted(column[row] ?? null));
    rows.push(`(${[String(batch.seq[row]), literal(batch.op[row] ?? ''), ...values].join(', ')})`);
  }
  const text = `INSERT INTO ${STAGED} (${names.join(', ')}) VALUES\n${rows.join(',\n')};\n`;
  if (text.isWellFormed()) return text;
  throw new Failure('patch.export', 'The patch has text that is no valid Unicode.');
}

/** A value whatever standard_conforming_strings says: a client reads the file before its settings take hold. */
function quoted(value: string | null): string {
  if (value === null) return 'NULL';
  return value.includes('\\') ? `E${literal(value.replaceAll('\\', '\\\\'))}` : literal(value);
}
