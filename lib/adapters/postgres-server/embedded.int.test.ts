import { mkdirSync, mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import pg from 'pg';
import { afterAll, expect, it } from 'vitest';
import { hasCluster } from '#lib/adapters/postgres-server/binaries';
import { startEmbedded } from '#lib/adapters/postgres-server/embedded';

const dir = mkdtempSync(path.join(tmpdir(), 'recount-embedded-'));
afterAll(() => rmSync(dir, { recursive: true, force: true }));

async function query(url: string, text: string): Promise<unknown[][]> {
  const client = new pg.Client({ connectionString: url });
  client.on('error', () => {});
  await client.connect();
  try {
    return (await client.query({ text, rowMode: 'array' })).rows;
  } finally {
    await client.end();
  }
}

it('starts once, is joined, survives kill -9 and stops', async () => {
  const [first, second] = await Promise.all([startEmbedded(dir), startEmbedded(dir)]);
  expect([first.startedHere, second.startedHere].sort()).toEqual([false, true]);
  expect(first.url).toBe(second.url);
  expect(await query(first.url, 'show server_version_num')).toEqual([[expect.stringMatching(/^18/)]]);
  expect(
    await query(first.url, "select current_setting('listen_addresses'), current_setting('fsync')"),
  ).toEqual([['127.0.0.1', 'on']]);
  expect(statSync(path.join(dir, 'password')).mode & 0o777).toBe(0o600);
  await query(first.url, 'create table kept as select 1 as one');

  process.kill(
    Number(readFileSync(path.join(dir, 'data', 'postmaster.pid'), 'utf8').split('\n')[0]),
    'SIGKILL',
  );
  const again = await startEmbedded(dir);
  expect(again.startedHere).toBe(true);
  expect(await query(again.url, 'select one from kept')).toEqual([[1]]);

  await again.stop();
  await expect(query(again.url, 'select 1')).rejects.toThrow();
}, 120_000);

it('waits for a server that is there and slow to answer, and joins it', async () => {
  const server = await startEmbedded(dir);
  const pid = Number(readFileSync(path.join(dir, 'data', 'postmaster.pid'), 'utf8').split('\n')[0]);
  process.kill(pid, 'SIGSTOP');
  setTimeout(() => process.kill(pid, 'SIGCONT'), 3_000);
  const joined = await startEmbedded(dir);
  expect([joined.startedHere, joined.url]).toEqual([false, server.url]);
  await server.stop();
}, 60_000);

it('refuses a wrong password', async () => {
  const server = await startEmbedded(dir);
  const wrong = new URL(server.url);
  wrong.password = 'wrong';
  await expect(query(wrong.href, 'select 1')).rejects.toThrow(/password authentication failed/);
  await server.stop();
}, 60_000);

it.each([0o755, 0o700])(
  'is found again by commands, in a folder of mode %o',
  async (mode) => {
    const parent = path.join(dir, `parent-${mode}`);
    mkdirSync(parent, { mode });
    const wanted = path.join(parent, 'postgres');
    expect(hasCluster(wanted)).toBe(false);
    const server = await startEmbedded(wanted);
    expect(hasCluster(wanted)).toBe(true);
    await server.stop();
  },
  60_000,
);
