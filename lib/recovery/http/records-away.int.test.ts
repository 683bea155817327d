import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import pg from 'pg';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { z } from 'zod';
import { type EmbeddedServer, startEmbedded } from '#lib/adapters/postgres-server/embedded';
import { migrate } from '#lib/adapters/store/migrate';
import { ensurePerson, LOCAL_PERSON } from '#lib/adapters/store/person';
import { RECOUNT } from '#lib/recovery/access/actor';
import { handler } from '#lib/recovery/http/http';
import { readHealth } from '#lib/recovery/operations/read-health';
import { followPatch, PatchInput } from '#lib/recovery/patches/read-patch';
import { closeContext, openContext } from '#lib/recovery/setup/context';

// The records' own server goes away and comes back, under the web process's real context.

const CONNECTIONS = 16;
const dir = mkdtempSync(path.join(tmpdir(), 'recount-away-'));
const known = { ...process.env };
let server: EmbeddedServer;

const start = (): Promise<EmbeddedServer> =>
  startEmbedded(path.join(dir, 'pg'), [
    '-c',
    'fsync=off',
    '-c',
    `max_connections=${CONNECTIONS}`,
    '-c',
    'superuser_reserved_connections=0',
  ]);

beforeAll(async () => {
  server = await start();
  await migrate(server.url, path.resolve('prisma/migrations'));
  await ensurePerson(server.url, LOCAL_PERSON, 'Alex Test');
  process.env.DATABASE_URL = server.url;
  process.env.RECOUNT_DATA_DIR = path.join(dir, 'data');
}, 60_000);
afterAll(async () => {
  const context = await globalThis.recountContext?.catch(() => undefined);
  if (context !== undefined) await closeContext(context, 0);
  globalThis.recountContext = undefined;
  await server.stop();
  process.env = known;
  rmSync(dir, { recursive: true, force: true });
});

const get = handler(z.object({}), readHealth, { open: true });
const ask = async () => {
  const response = await get(
    new Request('http://localhost/api/v1/incidents', { headers: { host: 'localhost' } }),
    {
      params: Promise.resolve(undefined),
    },
  );
  const body = z
    .object({ error: z.object({ code: z.string(), message: z.string() }).optional() })
    .parse(await response.json());
  return { status: response.status, retry: response.headers.get('Retry-After'), code: body.error?.code };
};

it('says 503 and when to ask again while the records are away, and recovers by itself', async () => {
  await server.stop();
  const away = { status: 503, retry: '5', code: 'server.database' };
  expect(await ask()).toEqual(away); // not even opened yet
  server = await start();
  expect(await ask()).toMatchObject({ status: 200, retry: null });
  await server.stop();
  expect(await ask()).toEqual(away);
  server = await start();
  expect(await ask()).toMatchObject({ status: 200 });
}, 60_000);

it('says that no connection is free, and serves again when one is', async () => {
  const context = await openContext('sender');
  await context.store.$disconnect();
  const others: pg.Client[] = [];
  for (;;) {
    const client = new pg.Client({ connectionString: server.url });
    client.on('error', () => undefined);
    const isIn = await client.connect().then(
      () => true,
      () => false,
    );
    if (!isIn) break;
    others.push(client);
  }
  globalThis.recountContext = Promise.resolve(context);
  expect(await ask()).toEqual({ status: 503, retry: '5', code: 'server.busy' });
  for (const client of others) await client.end();
  expect(await ask()).toMatchObject({ status: 200 });
}, 60_000);

it('ends the stream of events cleanly, so that the page asks by itself', async () => {
  const context = await openContext('sender');
  const { store } = context;
  const incident = await store.incident.create({
    data: { title: 'x', plan: {}, createdBy: LOCAL_PERSON },
  });
  const run = await store.run.create({
    data: { incidentId: incident.id, number: 1, plan: {}, planSha256: 'x', createdBy: LOCAL_PERSON },
  });
  const facts = { target: 't', tableRows: null, columns: [], net: [], blockedBy: [], sql: '' };
  const patch = await store.patch.create({
    data: {
      incidentId: incident.id,
      runId: run.id,
      seal: 'a'.repeat(64),
      state: 'applying',
      author: LOCAL_PERSON,
      facts,
    },
  });
  const response = await followPatch(
    { ...context, actor: RECOUNT },
    PatchInput.parse({ id: patch.id }),
    new Request('http://localhost/'),
  );
  const text = response.text();
  await new Promise((done) => setTimeout(done, 600));
  await server.stop();
  expect((await text).match(/^data: /gm)).toHaveLength(1);
  await closeContext(context, 0);
  server = await start();
}, 60_000);
