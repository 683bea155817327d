import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parseAddress } from '#lib/adapters/live/postgres/address';
import { postgresStore } from '#lib/adapters/live/postgres/postgres-store';
import { freshTable, QUICK, sqlRows } from '#lib/adapters/live/postgres/testing';
import { startTestPostgres, type TestPostgres } from '#lib/adapters/postgres-server/testing';
import { type PatchRowSpec, sealedPatch } from '#lib/patch/conformance/patch-fixture';
import type { SealedPatch } from '#lib/patch/patch';
import type { PreflightCheck } from '#lib/patch/rehearsal';

// Partitions and tables that inherit: their rows are the live table's, and what hangs on them acts when it is patched.

let server: TestPostgres;
beforeAll(async () => {
  server = await startTestPostgres();
}, 120_000);
afterAll(() => server.stop());

const by = { signatures: { author: 'Ann', approvedBy: null, approvedAt: null } };
const UPDATE: PatchRowSpec = { op: 'update', key: ['1'], before: ['1'], after: ['2'] };
const DELETE: PatchRowSpec = { op: 'delete', key: ['2'], before: ['1'] };

const sql = (text: string) => sqlRows(server.url, text);
const storeOf = (table: string) =>
  postgresStore({
    address: parseAddress(server.url),
    table: `public.${table}`,
    keys: ['id'],
    limits: QUICK,
  });

const KINDS = {
  partition: (table: string) =>
    `create table ${table} (id bigint primary key, n numeric(18,2)) partition by range (id);
     create table ${table}_1 partition of ${table} for values from (0) to (100)`,
  child: (table: string) =>
    `create table ${table} (id bigint primary key, n numeric(18,2));
     create table ${table}_1 (primary key (id)) inherits (${table})`,
};

/** A table `TBL` whose rows 1 and 2, holding 1, stand in its part `TBL_1`. */
async function tableOf(kind: keyof typeof KINDS, more: string): Promise<string> {
  const table = freshTable();
  await sql(`${KINDS[kind](table)}; insert into ${table}_1 values (1, 1), (2, 1);
    ${more.replaceAll('TBL', `public.${table}`).replaceAll('FN', `fn_${table}`).replaceAll('PKEY', `${table}_pkey`)}`);
  return table;
}

async function patchOf(table: string, rows: readonly PatchRowSpec[]): Promise<SealedPatch> {
  const live = await storeOf(table).describe();
  const { header, rows: batches } = sealedPatch(live, {
    keys: [{ name: 'id', type: 'BIGINT' }],
    measures: [{ name: 'n', type: 'DECIMAL(18,2)' }],
    rows,
  });
  const { shape } = live;
  return { rows: batches, header: { ...header, ...(shape === undefined ? {} : { targetShape: shape }) } };
}

async function checkOf(table: string, patch: SealedPatch, name: PreflightCheck['check']) {
  const { checks } = await storeOf(table).preflight(patch.header);
  return checks.find(({ check }) => check === name);
}

async function exported(table: string, patch: SealedPatch): Promise<string> {
  let file = '';
  for await (const part of storeOf(table).exportSql(patch, by.signatures)) file += part;
  return file;
}

const trigger = (on: string): string =>
  `create function FN() returns trigger language plpgsql as 'begin return null; end';
   create trigger deep after update on ${on} for each row execute function FN()`;

describe.each(['partition', 'child'] as const)('of a %s', (kind) => {
  it('a foreign key that would delete elsewhere refuses a delete', async () => {
    const table = await tableOf(
      kind,
      'create table TBL_c (id bigint references TBL_1 on delete cascade, x int); insert into TBL_c values (2, 7)',
    );
    const patch = await patchOf(table, [DELETE]);
    expect((await storeOf(table).describe()).warnings.map(({ code }) => code)).toContain(
      'foreign_key_action',
    );
    expect(await checkOf(table, patch, 'foreign_keys')).toMatchObject({ state: 'stop' });
    await expect(storeOf(table).apply(patch, by)).rejects.toMatchObject({
      code: 'live.not_writable',
      message: expect.stringContaining('acts on another table'),
    });
    await expect(sql(await exported(table, patch))).rejects.toThrow('foreign key acts on another table');
    expect(await sql(`select x from ${table}_c`)).toEqual([['7']]);
    expect(await storeOf(table).apply(await patchOf(table, [UPDATE]), by)).toBe('applied');
  });

  it('a foreign key that comes after the preview is a change', async () => {
    const table = await tableOf(kind, 'select 1');
    const patch = await patchOf(table, [UPDATE]);
    await sql(`create table ${table}_c (id bigint references public.${table}_1 on delete cascade)`);
    await expect(storeOf(table).apply(patch, by)).rejects.toMatchObject({ code: 'live.schema_changed' });
  });

  it('triggers are named before, in the rehearsal, and where they are new', async () => {
    const table = await tableOf(kind, trigger('TBL_1'));
    const name = `deep on public.${table}_1`;
    const patch = await patchOf(table, [UPDATE]);
    const runs = `${name} after update for each row`;
    expect(await checkOf(table, patch, 'triggers')).toMatchObject({
      state: 'warning',
      found: expect.stringContaining(runs),
    });
    const { sideEffects } = await storeOf(table).rehearse(patch, by);
    expect(sideEffects).toEqual([`The trigger ${name} runs after each row of it, for update.`]);
    const later = await tableOf(kind, 'select 1');
    const older = await patchOf(later, [UPDATE]);
    await sql(trigger(`public.${later}_1`).replaceAll('FN', `fn_${later}`));
    await expect(storeOf(later).apply(older, by)).rejects.toMatchObject({
      code: 'live.schema_changed',
      message: expect.stringContaining(`the trigger deep on public.${later}_1 is new`),
    });
  });

  it.each([
    ['unlogged', 'alter table TBL_1 set unlogged', /TBL_1, whose rows are those of TBL, is unlogged/],
    ['foreign', '', /TBL_f, whose rows are those of TBL, is a foreign table/],
  ])('one that is %s is not written', async (_, alter, words) => {
    const table = await tableOf(kind, alter === '' ? foreign(kind) : alter);
    const why = new RegExp(words.source.replaceAll('TBL', `public.${table}`));
    const patch = await patchOf(table, [UPDATE]);
    expect((await storeOf(table).describe()).notWritable.join()).toMatch(why);
    await expect(storeOf(table).apply(patch, by)).rejects.toMatchObject({
      code: 'live.not_writable',
      message: expect.stringMatching(why),
    });
    await expect(sql(await exported(table, patch))).rejects.toThrow(`a part of public.${table} is`);
    expect(await sql(`select n from ${table}_1 where id = 1`)).toEqual([['1.00']]);
  });

  it('what hangs on the table itself is told once', async () => {
    const table = await tableOf(
      kind,
      `${trigger('TBL')}; create table TBL_c (id bigint references TBL on delete cascade)`,
    );
    const { warnings, shape } = await storeOf(table).describe();
    const codes = warnings.map(({ code }) => code);
    expect(codes.filter((code) => code === 'trigger')).toHaveLength(1);
    expect(codes.filter((code) => code === 'foreign_key_action')).toHaveLength(1);
    expect(shape?.acts.map((act) => act.kind).sort()).toEqual(['foreign_key', 'trigger']);
  });
});

/** A wrapper without a handler can't be read; to be told it need not. A table with a key takes no foreign partition. */
const foreign = (kind: keyof typeof KINDS): string =>
  `alter table TBL drop constraint if exists PKEY; create foreign data wrapper w_FN; create server s_FN foreign data wrapper w_FN;
   create foreign table TBL_f ${kind === 'partition' ? 'partition of TBL for values from (100) to (200)' : '() inherits (TBL)'} server s_FN`;
