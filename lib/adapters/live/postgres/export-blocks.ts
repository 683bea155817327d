import { familySql, type Relation, UNTOLD } from '#lib/adapters/live/postgres/catalog';
import { LEDGER_LINE, ledgerValues, patchKey } from '#lib/adapters/live/postgres/ledger';
import { STAGED } from '#lib/adapters/live/postgres/staging';
import * as sql from '#lib/adapters/live/postgres/statements';
import { tableWords } from '#lib/adapters/live/postgres/table-name';
import { actsSql } from '#lib/adapters/live/postgres/target-shape';
import { literal } from '#lib/base/sql';
import type { PatchHeader, Signatures } from '#lib/patch/patch';

/** What an exported file is made from. */
export type Exported = {
  readonly header: PatchHeader;
  readonly signatures: Signatures;
  readonly relation: Relation;
  readonly shape: sql.Shape;
  readonly uniqueByKey: boolean;
};

const WRITTEN = 'pg_temp.recount_written';
const MOST_LISTED = 20;

/** `words` is an SQL expression of type text. */
const refuse = (words: string): string => `RAISE EXCEPTION USING MESSAGE = 'recount: ' || ${words};`;
const refuseIf = (test: string, words: string): string =>
  `  IF ${test} THEN\n    ${refuse(words)}\n  END IF;`;
const nothing = (words: string): string => literal(`${words}; nothing was written`);

/** A DO statement; its quote is one that its text does not have. */
function block(declare: readonly string[], body: readonly string[]): string {
  const text = `#variable_conflict use_column\nDECLARE\n${declare.map((each) => `  ${each};`).join('\n')}\nBEGIN\n${body.join('\n')}\nEND `;
  let tag = '$recount$';
  for (let n = 1; text.includes(tag); n += 1) tag = `$recount${n}$`;
  return `DO ${tag}\n${text}${tag};`;
}

/** That it is the database that was previewed, and that it has the table: asked before the rows come, locking nothing. */
export function placeBlock({ header, relation, shape }: Exported): string {
  const { target } = header;
  const body = [refuseIf('pg_is_in_recovery()', nothing('this server is a replica'))];
  if (target.kind === 'postgres') {
    body.push(
      refuseIf(
        `current_database() <> ${literal(target.database)}`,
        nothing(`this is not the database ${target.database}`),
      ),
    );
    if (target.systemIdentifier !== UNTOLD) {
      body.push(
        `  IF has_function_privilege('pg_catalog.pg_control_system()', 'EXECUTE') THEN`,
        refuseIf(
          `(SELECT system_identifier::text FROM pg_control_system()) <> ${literal(target.systemIdentifier)}`,
          nothing('this is another server than the one that was previewed (its system identifier differs)'),
        ),
        '  END IF;',
      );
    }
  }
  body.push(isThere(relation, shape));
  return block([], body);
}

const isThere = (relation: Relation, shape: sql.Shape): string =>
  refuseIf(
    `to_regclass(${literal(shape.table)}) IS NULL`,
    nothing(`there is no table ${tableWords(relation.name)}`),
  );

/** Locks the table against a change of its shape, and looks that nothing changed it since the preview. */
function tablePart({ header, relation, shape, uniqueByKey }: Exported): string[] {
  const { counts } = header;
  const oid = `${literal(shape.table)}::regclass`;
  const name = tableWords(relation.name);
  // nothing else keeps a second row of the same key out
  const mode = counts.inserts > 0 && !uniqueByKey ? 'SHARE ROW EXCLUSIVE' : 'ROW EXCLUSIVE';
  const body = [
    isThere(relation, shape),
    `  LOCK TABLE ${shape.table} IN ${mode} MODE;`,
    refuseIf(
      `NOT EXISTS (SELECT FROM pg_class WHERE oid = ${oid} AND relkind IN ('r', 'p') AND relpersistence = 'p')`,
      nothing(`${name} is no ordinary table`),
    ),
    refuseIf(
      `EXISTS (SELECT FROM pg_class WHERE oid IN (${familySql(oid)}) AND (relkind = 'f' OR relpersistence <> 'p'))`,
      nothing(`a part of ${name} is a foreign, unlogged or temporary table`),
    ),
    refuseIf(`row_security_active(${oid})`, nothing(`row-level security of ${name} hides rows`)),
    typesTest(header, oid),
  ];
  if (header.targetShape !== undefined) body.push(shapeTest(header, oid));
  if (counts.deletes > 0) {
    const acting = `EXISTS (SELECT FROM pg_constraint WHERE confrelid IN (${familySql(oid)}) AND contype = 'f' AND confdeltype IN ('c', 'n', 'd') AND conparentid = 0)`;
    body.push(refuseIf(acting, nothing('a foreign key acts on another table when a row is deleted')));
  }
  return body;
}

const tuples = (rows: readonly (readonly string[])[]): string =>
  rows.map((row) => `(${row.map(literal).join(', ')})`).join(', ');

function typesTest(header: PatchHeader, oid: string): string {
  const columns = [...header.keys, ...header.measures].map((column) => [column.name, column.sqlType]);
  return `  SELECT string_agg(w.name || ' was ' || w.type || ', is ' || coalesce(format_type(a.atttypid, a.atttypmod), 'gone'), '; ')
    INTO recount_words
    FROM (VALUES ${tuples(columns)}) AS w(name, type)
    LEFT JOIN pg_attribute a ON a.attrelid = ${oid} AND a.attname = w.name AND a.attnum > 0 AND NOT a.attisdropped
   WHERE a.attname IS NULL OR format_type(a.atttypid, a.atttypmod) <> w.type;
${refuseIf('recount_words IS NOT NULL', `'columns changed since the preview: ' || recount_words || '; nothing was written'`)}`;
}

function shapeTest(header: PatchHeader, oid: string): string {
  const acts = header.targetShape?.acts ?? [];
  const then =
    acts.length === 0
      ? `SELECT ''::text, ''::text, ''::text WHERE false`
      : `VALUES ${tuples(acts.map((act) => [act.kind, act.name, act.sha256]))}`;
  const now = actsSql(oid);
  return `  SELECT string_agg(DISTINCT d.kind || ' ' || d.name, '; ') INTO recount_words
    FROM ((${now} EXCEPT (${then})) UNION ALL ((${then}) EXCEPT ${now})) AS d(kind, name, hash);
${refuseIf('recount_words IS NOT NULL', `'new, changed or gone since the preview: ' || recount_words || '; nothing was written'`)}`;
}

/** Every write of the patch, in the order of an apply. */
export function writeBlock(exported: Exported): string {
  const { header, shape, uniqueByKey } = exported;
  const { updates, inserts, deletes } = header.counts;
  const source = { from: STAGED, values: [] };
  const stale = `
    SELECT string_agg(left(m::text, 300), '; ') INTO recount_words FROM (${sql.movedStatement(shape, source, MOST_LISTED)}) m;
    ${refuse(`'rows are no longer as previewed; nothing was written. (operation, there, how many, keys, values expected, values now): ' || coalesce(recount_words, 'none to be named')`)}`;
  const touch = (what: string, planned: number, text: string): string[] => [
    `  ${text};`,
    '  GET DIAGNOSTICS recount_n = ROW_COUNT;',
    refuseIf(
      `recount_n <> ${planned}`,
      `'the ${what} touched ' || recount_n || ' rows, not ${planned}: a trigger or rule stands in the way; nothing was written'`,
    ),
  ];
  // the ledger before the table, as an apply does: two that meet never wait for each other in a circle
  const body = [loadedTest(header), ...ledgerPart(exported), ...tablePart(exported)];
  if (!uniqueByKey) {
    body.push(
      refuseIf(
        `EXISTS (${sql.repeatedStatement(shape, source, 1)})`,
        nothing('more than one live row has a key of the patch'),
      ),
    );
  }
  if (updates + deletes > 0) {
    body.push(
      `  ${sql.lockStatement(shape, source, '0', WRITTEN)};`,
      '  GET DIAGNOSTICS recount_n = ROW_COUNT;',
      `  IF recount_n <> ${updates + deletes} THEN${stale}\n  END IF;`,
    );
  }
  body.push(...addedSinceTest(exported));
  if (inserts > 0) body.push(`  IF (${sql.presentStatement(shape, source)}) <> '0' THEN${stale}\n  END IF;`);
  body.push(OWN_SETTINGS);
  if (deletes > 0) body.push(...touch('delete', deletes, sql.deleteStatement(shape, source)));
  if (updates > 0) body.push(...touch('update', updates, sql.updateStatement(shape, source)));
  if (inserts > 0) body.push(...touch('insert', inserts, sql.insertStatement(shape, source)));
  body.push('  SET CONSTRAINTS ALL IMMEDIATE;', FILE_SETTINGS, readBackTest(exported));
  if (inserts > 0) body.push(...touch('record', inserts, sql.recordStatement(shape, source, '0', WRITTEN)));
  body.push(
    `  IF recount_ledger THEN
    INSERT INTO recount.patch_row (entry, seq, op, key, before, after, delta, whole)
    SELECT recount_entry, w.seq, w.op, w.key, w.before, w.after, w.delta, w.whole FROM ${WRITTEN} w ORDER BY w.seq;
  END IF;`,
  );
  const declared = ['recount_n bigint', 'recount_m bigint', 'recount_words text', 'recount_entry bigint'];
  return block([...declared, 'recount_ledger boolean'], body);
}

function loadedTest({ counts }: PatchHeader): string {
  const ops = ['update', 'insert', 'delete'].map((op) => `count(*) FILTER (WHERE s.op = '${op}')`).join(', ');
  return refuseIf(
    `(SELECT (${ops}) <> (${counts.updates}, ${counts.inserts}, ${counts.deletes}) FROM ${STAGED} s)`,
    nothing('the file is not complete'),
  );
}

const OWN_SETTINGS = `  PERFORM set_config('search_path', current_setting('recount.search_path'), true),
          set_config('row_security', current_setting('recount.row_security'), true);`;
const FILE_SETTINGS = `  PERFORM pg_catalog.set_config('search_path', 'pg_catalog', true), pg_catalog.set_config('row_security', 'off', true);`;

/** At most once: by the ledger where there is one. Added deltas have no other guard, so they need one. */
function ledgerPart({ header, signatures, relation, shape }: Exported): string[] {
  const values = ledgerValues({
    key: patchKey(header),
    attempt: 0,
    counts: header.counts,
    table: tableWords(relation.name),
    header,
    signatures,
    leftOut: 0,
  });
  const attempt = `(SELECT coalesce(max(l.attempt), 0) + 1 FROM recount.patch_ledger l WHERE l.patch_id = ${literal(header.id)})`;
  const text = LEDGER_LINE.replace(/\$(\d+)/g, (_, n: string) => {
    const value = values[Number(n) - 1] ?? null;
    return n === '2' ? attempt : value === null ? 'NULL' : literal(value);
  });
  const applied = `EXISTS (SELECT FROM recount.patch_ledger l WHERE l.seal = ${literal(header.seal)} AND l.kind = 'patch' AND l.outcome = 'applied')`;
  const adds = shape.measures.some((measure) => measure.mode === 'delta');
  const without = adds
    ? `\n  ELSE\n    ${refuse(nothing('this patch adds to values, and without the ledger (schema recount) nothing would stop it from being added twice: run the ledger script first'))}`
    : '';
  return [
    `  recount_ledger := to_regclass('recount.patch_ledger') IS NOT NULL AND to_regclass('recount.patch_row') IS NOT NULL;
  IF recount_ledger THEN
  ${refuseIf(applied, nothing('the ledger has this patch already'))}
    ${text}
    RETURNING entry INTO recount_entry;${without}
  END IF;`,
  ];
}

function addedSinceTest({ header, relation, shape }: Exported): string[] {
  const seen = header.targetShape?.seen;
  if (seen === undefined || !sql.addsTo(shape)) return [];
  const filed = { entry: 'recount_entry', table: tableWords(relation.name), seen };
  return [
    refuseIf(
      sql.wentBackTest(seen),
      nothing(
        'this database was put back to a point before the preview; what is added was reckoned with rows that may be gone',
      ),
    ),
    refuseIf(
      `EXISTS (${sql.addedSinceStatement(shape, { from: STAGED, values: [] }, filed)})`,
      nothing(
        'another patch was written since this one was previewed and has rows of it; adding to them again would count twice',
      ),
    ),
  ];
}

function readBackTest({ header, shape }: Exported): string {
  const { updates, inserts } = header.counts;
  const source = { from: STAGED, values: [] };
  return `  SELECT r.same, r.still INTO recount_n, recount_m
    FROM (${sql.readBackStatement(shape, source, '0', WRITTEN)}) AS r(same, still);
${refuseIf(
  `recount_n <> ${updates + inserts} OR recount_m <> 0`,
  nothing('read back, rows do not hold what was written: a trigger changed them, or a column rounds'),
)}`;
}
