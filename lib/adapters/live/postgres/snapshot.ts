import { createReadStream, createWriteStream } from 'node:fs';
import { open } from 'node:fs/promises';
import { pipeline } from 'node:stream/promises';
import { from as copyFrom, to as copyTo } from 'pg-copy-streams';
import { columnsNamed, field, findRelation, type Relation } from '#lib/adapters/live/postgres/catalog';
import {
  type CatalogColumn,
  rendered,
  UNREADABLE,
  UNSUPPORTED,
} from '#lib/adapters/live/postgres/column-type';
import {
  applySettings,
  type Connection,
  READING_SETTINGS,
  withConnection,
} from '#lib/adapters/live/postgres/connection';
import { csvRows } from '#lib/adapters/live/postgres/key-file';
import { readFailure, serverWords, sqlState } from '#lib/adapters/live/postgres/sql-error';
import { parseTableName, qualified, tableWords } from '#lib/adapters/live/postgres/table-name';
import type { Target } from '#lib/adapters/live/postgres/target';
import { Failure } from '#lib/base/failure';
import { ident, literal } from '#lib/base/sql';
import type { SnapshotScope } from '#lib/patch/live-store';

/** A large table may take long to read; a dead connection is found by keep-alive. */
const NO_LIMIT = 0;
const KEY_BATCH_ROWS = 50_000;
/** From this part of the table on, reading it whole is faster than looking rows up; the caller leaves out the rest. */
const WHOLE_FROM_SHARE = 0.3;

type Request = {
  readonly relation: Relation;
  readonly columns: readonly CatalogColumn[];
  readonly scope: SnapshotScope;
  readonly to: string;
};

/**
 * Streams rows into a CSV file by COPY, all as of one moment, in one transaction that cannot write. Rows that
 * row-level security would hide are an error. Answers how many rows. Throws live.unreachable, live.not_found,
 * live.schema_changed, live.unreadable, live.value_unreadable.
 */
export async function snapshot(
  target: Target,
  columns: readonly string[],
  scope: SnapshotScope,
  to: string,
  table?: string,
): Promise<number> {
  const name = table === undefined ? target.name : parseTableName(table);
  try {
    return await withConnection(
      target.address,
      async (connection) => {
        await connection.query('BEGIN ISOLATION LEVEL REPEATABLE READ READ WRITE');
        await applySettings(connection, READING_SETTINGS);
        const relation = await findRelation(connection, name);
        const named = columnsNamed(relation, columns, 'plan.live.column_unknown');
        refuseUnsupported(relation, named);
        const rows = await readScope(connection, { relation, columns: named, scope, to });
        await connection.query('ROLLBACK');
        return rows;
      },
      NO_LIMIT,
      target.closed,
    );
  } catch (error) {
    throw snapshotFailure(target, error, `The live table ${tableWords(name)} cannot be read`);
  }
}

function snapshotFailure(target: Target, error: unknown, what: string): unknown {
  const words = serverWords(error);
  const at = words.indexOf(UNREADABLE);
  if (at >= 0 && /^22/.test(sqlState(error) ?? '')) {
    const fact = words.slice(at + UNREADABLE.length + 1).replace(/"$/, '');
    return new Failure('live.value_unreadable', `A live value has no exact form to compare: ${fact}.`);
  }
  return readFailure(error, target.address, what);
}

function refuseUnsupported(relation: Relation, columns: readonly CatalogColumn[]): void {
  const wrong = columns.filter((column) => column.type === UNSUPPORTED);
  if (wrong.length === 0) return;
  const list = wrong.map((column) => `${column.name} (${column.sqlType})`).join(', ');
  throw new Failure(
    'plan.live.type',
    `${tableWords(relation.name)} has columns that cannot be compared exactly: ${list}.`,
  );
}

async function readScope(connection: Connection, request: Request): Promise<number> {
  const { relation, scope } = request;
  const { keyFile } = scope;
  const rows = relation.estimatedRows ?? 0;
  // nothing is saved by looking up single rows in a small table, or most rows of any
  if (keyFile === undefined || keyFile.rows > rows * WHOLE_FROM_SHARE) {
    await connection.query('SET TRANSACTION READ ONLY');
    return copyOut(connection, request, []);
  }
  const keys = columnsNamed(relation, keyFile.columns, 'plan.live.column_unknown');
  if (await mayCreateTemporary(connection)) {
    await loadKeys(connection, relation, keys, keyFile.path);
    await connection.query('SET TRANSACTION READ ONLY');
    const list = keys.map((key) => `t.${ident(key.name)}`).join(', ');
    const wanted = keys.map((key) => ident(key.name)).join(', ');
    return copyOut(connection, request, [`(${list}) IN (SELECT ${wanted} FROM pg_temp.recount_keys)`]);
  }
  await connection.query('SET TRANSACTION READ ONLY');
  return selectOut(connection, request, keys, keyFile.path);
}

async function mayCreateTemporary(connection: Connection): Promise<boolean> {
  const { rows } = await connection.query(
    `SELECT (has_database_privilege(current_database(), 'TEMPORARY') AND NOT pg_is_in_recovery())::text`,
  );
  return field(rows[0], 0) === 'true';
}

async function loadKeys(
  connection: Connection,
  relation: Relation,
  keys: readonly CatalogColumn[],
  file: string,
): Promise<void> {
  const columns = keys.map((key) => `${ident(key.name)} ${key.castType}`).join(', ');
  await connection.query(`CREATE TEMPORARY TABLE recount_keys (${columns}) ON COMMIT DROP`);
  const names = keys.map((key) => ident(key.name)).join(', ');
  const text = `COPY pg_temp.recount_keys (${names}) FROM STDIN (FORMAT csv, HEADER)`;
  try {
    await pipeline(createReadStream(file), connection.client.query(copyFrom(text)));
  } catch (error) {
    if (!/^22/.test(sqlState(error) ?? '')) throw error;
    throw new Failure(
      'plan.live.type',
      `A key of the calculation is no value of the key columns of ${tableWords(relation.name)}: ${serverWords(error)}.`,
    );
  }
  await connection.query('ANALYZE pg_temp.recount_keys');
}

/** The SELECT of a snapshot. Text is cast to the column's type, so that a range means what the column means. */
function selectText({ relation, columns, scope }: Request, conditions: readonly string[]): string {
  const where = [...conditions];
  const { bucket } = scope;
  if (bucket !== undefined) {
    const type = columnsNamed(relation, [bucket.column], 'plan.live.column_unknown')[0]?.castType ?? 'text';
    const name = `t.${ident(bucket.column)}`;
    const ranges = bucket.ranges.map(
      ({ from, to }) => `(${name} >= ${literal(from)}::${type} AND ${name} < ${literal(to)}::${type})`,
    );
    where.push(ranges.length === 0 ? 'false' : `(${ranges.join(' OR ')})`);
  }
  const list = columns.map((column) => `${rendered(column, 't')} AS ${ident(column.name)}`).join(', ');
  const filter = where.length === 0 ? '' : ` WHERE ${where.join(' AND ')}`;
  return `SELECT ${list} FROM ${qualified(relation.name)} t${filter}`;
}

async function copyOut(
  connection: Connection,
  request: Request,
  conditions: readonly string[],
): Promise<number> {
  const select = selectText(request, conditions);
  const stream = connection.client.query(
    copyTo(`COPY (${select}) TO STDOUT (FORMAT csv, HEADER, FORCE_QUOTE *)`),
  );
  await pipeline(stream, createWriteStream(request.to));
  return stream.rowCount;
}

const csvField = (value: string | null): string => (value === null ? '' : `"${value.replaceAll('"', '""')}"`);

/** For roles without temporary tables: the keys travel in batches, and the rows of each come back as text. */
async function selectOut(
  connection: Connection,
  request: Request,
  keys: readonly CatalogColumn[],
  file: string,
): Promise<number> {
  const arrays = keys.map((_, i) => `$${i + 1}::text[]`).join(', ');
  const names = keys.map((_, i) => `k${i}`).join(', ');
  const typed = keys.map((key, i) => `(u.k${i})::${key.castType}`).join(', ');
  const list = keys.map((key) => `t.${ident(key.name)}`).join(', ');
  const condition = `(${list}) IN (SELECT ${typed} FROM unnest(${arrays}) AS u(${names}))`;
  const select = selectText(request, [condition]);
  const out = await open(request.to, 'w');
  let rows = 0;
  try {
    await out.write(`${request.columns.map((column) => csvField(column.name)).join(',')}\n`);
    for await (const batch of csvRows(file, keys.length, KEY_BATCH_ROWS)) {
      const found = await connection.query(select, batch);
      await out.write(found.rows.map((row) => `${row.map(csvField).join(',')}\n`).join(''));
      rows += found.rows.length;
    }
  } finally {
    await out.close();
  }
  return rows;
}
