import { createConnection, createServer } from 'node:net';
import pg from 'pg';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { parseAddress } from '#lib/adapters/live/postgres/address';
import { postgresStore } from '#lib/adapters/live/postgres/postgres-store';
import { sqlRows } from '#lib/adapters/live/postgres/testing';
import { startTestPostgres, type TestPostgres } from '#lib/adapters/postgres-server/testing';
import { sealedPatch } from '#lib/patch/conformance/patch-fixture';

let server: TestPostgres;
beforeAll(async () => {
  server = await startTestPostgres();
}, 120_000);
afterAll(() => server.stop());

const WAITING = `select count(*) from pg_stat_activity
  where wait_event_type = 'Lock' and application_name = 'recount' and pid <> pg_backend_pid()`;
const waiting = async (): Promise<string | null | undefined> => (await sqlRows(server.url, WAITING))[0]?.[0];

it('a store that is closed leaves nothing running at the server', async () => {
  await sqlRows(server.url, 'create table held (u text)');
  const client = new pg.Client(server.url);
  await client.connect();
  try {
    await client.query('begin; lock table held in access exclusive mode');
    const store = postgresStore({ address: parseAddress(server.url), table: 'public.held' });
    const answer = expect(store.countNullKeys(['u'])).rejects.toBeDefined();
    await expect.poll(waiting, { timeout: 10_000 }).toBe('1');
    await store.close();
    await expect.poll(waiting, { timeout: 10_000 }).toBe('0');
    await answer;
  } finally {
    await client.query('rollback');
    await client.end();
  }
}, 60_000);

/** Stands before a server as a pooler does: it gives each session a number and a key of its own, and knows whose they are. */
async function startPooler(upstreamPort: number, told: number) {
  const real = new Map<number, Buffer>();
  const server = createServer((client) => {
    const upstream = createConnection({ host: '127.0.0.1', port: upstreamPort });
    for (const socket of [client, upstream]) socket.on('error', () => {});
    client.on('close', () => upstream.destroy());
    upstream.on('close', () => client.destroy());
    client.on('data', (data) => {
      const key =
        data.length === 16 && data.readInt32BE(4) === 80877102 ? real.get(data.readInt32BE(12)) : null;
      // a cancel request: passed on with what the server knows the session by
      upstream.write(key == null ? data : Buffer.concat([data.subarray(0, 8), key]));
    });
    upstream.on('data', (data) => {
      const at = data.indexOf(Buffer.from([0x4b, 0, 0, 0, 12]));
      if (at >= 0 && real.size < 100) {
        const secret = 7_000 + real.size;
        real.set(secret, Buffer.from(data.subarray(at + 5, at + 13)));
        data.writeInt32BE(told, at + 5);
        data.writeInt32BE(secret, at + 9);
      }
      client.write(data);
    });
  });
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('no port');
  return { port: address.port, close: () => server.close() };
}

it('behind a pooler the own statement is broken off, and nobody else’s', async () => {
  await sqlRows(
    server.url,
    `create table slow (u text primary key, n bigint); insert into slow values ('a', 1);
     create function slow_f() returns trigger language plpgsql as 'begin perform pg_sleep(20); return new; end';
     create trigger tg before update on slow for each row execute function slow_f()`,
  );
  const stranger = new pg.Client(server.url);
  await stranger.connect();
  const pid = Number((await stranger.query('select pg_backend_pid() as pid')).rows[0].pid);
  const pooler = await startPooler(Number(new URL(server.url).port), pid);
  const url = new URL(server.url);
  url.port = String(pooler.port);
  try {
    const asleep = stranger.query('select pg_sleep(4)');
    const store = postgresStore({ address: parseAddress(url.href), table: 'public.slow', keys: ['u'] });
    const patch = sealedPatch(await store.describe(), {
      keys: [{ name: 'u', type: 'VARCHAR' }],
      measures: [{ name: 'n', type: 'BIGINT' }],
      rows: [{ op: 'update', key: ['a'], before: ['1'], after: ['2'] }],
    });
    const stop = new AbortController();
    const rehearsal = store.rehearse(patch, {
      signatures: { author: 'Ann', approvedBy: null, approvedAt: null },
      limitMs: 15_000,
      signal: stop.signal,
      onProgress: ({ step }) => void (step === 'write' && setTimeout(() => stop.abort(), 300)),
    });
    await expect(rehearsal).rejects.toMatchObject({ code: 'run.cancelled' });
    await expect(asleep).resolves.toBeDefined();
  } finally {
    pooler.close();
    await stranger.end();
  }
}, 60_000);
