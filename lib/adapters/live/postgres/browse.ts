import type { PostgresAddress } from '#lib/adapters/live/postgres/address';
import { clusterOf, field, findRelation } from '#lib/adapters/live/postgres/catalog';
import { reading, withConnection } from '#lib/adapters/live/postgres/connection';
import { readFailure } from '#lib/adapters/live/postgres/sql-error';
import { parseTableName } from '#lib/adapters/live/postgres/table-name';
import { warningsOf, whyNotWritable } from '#lib/adapters/live/postgres/warnings';
import type { Warning } from '#lib/archive/archive';
import type { LiveColumn } from '#lib/patch/patch';

export type ConnectionTest = {
  readonly product: string;
  readonly latencyMs: number;
  readonly systemIdentifier: string;
  readonly database: string;
  readonly user: string;
  /** The server is a replica, or the account's sessions cannot write. */
  readonly readOnly: boolean;
  readonly encrypted: boolean;
};

export type ListedTable = {
  readonly schema: string;
  readonly table: string;
  readonly kind: 'table' | 'view' | 'foreign table';
  /** Estimated; null where never analysed. */
  readonly rows: number | null;
  readonly writable: boolean;
};

export type TableDescription = {
  readonly columns: readonly LiveColumn[];
  readonly uniqueKeys: readonly (readonly string[])[];
  readonly rows: number | null;
  readonly notWritable: readonly string[];
  readonly warnings: readonly Warning[];
};

const FACTS = `
  SELECT current_setting('server_version'), session_user,
         (pg_is_in_recovery() OR current_setting('default_transaction_read_only') = 'on')::text,
         coalesce((SELECT ssl FROM pg_stat_ssl WHERE pid = pg_backend_pid()), false)::text`;

/** Signs in and asks what is there. Throws live.unreachable. `latencyMs`: one question and its answer. */
export async function testConnection(address: PostgresAddress): Promise<ConnectionTest> {
  try {
    return await withConnection(address, async (connection) => {
      const row = (await connection.query(FACTS)).rows[0];
      const startedMs = performance.now();
      await connection.query('SELECT 1');
      return {
        product: productName(field(row, 0)),
        latencyMs: Math.round((performance.now() - startedMs) * 10) / 10,
        ...(await clusterOf(connection)),
        user: field(row, 1),
        readOnly: field(row, 2) === 'true',
        encrypted: field(row, 3) === 'true',
      };
    });
  } catch (error) {
    throw readFailure(error, address, 'The live store cannot be tested');
  }
}

/** `15.18 (Debian 15.18-1)` -> `PostgreSQL 15.18`. */
export const productName = (version: string): string => `PostgreSQL ${version.split(' ')[0] ?? version}`;

const LIST = `
  SELECT n.nspname, c.relname, c.relkind, c.reltuples::float8::text,
         (c.relkind IN ('r', 'p') AND has_any_column_privilege(c.oid, 'UPDATE'))::text
    FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
   WHERE c.relkind IN ('r', 'p', 'v', 'm', 'f') AND NOT c.relispartition AND c.relpersistence <> 't'
     AND n.nspname NOT IN ('pg_catalog', 'information_schema', 'pg_toast', 'recount')
     AND has_schema_privilege(n.oid, 'USAGE') AND has_any_column_privilege(c.oid, 'SELECT')
   ORDER BY n.nspname, c.relname LIMIT 5000`;

/** The tables and views that the account may read, by schema and name; at most 5,000. */
export async function listTables(address: PostgresAddress): Promise<ListedTable[]> {
  try {
    return await reading(address, async (connection) => {
      const { rows } = await connection.query(LIST);
      return rows.map((row) => {
        const [kind, tuples] = [field(row, 2), Number(field(row, 3))];
        return {
          schema: field(row, 0),
          table: field(row, 1),
          kind: kind === 'f' ? 'foreign table' : kind === 'v' || kind === 'm' ? 'view' : 'table',
          rows: tuples < 0 ? null : Math.round(tuples),
          writable: field(row, 4) === 'true',
        };
      });
    });
  } catch (error) {
    throw readFailure(error, address, 'The tables of the live store cannot be listed');
  }
}

/** Columns, keys and warnings of one table, for choosing keys and measures. Throws live.not_found. */
export async function describeTable(address: PostgresAddress, table: string): Promise<TableDescription> {
  const name = parseTableName(table);
  try {
    return await reading(address, async (connection) => {
      const relation = await findRelation(connection, name);
      return {
        columns: relation.columns.map(({ name: column, sqlType, type, nullable }) => ({
          name: column,
          sqlType,
          type,
          nullable,
        })),
        uniqueKeys: relation.uniqueKeys,
        rows: relation.estimatedRows,
        notWritable: await whyNotWritable(connection, relation),
        warnings: await warningsOf(connection, relation, []),
      };
    });
  } catch (error) {
    throw readFailure(error, address, `The live table ${table} cannot be described`);
  }
}
