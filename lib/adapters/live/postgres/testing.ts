import { randomBytes } from 'node:crypto';
import pg from 'pg';
import { type PostgresAddress, parseAddress } from '#lib/adapters/live/postgres/address';
import type { Limits } from '#lib/adapters/live/postgres/limits';
import { postgresStore } from '#lib/adapters/live/postgres/postgres-store';
import { ident, literal } from '#lib/base/sql';
import type { ColumnSpec, LiveRow } from '#lib/patch/conformance/patch-fixture';
import type { LiveHarness, LiveUnderTest, TableSpec } from '#lib/patch/conformance/user-totals';

const SQL_TYPES: Readonly<Record<ColumnSpec['type'], string>> = {
  VARCHAR: 'text',
  BIGINT: 'bigint',
  'DECIMAL(18,2)': 'numeric(18,2)',
  DOUBLE: 'double precision',
  'TIMESTAMP WITH TIME ZONE': 'timestamptz',
};

/** Quick limits: a test that waits for a lock must not wait five seconds. */
export const QUICK: Partial<Limits> = { lockMs: 700, settleMs: 20_000 };

/** Runs statements as the given role, each value as text. */
export async function sqlRows(url: string, text: string): Promise<(string | null)[][]> {
  const client = new pg.Client({
    connectionString: url,
    types: { getTypeParser: () => (value: string) => value },
  });
  client.on('error', () => {});
  await client.connect();
  try {
    // the tests' superuser is called recount: its own schema would come before public
    await client.query("set timezone = 'UTC'; set search_path = public");
    const result = await client.query<(string | null)[]>({ text, rowMode: 'array' });
    return result.rows ?? [];
  } finally {
    await client.end();
  }
}

/** A role that may do only what is granted, and the url to sign in as it. */
export async function createRole(url: string, grants: (role: string) => string): Promise<string> {
  const role = `r_${randomBytes(4).toString('hex')}`;
  await sqlRows(url, `create role ${role} login password 'secret-${role}'; ${grants(role)}`);
  const own = new URL(url);
  own.username = role;
  own.password = `secret-${role}`;
  return own.href;
}

export const freshTable = (): string => `t_${randomBytes(5).toString('hex')}`;

const value = (text: string | null | undefined): string =>
  text === null || text === undefined ? 'NULL' : literal(text);

/** The conformance suite's tables, in a real server; `as` makes the url that the store signs in with. */
export function postgresHarness(
  url: () => string,
  name: string,
  as: (adminUrl: string, table: string) => Promise<string> = async (adminUrl) => adminUrl,
): LiveHarness {
  return {
    name,
    create: async (spec) => {
      const table = freshTable();
      await createTable(url(), table, spec);
      const address = parseAddress(await as(url(), table));
      return underTest(url(), table, spec, address);
    },
  };
}

async function createTable(url: string, table: string, spec: TableSpec): Promise<void> {
  const columns = spec.columns.map((column) => `${ident(column.name)} ${SQL_TYPES[column.type]}`);
  const key = spec.unique ? [`primary key (${spec.keys.map(ident).join(', ')})`] : [];
  const rows = spec.rows.map((row) => insertText(table, row));
  await sqlRows(url, [`create table ${table} (${[...columns, ...key].join(', ')})`, ...rows].join(';\n'));
}

const insertText = (table: string, row: LiveRow): string =>
  `insert into ${table} (${Object.keys(row).map(ident).join(', ')}) values (${Object.values(row).map(value).join(', ')})`;

const where = (key: LiveRow): string =>
  Object.entries(key)
    .map(([name, text]) => `${ident(name)} = ${value(text)}`)
    .join(' and ');

function underTest(url: string, table: string, spec: TableSpec, address: PostgresAddress): LiveUnderTest {
  const store = postgresStore({
    address,
    table: `public.${table}`,
    keys: spec.keys,
    limits: QUICK,
  });
  const shown = (column: ColumnSpec): string =>
    column.type === 'TIMESTAMP WITH TIME ZONE'
      ? `to_char(${ident(column.name)}, 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"')`
      : `${ident(column.name)}::text`;
  return {
    store,
    read: async () => {
      const rows = await sqlRows(url, `select ${spec.columns.map(shown).join(', ')} from ${table}`);
      return rows.map((row) =>
        Object.fromEntries(spec.columns.map((column, i) => [column.name, row[i] ?? null])),
      );
    },
    disturb: async (key, values) => {
      const set = Object.entries(values ?? {}).map(([name, text]) => `${ident(name)} = ${value(text)}`);
      const text = values === null ? `delete from ${table}` : `update ${table} set ${set.join(', ')}`;
      await sqlRows(url, `${text} where ${where(key)}`);
    },
    add: async (row) => void (await sqlRows(url, insertText(table, row))),
  };
}
