import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parseAddress } from '#lib/adapters/live/postgres/address';
import { postgresStore } from '#lib/adapters/live/postgres/postgres-store';
import { createRole, freshTable, sqlRows } from '#lib/adapters/live/postgres/testing';
import { startTestPostgres, type TestPostgres } from '#lib/adapters/postgres-server/testing';
import { sealedPatch } from '#lib/patch/conformance/patch-fixture';
import type { LiveStore } from '#lib/patch/live-store';
import type { SealedPatch } from '#lib/patch/patch';

// Added deltas have no before-value that would guard them: of two previews of one fault only one may be written.

let server: TestPostgres;
beforeAll(async () => {
  server = await startTestPostgres();
}, 120_000);
afterAll(() => server.stop());

const by = { signatures: { author: 'Ann', approvedBy: null, approvedAt: null } };

async function table(url = server.url): Promise<{ name: string; store: LiveStore }> {
  const name = freshTable();
  await sqlRows(
    server.url,
    `create table ${name} (u text primary key, total numeric(18,2)); insert into ${name} values ('a', 1), ('b', 2)`,
  );
  await sqlRows(server.url, `grant select, insert, update, delete on ${name} to public`);
  return { name, store: postgresStore({ address: parseAddress(url), table: `public.${name}`, keys: ['u'] }) };
}

const total = async (name: string): Promise<string | null | undefined> =>
  (await sqlRows(server.url, `select total from ${name} where u = 'a'`))[0]?.[0];
/** What a preview makes now: 5 are missing of `key`. */
async function preview(store: LiveStore, key: string, before: string, after: string): Promise<SealedPatch> {
  const live = await store.describe();
  const { header, rows } = sealedPatch(live, {
    keys: [{ name: 'u', type: 'VARCHAR' }],
    measures: [{ name: 'total', type: 'DECIMAL(18,2)', mode: 'delta' }],
    rows: [{ op: 'update', key: [key], before: [before], after: [after], delta: ['5.00'] }],
  });
  return { rows, header: { ...header, ...(live.shape === undefined ? {} : { targetShape: live.shape }) } };
}

it('is held to by a role that may have no temporary table, and by an exported file', async () => {
  await (await table()).store.createLedger();
  const url = await createRole(
    server.url,
    (
      role,
    ) => `grant usage on schema recount to ${role}; grant select, insert on all tables in schema recount to ${role};
      revoke temporary on database ${new URL(server.url).pathname.slice(1)} from public`,
  );
  const { name, store } = await table();
  const plain = postgresStore({ address: parseAddress(url), table: `public.${name}`, keys: ['u'] });
  const second = await preview(plain, 'a', '2.00', '7.00');
  let file = '';
  for await (const part of store.exportSql(second, by.signatures)) file += part;
  await store.apply(await preview(store, 'a', '1.00', '6.00'), by);
  expect((await plain.preflight(second.header)).checks).toContainEqual(
    expect.objectContaining({
      check: 'privileges',
      state: 'warning',
      fix: expect.stringContaining('TEMPORARY'),
    }),
  );
  await expect(plain.apply(second, by)).rejects.toMatchObject({ code: 'patch.stale' });
  await expect(sqlRows(server.url, file)).rejects.toThrow('would count twice');
  expect(await total(name)).toBe('6.00');
});

it('is refused where the live store was put back to a point before the preview', async () => {
  const { name, store } = await table();
  await store.createLedger();
  const made = await preview(store, 'a', '1.00', '6.00');
  const later =
    1_000_000 +
    Number((await sqlRows(server.url, 'select pg_snapshot_xmax(pg_current_snapshot())::text'))[0]?.[0]);
  const targetShape = { acts: [], required: [], seen: `${later}:${later}:` };
  const patch: SealedPatch = { ...made, header: { ...made.header, targetShape } };
  let file = '';
  for await (const part of store.exportSql(patch, by.signatures)) file += part;
  await expect(store.apply(patch, by)).rejects.toMatchObject({
    code: 'patch.stale',
    message: expect.stringContaining('put back to a point before'),
  });
  await expect(sqlRows(server.url, file)).rejects.toThrow('put back to a point before');
  expect(await total(name)).toBe('1.00');
  expect(await store.apply(made, by)).toBe('applied');
});

describe('a running float', () => {
  const floats = async (type: string): Promise<{ name: string; store: LiveStore; patch: SealedPatch }> => {
    const name = freshTable();
    await sqlRows(
      server.url,
      `create table ${name} (u text primary key, f ${type}); insert into ${name} values ('a', 1.1), ('b', 1.1), ('c', null)`,
    );
    const store = postgresStore({
      address: parseAddress(server.url),
      table: `public.${name}`,
      keys: ['u'],
    });
    const live = await store.describe();
    const after = type === 'real' ? '3.3' : '0.3';
    const delta =
      type === 'real' ? String(Math.fround(Math.fround(3.3) - Math.fround(1.1))) : String(0.3 - 1.1);
    const patch = sealedPatch(live, {
      keys: [{ name: 'u', type: 'VARCHAR' }],
      measures: [{ name: 'f', type: 'DOUBLE', mode: 'delta' }],
      rows: [
        ...['a', 'b'].map((key) => ({
          op: 'update' as const,
          key: [key],
          before: ['1.1'],
          after: [after],
          delta: [delta],
        })),
        { op: 'update', key: ['c'], before: [null], after: [after], delta: [after] },
      ],
      salt: name,
    });
    return { name, store, patch };
  };
  const values = async (name: string) =>
    (await sqlRows(server.url, `select f::text from ${name} order by u`)).flat();

  it.each([
    ['double precision', '0.3'],
    ['real', '3.3'],
  ])('%s: becomes the previewed value to its last digit', async (type, is) => {
    const { name, store, patch } = await floats(type);
    expect(await store.apply(patch, by)).toBe('applied');
    expect(await values(name)).toEqual([is, is, is]);
    expect(await store.verify(patch)).toEqual({ cells: 3, match: 3, differ: 0, moved: 0 });
    expect(await store.undo(patch, by)).toBe('undone');
    expect(await values(name)).toEqual(['1.1', '1.1', null]);
  });

  it('is added to where a consumer went on, by an apply and by a file', async () => {
    for (const way of ['apply', 'file'] as const) {
      const { name, store, patch } = await floats('double precision');
      await sqlRows(server.url, `update ${name} set f = f + 1000 where u = 'b'`);
      if (way === 'apply') expect(await store.apply(patch, by)).toBe('applied');
      else {
        let file = '';
        for await (const part of store.exportSql(patch, by.signatures)) file += part;
        await sqlRows(server.url, file);
      }
      expect(await values(name)).toEqual(['0.3', String(1.1 + 1000 + (0.3 - 1.1)), '0.3']);
      expect((await store.verify(patch)).match).toBe(3);
    }
  });
});
