import { execFileSync } from 'node:child_process';
import { statSync } from 'node:fs';
import pg from 'pg';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { startTestPostgres, type TestPostgres } from '#lib/adapters/postgres-server/testing';
import { Case, cli, lines } from '#lib/entry/contract.testing';

let server: TestPostgres;
let admin: pg.Client;
beforeAll(async () => {
  server = await startTestPostgres();
  admin = new pg.Client({ connectionString: server.url });
  await admin.connect();
  await admin.query('set search_path = public');
});
afterAll(async () => {
  await admin.end();
  await server.stop();
});

const at = (clock: string): string => `2024-06-10T${clock}:00Z`;
const ARCHIVE = lines('id,time,k,v', `e1,${at('12:00')},1,1.25`, `e2,${at('12:20')},2,2.50`);
const STORE = `\${${'LIVE'}}`;
const rows = async (table: string): Promise<string[]> => {
  const found = await admin.query({ text: `select k, total from ${table} order by 1`, rowMode: 'array' });
  return found.rows.map((row) => row.map(String).join(' '));
};

async function previewed(table: string) {
  await admin.query(
    `create table ${table} (k bigint primary key, total numeric(18,2)); insert into ${table} values (1, 1), (2, 9)`,
  );
  const one = new Case(
    { 'archive.csv': ARCHIVE },
    { live: { state: 'window', store: STORE, table: `public.${table}` } },
  );
  const env = { LIVE: server.url };
  const { seal } = (await one.preview({ env })).json.patch;
  const run = (...args: string[]) => cli([args[0] ?? '', one.path('out'), ...args.slice(1)], { env });
  return { one, seal, run };
}

/** By psql where the machine has it, as the file says; else as one simple query. */
async function runFile(file: string, text: string): Promise<boolean> {
  try {
    execFileSync('psql', ['-X', '-q', '-v', 'ON_ERROR_STOP=1', '-d', server.url, '-f', file], {
      stdio: 'pipe',
    });
    return true;
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'ENOENT')) return false;
  }
  const client = new pg.Client({ connectionString: server.url });
  await client.connect();
  try {
    await client.query(text);
    return true;
  } catch {
    return false;
  } finally {
    await client.end();
  }
}

it('preflight and rehearse say what an apply would meet, and write nothing', async () => {
  const { seal, run } = await previewed('foreseen');
  const looked = await run('preflight');
  expect([looked.exit, looked.json.checks[0].state]).toEqual([0, 'ok']);
  const rehearsed = await run('rehearse', '--seal', seal, '--limit', '2.5');
  expect([rehearsed.exit, rehearsed.json.status, rehearsed.json.limitMs]).toEqual([0, 'would_apply', 2500]);
  expect(await rows('foreseen')).toEqual(['1 1.00', '2 9.00']);
  await admin.query('update foreseen set total = 8 where k = 2');
  const refused = await run('rehearse', '--seal', seal);
  expect([refused.exit, refused.json.refusal.code]).toEqual([4, 'patch.stale']);
  expect((await run('rehearse', '--seal', seal, '--limit', 'soon')).exit).toBe(2);
  expect((await run('rehearse', '--seal', '0'.repeat(64))).json.error.code).toBe('patch.seal');
  await admin.query('alter table foreseen alter total type numeric(20,2)');
  const stopped = await run('preflight');
  expect(stopped.exit).toBe(4);
  expect(stopped.json.checks.filter((check: { state: string }) => check.state === 'stop')).toHaveLength(1);
});

it('undo --unmoved leaves what others changed since', async () => {
  const { seal, run } = await previewed('moved');
  await run('apply', '--seal', seal);
  expect(await rows('moved')).toEqual(['1 1.25', '2 2.50']);
  await admin.query('update moved set total = 3 where k = 2');
  expect((await run('undo', '--seal', seal)).json.error.code).toBe('patch.stale');
  const undone = await run('undo', '--seal', seal, '--unmoved');
  expect([undone.exit, undone.json.status, undone.json.left_out]).toEqual([0, 'undone', 1]);
  expect(undone.json.moved[0]).toMatchObject({ column: 'total', wrote: '2.50', now: '3.00' });
  expect(await rows('moved')).toEqual(['1 1.00', '2 3.00']);
  expect((await run('undo', '--seal', seal, '--unmoved')).json.status).toBe('already_undone');
});

it('export-sql writes a file that a DBA runs once', async () => {
  const { one, seal, run } = await previewed('exported');
  const file = one.path('patch.sql');
  const exported = await run('export-sql', '--seal', seal, '--out', file);
  expect([exported.exit, exported.json.status]).toEqual([0, 'exported']);
  expect(statSync(file).size).toBe(exported.json.bytes);
  expect(statSync(file).mode & 0o077).toBe(0);
  expect(await runFile(file, one.read('patch.sql'))).toBe(true);
  expect(await rows('exported')).toEqual(['1 1.25', '2 2.50']);
  expect((await run('verify')).json).toMatchObject({ cells: 2, match: 2 });
  expect(await runFile(file, one.read('patch.sql'))).toBe(false);
  expect((await run('apply', '--seal', seal)).json.status).toBe('already_applied');
  const again = await run('export-sql', '--seal', seal, '--out', one.path('again.sql'));
  expect([again.exit, again.json.error.code]).toEqual([4, 'patch.state']);
  expect(one.list('.')).not.toContain('again.sql');
  expect((await run('export-sql', '--seal', seal)).exit).toBe(2);
});

it('a file live store takes no SQL, and is rehearsed as well', async () => {
  const one = new Case(
    { 'archive.csv': ARCHIVE, 'live.csv': lines('k,total', '1,1', '2,9') },
    { live: { state: 'window', store: 'live.csv' } },
  );
  const { seal } = (await one.preview()).json.patch;
  const before = one.read('live.csv');
  const found = await cli(['rehearse', one.path('out'), '--seal', seal]);
  expect([found.exit, found.json.status]).toEqual([0, 'would_apply']);
  const looked = await cli(['preflight', one.path('out')]);
  expect(looked.exit).toBe(0);
  // a small file is told in bytes
  expect(looked.json.checks.at(-1).found).toMatch(/The file has \d+ bytes, and [\d,]+ (?:MB|bytes) are free/);
  expect(one.read('live.csv')).toBe(before);
  const exported = await cli(['export-sql', one.path('out'), '--seal', seal, '--out', one.path('x.sql')]);
  expect([exported.exit, exported.json.error.code]).toEqual([4, 'patch.export']);
});
