import pg from 'pg';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { parseAddress } from '#lib/adapters/live/postgres/address';
import { postgresStore } from '#lib/adapters/live/postgres/postgres-store';
import { sqlRows } from '#lib/adapters/live/postgres/testing';
import { startTestPostgres, type TestPostgres } from '#lib/adapters/postgres-server/testing';

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
