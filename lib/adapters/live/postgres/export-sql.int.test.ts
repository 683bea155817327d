import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parseAddress } from '#lib/adapters/live/postgres/address';
import { LEDGER_STATEMENTS } from '#lib/adapters/live/postgres/ledger-script';
import { postgresStore } from '#lib/adapters/live/postgres/postgres-store';
import { createRole, freshTable, QUICK, sqlRows } from '#lib/adapters/live/postgres/testing';
import { startTestPostgres, type TestPostgres } from '#lib/adapters/postgres-server/testing';
import {
  type ColumnSpec,
  type PatchRowSpec,
  type PatchSpec,
  sealedPatch,
} from '#lib/patch/conformance/patch-fixture';
import type { SealedPatch } from '#lib/patch/patch';

let server: TestPostgres;
beforeAll(async () => {
  server = await startTestPostgres();
});
afterAll(() => server.stop());

const by = { signatures: { author: 'Ann', approvedBy: null, approvedAt: null } };
const KEY: ColumnSpec = { name: 'key', type: 'VARCHAR' };
const N: ColumnSpec = { name: 'n', type: 'DECIMAL(18,2)' };
const TEXT: ColumnSpec = { name: 'text', type: 'VARCHAR' };
const HOSTILE = ["o'hara", '\\', "\\'; drop", ':name', '$recount$', 'a\nb\t', '名前 🙂', '{}', '-- x', ''];
const ROWS: readonly PatchRowSpec[] = [
  ...HOSTILE.map((key, i): PatchRowSpec => {
    if (i % 3 === 0) return { op: 'update', key: [key], before: ['1', key], after: ['2', `${key}!`] };
    if (i % 3 === 1) return { op: 'delete', key: [key], before: ['1', key] };
    return { op: 'insert', key: [key], after: ['3', null] };
  }),
];
const SPEC: PatchSpec = { keys: [KEY], measures: [N, TEXT], rows: ROWS };

const storeAt = (url: string, table: string) =>
  postgresStore({ address: parseAddress(url), table: `public.${table}`, keys: ['key'], limits: QUICK });
const quoted = (text: string): string => `'${text.replaceAll("'", "''")}'`;
const content = (table: string) =>
  sqlRows(server.url, `select key, n, text, note from ${table} order by key`);

async function tableWith(more = 'select 1', key = 'primary key'): Promise<string> {
  const table = freshTable();
  const rows = HOSTILE.flatMap((each, i) =>
    i % 3 === 2 ? [] : [`(${quoted(each)}, 1, ${quoted(each)}, 'n${i}')`],
  );
  await sqlRows(
    server.url,
    `create table ${table} (key text ${key}, n numeric(18,2), text text, note text);
     insert into ${table} values ${rows.join(', ')}; ${more.replaceAll('TBL', table)}`,
  );
  return table;
}

async function patchOf(table: string, spec: PatchSpec = SPEC): Promise<SealedPatch> {
  const described = await storeAt(server.url, table).describe();
  const patch = sealedPatch(described, spec);
  const { shape } = described;
  const title = "a 'title'\nDROP TABLE x; \u2028";
  return {
    ...patch,
    header: { ...patch.header, title, ...(shape === undefined ? {} : { targetShape: shape }) },
  };
}

async function fileOf(table: string, patch: SealedPatch): Promise<string> {
  let text = '';
  for await (const part of storeAt(server.url, table).exportSql(patch)) text += part;
  return text;
}

/** Runs a whole file as one simple query, as `psql -f` sends its statements one by one. */
async function run(text: string, url = server.url, options = ''): Promise<Error | null> {
  const client = new pg.Client({ connectionString: url, options });
  client.on('error', () => {});
  await client.connect();
  try {
    await client.query(text);
    return null;
  } catch (error) {
    return error instanceof Error ? error : new Error(String(error));
  } finally {
    await client.end();
  }
}

const ledgerThere = () => sqlRows(server.url, LEDGER_STATEMENTS.join(';\n'));
const ledgerGone = () => sqlRows(server.url, 'drop schema if exists recount cascade');

describe('a patch as an SQL file', () => {
  it('writes what an apply writes, files it in the ledger, and refuses the second time', async () => {
    await ledgerThere();
    const [table, twin] = [await tableWith(), await tableWith()];
    const before = await content(table);
    await storeAt(server.url, twin).apply(await patchOf(twin), by);
    const patch = await patchOf(table);
    const text = await fileOf(table, patch);
    expect(await run(text)).toBeNull();
    expect(await content(table)).toEqual(await content(twin));
    const store = storeAt(server.url, table);
    expect(await store.ledger(patch.header)).toMatchObject({
      outcome: 'applied',
      author: 'Ann',
      approvedBy: null,
    });
    expect(await store.verify(patch)).toEqual({ cells: 10, match: 10, differ: 0, moved: 0 });
    expect((await run(text))?.message).toMatch(/the ledger has this patch already; nothing was written/);
    expect(await store.apply(patch, by)).toBe('already_applied');
    expect(await store.undo(patch, by)).toBe('undone');
    expect(await content(table)).toEqual(before);
    expect((await run(text))?.message).toMatch(/the ledger has this patch already/);
    expect(await content(table)).toEqual(before);
  });

  it('runs without a ledger and without a single right but those on the table, and refuses again', async () => {
    await ledgerGone();
    const table = await tableWith();
    const plain = await createRole(
      server.url,
      (role) => `grant select, insert, update, delete on ${table} to ${role}`,
    );
    const text = await fileOf(table, await patchOf(table));
    expect(await run(text, plain)).toBeNull();
    const after = await content(table);
    expect(after.find(([key]) => key === '\\')).toBeUndefined();
    expect(after.find(([key]) => key === "\\'; drop")?.slice(1, 3)).toEqual(['3.00', null]);
    expect((await run(text, plain))?.message).toMatch(/rows are no longer as previewed/);
    expect(await content(table)).toEqual(after);
  });

  it('reads its values right whatever the client says of backslashes', async () => {
    await ledgerThere();
    const table = await tableWith();
    const text = await fileOf(table, await patchOf(table));
    expect(await run(text, server.url, '-c standard_conforming_strings=off')).toBeNull();
    expect((await content(table)).find(([key]) => key === ':name')?.slice(1, 3)).toEqual(['2.00', ':name!']);
  });

  it.each([
    ['a row that moved', "update TBL set n = 1.01 where key = 'o''hara'", /no longer as previewed.*o'hara/s],
    ['a row to insert that is there', "insert into TBL values ('a\nb\t', 1)", /no longer as previewed/],
    ['a new trigger', 'create rule r as on delete to TBL do also select 1', /rule r; nothing was written/],
    [
      'a column of another type',
      'alter table TBL alter n type numeric(20,2)',
      /n was numeric\(18,2\), is num/,
    ],
    ['a check', 'alter table TBL add constraint small check (n < 3) not valid', /"small"/],
  ])('%s: nothing is written', async (_, change, words) => {
    await ledgerThere();
    const table = await tableWith();
    const patch = await patchOf(table);
    const text = await fileOf(table, patch);
    await sqlRows(server.url, change.replaceAll('TBL', table));
    const before = await content(table);
    expect((await run(text))?.message).toMatch(words);
    expect(await content(table)).toEqual(before);
    expect((await storeAt(server.url, table).ledger(patch.header)).outcome).toBe('none');
  });

  it('refuses another database, and a file of which rows are missing', async () => {
    const table = await tableWith();
    const patch = await patchOf(table);
    const text = await fileOf(table, patch);
    const elsewhere = text.replaceAll("current_database() <> '", "current_database() <> 'not_");
    expect((await run(elsewhere))?.message).toMatch(/this is not the database/);
    const short = await fileOf(table, { ...patch, rows: async function* () {} });
    expect((await run(short))?.message).toMatch(/the file is not complete/);
  });

  it('adds deltas once: only where the ledger is there', async () => {
    await ledgerGone();
    const table = await tableWith();
    const patch = await patchOf(table, {
      keys: [KEY],
      measures: [{ ...N, mode: 'delta' }],
      rows: [{ op: 'update', key: ["o'hara"], before: ['1'], after: ['3'], delta: ['2'] }],
    });
    const text = await fileOf(table, patch);
    expect((await run(text))?.message).toMatch(/run the ledger script first/);
    await ledgerThere();
    await sqlRows(server.url, `update ${table} set n = 10 where key = 'o''hara'`);
    expect(await run(text)).toBeNull();
    expect((await run(text))?.message).toMatch(/already/);
    expect((await content(table)).find(([key]) => key === "o'hara")?.[1]).toBe('12.00');
    expect(await storeAt(server.url, table).undo(patch, by)).toBe('undone');
  });

  it('guards a table without a unique key, too', async () => {
    await ledgerThere();
    const table = await tableWith("insert into TBL values ('o''hara', 1, 'o''hara')", 'not null');
    const text = await fileOf(table, await patchOf(table));
    expect((await run(text))?.message).toMatch(/more than one live row/);
    await sqlRows(server.url, `delete from ${table} where key = 'o''hara' and note is null`);
    expect(await run(text)).toBeNull();
  });

  it('locks nothing that others use until its rows are there', async () => {
    await ledgerThere();
    const table = await tableWith();
    const patch = await patchOf(table);
    const text = await fileOf(table, patch);
    const at = text.indexOf('ANALYZE pg_temp.recount_rows;');
    const client = new pg.Client({ connectionString: server.url });
    await client.connect();
    try {
      await client.query(text.slice(0, at));
      const change = `alter table public.${table} add column more text; create index on recount.patch_row (op)`;
      await sqlRows(server.url, `set lock_timeout = '300ms'; ${change}`);
      await client.query(text.slice(at));
    } finally {
      await client.end();
    }
    expect((await storeAt(server.url, table).ledger(patch.header)).outcome).toBe('applied');
  });

  it('keeps what people wrote inside its comments', async () => {
    const table = await tableWith();
    const text = await fileOf(table, await patchOf(table));
    const head = text.slice(0, text.indexOf('\nBEGIN'));
    expect(head.split('\n').every((line) => line === '' || line.startsWith('--'))).toBe(true);
    expect(head).toContain('psql -X -v ON_ERROR_STOP=1');
    expect(head).toContain((await patchOf(table)).header.seal);
  });

  it('comes in pieces of at most 1,000 rows', async () => {
    const table = await tableWith();
    const rows = Array.from(
      { length: 12_345 },
      (_, i): PatchRowSpec => ({
        op: 'insert',
        key: [`k${i}`],
        after: ['1', 'x'],
      }),
    );
    const patch = await patchOf(table, { ...SPEC, rows });
    let longest = 0;
    let inserts = 0;
    for await (const part of storeAt(server.url, table).exportSql(patch)) {
      longest = Math.max(longest, part.length);
      if (part.startsWith('INSERT INTO pg_temp')) inserts += 1;
    }
    expect(inserts).toBe(13);
    expect(longest).toBeLessThan(100_000);
  });

  it('is not given for an undo, or without rows', async () => {
    const table = await tableWith();
    const patch = await patchOf(table);
    const undo = { ...patch, header: { ...patch.header, kind: 'undo' as const } };
    await expect(fileOf(table, undo)).rejects.toMatchObject({ code: 'patch.export' });
    const empty = await patchOf(table, { ...SPEC, rows: [] });
    await expect(fileOf(table, empty)).rejects.toMatchObject({ code: 'patch.nothing' });
  });
});
