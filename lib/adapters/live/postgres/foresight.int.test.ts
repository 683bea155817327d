import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parseAddress } from '#lib/adapters/live/postgres/address';
import { postgresStore } from '#lib/adapters/live/postgres/postgres-store';
import { createRole, freshTable, QUICK, sqlRows } from '#lib/adapters/live/postgres/testing';
import { startTestPostgres, type TestPostgres } from '#lib/adapters/postgres-server/testing';
import { type ColumnSpec, type PatchRowSpec, sealedPatch } from '#lib/patch/conformance/patch-fixture';
import type { LiveTable } from '#lib/patch/live-store';
import type { SealedPatch } from '#lib/patch/patch';

let server: TestPostgres;
beforeAll(async () => {
  server = await startTestPostgres();
});
afterAll(() => server.stop());

const by = { signatures: { author: 'Ann', approvedBy: null, approvedAt: null } };
const ID: ColumnSpec = { name: 'id', type: 'BIGINT' };
const N: ColumnSpec = { name: 'n', type: 'DECIMAL(18,2)' };
const UPDATE: PatchRowSpec = { op: 'update', key: ['1'], before: ['1'], after: ['2'] };
const INSERT: PatchRowSpec = { op: 'insert', key: ['9'], after: ['9'] };
const DELETE: PatchRowSpec = { op: 'delete', key: ['2'], before: ['1'] };

const storeAt = (url: string, table: string) =>
  postgresStore({ address: parseAddress(url), table: `public.${table}`, keys: ['id'], limits: QUICK });
const sql = (table: string, text: string): Promise<(string | null)[][]> =>
  sqlRows(server.url, text.replaceAll('TBL', `public.${table}`).replaceAll('FN', `fn_${table}`));

async function tableWith(more: string): Promise<string> {
  const table = freshTable();
  await sql(
    table,
    `create table TBL (id bigint primary key, n numeric(18,2), note text);
     insert into TBL select i, 1 from generate_series(1, 3) i; ${more}`,
  );
  return table;
}

/** A patch as `preview` seals it: with the shape of its target. */
async function patchOf(table: string, rows: readonly PatchRowSpec[], url = server.url): Promise<SealedPatch> {
  const described: LiveTable = await storeAt(url, table).describe();
  const patch = sealedPatch(described, { keys: [ID], measures: [N], rows });
  const { shape } = described;
  return shape === undefined ? patch : { ...patch, header: { ...patch.header, targetShape: shape } };
}

const content = (table: string) => sql(table, 'select id, n from TBL order by 1');
const trigger = (when: string, body: string): string =>
  `create function FN() returns trigger language plpgsql as $f$ begin ${body} end $f$;
   create trigger tg ${when} on TBL for each row execute function FN()`;
const START = [
  ['1', '1.00'],
  ['2', '1.00'],
  ['3', '1.00'],
];

describe('a rehearsal', () => {
  it('names triggers that ran and rows they wrote elsewhere, and leaves none of it', async () => {
    const table = await tableWith(
      `create table TBL_log (id bigint); ${trigger('after update', 'insert into TBL_log values (new.id), (new.id); return null;')}`,
    );
    const patch = await patchOf(table, [UPDATE, INSERT]);
    const rehearsal = await storeAt(server.url, table).rehearse(patch, by);
    expect(rehearsal.status).toBe('would_apply');
    expect(rehearsal.sideEffects).toEqual([
      'The trigger tg ran after each row, for update.',
      `Also in public.${table}_log: 2 rows inserted.`,
    ]);
    expect(await content(table)).toEqual(START);
    expect(await sql(table, 'select count(*) from TBL_log')).toEqual([['0']]);
  });

  it('names the numbers that stay drawn', async () => {
    const table = await tableWith('alter table TBL add own bigint generated always as identity');
    const rehearsal = await storeAt(server.url, table).rehearse(await patchOf(table, [INSERT]), by);
    expect(rehearsal.sideEffects).toEqual([expect.stringMatching(/^Numbers drawn for own .* stay drawn/)]);
  });

  it('says which constraint stands in the way', async () => {
    const table = await tableWith('alter table TBL add constraint small check (n < 2)');
    const rehearsal = await storeAt(server.url, table).rehearse(await patchOf(table, [UPDATE]), by);
    expect(rehearsal).toMatchObject({ status: 'refused', refusal: { code: 'patch.target_refused' } });
    expect(rehearsal.refusal?.message).toContain('"small"');
  });

  it('says which deferred constraint would fail, before any COMMIT', async () => {
    const table = await tableWith(
      'create table TBL_p (id bigint primary key); insert into TBL_p values (1),(2),(3); alter table TBL add constraint parent foreign key (id) references TBL_p deferrable initially deferred',
    );
    const rehearsal = await storeAt(server.url, table).rehearse(await patchOf(table, [INSERT]), by);
    expect(rehearsal.refusal?.message).toContain('"parent"');
  });

  it('makes no ledger that stays, and says where it could not be made', async () => {
    const table = await tableWith('drop schema if exists recount cascade');
    const patch = await patchOf(table, [UPDATE]);
    expect(await storeAt(server.url, table).rehearse(patch, by)).toMatchObject({ status: 'would_apply' });
    expect(await sql(table, "select count(*) from pg_namespace where nspname = 'recount'")).toEqual([['0']]);
    const plain = await createRole(server.url, (role) => `grant select, update on ${table} to ${role}`);
    const refused = await storeAt(plain, table).rehearse(patch, by);
    expect(refused).toMatchObject({ status: 'refused', refusal: { code: 'live.ledger_required' } });
  });

  it('lets go at its limit while a statement runs, and while another session holds a row', async () => {
    const slow = await tableWith(trigger('before update', 'perform pg_sleep(5); return new;'));
    const patch = await patchOf(slow, [UPDATE]);
    const rehearsal = await storeAt(server.url, slow).rehearse(patch, { ...by, limitMs: 1_500 });
    expect(rehearsal.refusal).toMatchObject({
      code: 'rehearsal.timeout',
      message: expect.stringContaining('writing rows'),
    });
    expect(rehearsal.lockedMs).toBeGreaterThanOrEqual(1_500);
    expect(rehearsal.lockedMs).toBeLessThan(4_500);

    const table = await tableWith('select 1');
    const other = new pg.Client({ connectionString: server.url, application_name: 'nightly' });
    await other.connect();
    try {
      await other.query(`begin; select from public.${table} where id = 1 for update`);
      const held = await storeAt(server.url, table).rehearse(await patchOf(table, [UPDATE]), by);
      expect(held.refusal).toMatchObject({
        code: 'live.locked',
        message: expect.stringContaining('nightly'),
      });
    } finally {
      await other.end();
    }
    expect(await content(table)).toEqual(START);
  });

  it('is cancelled in the middle of a statement', async () => {
    const table = await tableWith(trigger('before update', 'perform pg_sleep(8); return new;'));
    const patch = await patchOf(table, [UPDATE]);
    const beganMs = performance.now();
    const signal = AbortSignal.timeout(400);
    const rehearsal = storeAt(server.url, table).rehearse(patch, { ...by, signal });
    await expect(rehearsal).rejects.toMatchObject({ code: 'run.cancelled' });
    expect(performance.now() - beganMs).toBeLessThan(5_000);
    expect(await content(table)).toEqual(START);
  });

  it('is ended by the server when its client is gone', async () => {
    const table = await tableWith('select 1');
    const patch = await patchOf(table, [UPDATE]);
    const frozen = Promise.withResolvers<void>();
    const holds = Promise.withResolvers<void>();
    const rehearsing = storeAt(server.url, table).rehearse(patch, {
      ...by,
      limitMs: 3_000,
      onProgress: ({ step }) => {
        if (step !== 'record') return;
        holds.resolve();
        return frozen.promise;
      },
    });
    // waits for the row lock, and gets it though the rehearsal's process does nothing more
    const writer = new pg.Client({ connectionString: server.url });
    await writer.connect();
    await holds.promise;
    await writer.query(`set lock_timeout = '15s'; update public.${table} set n = 7 where id = 1`);
    await writer.end();
    frozen.resolve();
    expect(await rehearsing).toMatchObject({ refusal: { code: 'rehearsal.timeout' } });
    expect(await content(table)).toEqual([['1', '7.00'], ...START.slice(1)]);
  });
});

describe('what changed between preview and apply (F41)', () => {
  it.each([
    ['a new trigger', trigger('after update', 'return null;'), /the trigger tg is new/],
    [
      'a foreign key that acts',
      'create table TBL_c (id bigint references TBL on update cascade)',
      /the foreign key .*_c_id_fkey of .* is new/,
    ],
    ['a rule', 'create rule r as on delete to TBL do also select 1', /the rule r is new/],
    ['a column that needs a value', 'alter table TBL alter note set not null', /the column note now needs/],
  ])('%s is refused and named', async (_, change, words) => {
    const table = await tableWith("update TBL set note = 'x'");
    const patch = await patchOf(table, [UPDATE, INSERT]);
    await sql(table, change);
    const store = storeAt(server.url, table);
    await expect(store.apply(patch, by)).rejects.toMatchObject({
      code: 'live.schema_changed',
      message: expect.stringMatching(words),
    });
    expect(await content(table)).toEqual(START);
    expect(await store.rehearse(patch, by)).toMatchObject({ refusal: { code: 'live.schema_changed' } });
    const { checks } = await store.preflight(patch.header);
    const stop = checks.filter((check) => check.state === 'stop');
    expect(stop).toHaveLength(1);
    expect(stop[0]?.found).toMatch(new RegExp(words.source, 'i'));
  });

  it('a trigger that does something else now, or is gone', async () => {
    const table = await tableWith(trigger('after update', 'return null;'));
    const patch = await patchOf(table, [UPDATE]);
    const store = storeAt(server.url, table);
    await sql(
      table,
      'create or replace function FN() returns trigger language plpgsql as $f$ begin return new; end $f$',
    );
    await expect(store.apply(patch, by)).rejects.toThrow(/the trigger tg was changed/);
    await sql(table, 'drop trigger tg on TBL');
    await expect(store.apply(patch, by)).rejects.toThrow(/the trigger tg is gone/);
  });

  it('what was there at the preview is there, and a patch without its shape is applied as before', async () => {
    const table = await tableWith(trigger('after update', 'return null;'));
    const store = storeAt(server.url, table);
    expect(await store.apply(await patchOf(table, [UPDATE]), by)).toBe('applied');
    const { targetShape: _, ...header } = (await patchOf(table, [INSERT])).header;
    const patch = { ...(await patchOf(table, [INSERT])), header };
    await sql(table, 'create rule r as on delete to TBL do also select 1');
    expect(await store.apply(patch, by)).toBe('applied');
  });

  it('an undo goes through also where a trigger was added since', async () => {
    const table = await tableWith('select 1');
    const patch = await patchOf(table, [UPDATE]);
    const store = storeAt(server.url, table);
    await store.apply(patch, by);
    await sql(table, trigger('after update', 'return null;'));
    expect(await store.undo(patch, by)).toBe('undone');
    expect(await content(table)).toEqual(START);
  });
});

describe('a preflight', () => {
  const checksOf = async (table: string, rows: readonly PatchRowSpec[], url = server.url) => {
    const { checks } = await storeAt(url, table).preflight((await patchOf(table, rows)).header);
    return new Map(checks.map((check) => [check.check, check]));
  };

  it('names triggers that run, and only those', async () => {
    const table = await tableWith(trigger('after update', 'return null;'));
    expect((await checksOf(table, [UPDATE])).get('triggers')).toMatchObject({
      state: 'warning',
      found: expect.stringContaining('tg after update for each row'),
    });
    expect((await checksOf(table, [INSERT])).get('triggers')).toMatchObject({ state: 'ok', fix: null });
  });

  it('stops at foreign keys that act when rows are deleted', async () => {
    const table = await tableWith(
      'create table TBL_c (id bigint references TBL on delete cascade); insert into TBL_c values (2)',
    );
    expect((await checksOf(table, [DELETE])).get('foreign_keys')).toMatchObject({ state: 'stop' });
    expect((await checksOf(table, [UPDATE])).get('foreign_keys')).toMatchObject({ state: 'ok' });
  });

  it('names rights that are missing, row-level security and a ledger that needs a DBA', async () => {
    const table = await tableWith('drop schema if exists recount cascade');
    const plain = await createRole(server.url, (role) => `grant select on ${table} to ${role}`);
    const lacking = await checksOf(table, [UPDATE], plain);
    expect(lacking.get('privileges')).toMatchObject({ state: 'stop' });
    expect(lacking.get('ledger')).toMatchObject({
      state: 'stop',
      fix: expect.stringContaining('recount ledger PLAN'),
    });
    expect((await checksOf(table, [UPDATE])).get('ledger')).toMatchObject({
      state: 'ok',
      found: expect.stringContaining('the first apply makes it'),
    });
    await sql(table, 'alter table TBL enable row level security');
    const reader = await createRole(server.url, (role) => `grant all on ${table} to ${role}`);
    expect((await checksOf(table, [UPDATE], reader)).get('row_security')).toMatchObject({ state: 'stop' });
  });

  it('names who holds locks on the table, and says what may not be read', async () => {
    const table = await tableWith('select 1');
    const other = new pg.Client({ connectionString: server.url, application_name: 'nightly' });
    await other.connect();
    await other.query(`begin; lock table public.${table} in share mode`);
    expect((await checksOf(table, [UPDATE])).get('load')).toMatchObject({
      state: 'warning',
      found: expect.stringMatching(/locked against writers by process \d+ \(nightly\)/),
    });
    await other.end();
    expect((await checksOf(table, [UPDATE])).get('replicas')).toMatchObject({
      state: 'ok',
      found: 'No replica is attached.',
    });
  });

  it('does not wait for long behind somebody who alters the table', async () => {
    const table = await tableWith(trigger('after update', 'return null;'));
    await sql(table, 'create rule r as on delete to TBL do also select 1');
    const { header } = await patchOf(table, [UPDATE]);
    const other = new pg.Client({ connectionString: server.url, application_name: 'migration' });
    await other.connect();
    await other.query(`begin; lock table public.${table} in access exclusive mode`);
    await expect(storeAt(server.url, table).preflight(header)).rejects.toMatchObject({
      code: 'live.locked',
      message: expect.stringMatching(/locked by process \d+ \(migration\)/),
    });
    await other.end();
  });

  it('warns of a large patch', async () => {
    const table = await tableWith('select 1');
    const { header } = await patchOf(table, [UPDATE]);
    const large = { ...header, counts: { updates: 200_000, inserts: 0, deletes: 0 } };
    const { checks } = await storeAt(server.url, table).preflight(large);
    expect(checks.find(({ check }) => check === 'size')).toMatchObject({
      state: 'warning',
      found: expect.stringContaining('200,000 rows'),
    });
  });

  it('answers for a table that is gone', async () => {
    const table = await tableWith('select 1');
    const { header } = await patchOf(table, [UPDATE]);
    await sql(table, 'drop table TBL');
    const { checks } = await storeAt(server.url, table).preflight(header);
    expect(checks).toEqual([expect.objectContaining({ check: 'identity', state: 'stop' })]);
  });
});
