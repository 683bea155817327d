import { createHash } from 'node:crypto';
import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { type AddressInfo, createServer } from 'node:net';
import path from 'node:path';
import pg from 'pg';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { Failure } from '#lib/base/failure';
import { scopeHolds } from '#lib/recovery/access/policy';
import { addArchive } from '#lib/recovery/archives/add-archive';
import { glanceArchive } from '#lib/recovery/archives/glance-archive';
import {
  announceFile,
  completeFile,
  receivePiece,
  removeUpload,
} from '#lib/recovery/archives/receive-upload';
import { checked } from '#lib/recovery/http/http';
import { addLiveStore } from '#lib/recovery/live-stores/add-live-store';
import { describeLiveTable } from '#lib/recovery/live-stores/describe-live-table';
import { downloadLiveFile } from '#lib/recovery/live-stores/download-live-file';
import { listLiveStores } from '#lib/recovery/live-stores/list-live-stores';
import { listLiveTables } from '#lib/recovery/live-stores/list-live-tables';
import { LiveStoreInput } from '#lib/recovery/live-stores/live-input';
import { testLiveStore } from '#lib/recovery/live-stores/test-live-store';
import { readEnv } from '#lib/recovery/setup/env';
import { liveVariables } from '#lib/recovery/setup/live-address';
import { openTestContext, type TestContext } from '#lib/recovery/setup/testing';

let test: TestContext;
let fields: Record<string, unknown>;
const PASSWORD = "p@ss:w/o?r#d%' ";

beforeAll(async () => {
  test = await openTestContext();
  const admin = new pg.Client({ connectionString: test.url });
  await admin.connect();
  await admin.query(`create role "live user" login password '${PASSWORD.replaceAll("'", "''")}';
    create schema shop; grant usage on schema shop to "live user";
    create table shop."Odd.Table" (id text primary key, total numeric(18,2) not null);
    insert into shop."Odd.Table" values ('a', 1.50), ('b', 2); analyze shop."Odd.Table";
    grant select, update on shop."Odd.Table" to "live user"`);
  await admin.end();
  const url = new URL(test.url);
  fields = {
    kind: 'postgres',
    name: 'Shop',
    host: url.hostname,
    port: url.port,
    database: url.pathname.slice(1),
    user: 'live user',
    password: PASSWORD,
    ssl: 'disable',
  };
});
afterAll(() => test.close());

const add = async (input: unknown) => addLiveStore(test.context, checked(LiveStoreInput, input));

it('tests a connection, saves it with its password sealed, and reads its tables', async () => {
  const tested = await testLiveStore(test.context, checked(LiveStoreInput, fields));
  expect(tested).toMatchObject({
    ok: true,
    readOnly: false,
    product: expect.stringMatching(/^PostgreSQL \d+/),
  });
  expect(await test.context.store.liveStore.count()).toBe(0);
  const saved = await add(fields);
  const record = await test.context.store.liveStore.findUniqueOrThrow({ where: { id: saved.id } });
  const audit = await test.context.store.audit.findMany({ where: { subject: `live store ${saved.id}` } });
  expect(audit.map((a) => a.action)).toEqual(['live_store.add']);
  const everything = JSON.stringify(
    [saved, await listLiveStores(test.context), record.config, audit],
    (_, v) => (typeof v === 'bigint' ? String(v) : v),
  );
  expect(everything).not.toContain('p@ss');
  expect(Buffer.from(record.secret ?? []).includes('p@ss')).toBe(false);
  const url = new URL(liveVariables(test.context, record)('LIVE_DATABASE_URL') ?? '');
  expect(decodeURIComponent(url.password)).toBe(PASSWORD);
  expect(liveVariables(test.context, record)('PATH')).toBeUndefined();
  const { tables } = await listLiveTables(test.context, { id: saved.id });
  expect(tables).toEqual([{ name: 'shop."Odd.Table"', rows: 2, kind: 'table', writable: true }]);
  const table = await describeLiveTable(test.context, { id: saved.id, name: 'shop."Odd.Table"' });
  expect(table).toMatchObject({ name: 'shop."Odd.Table"', uniqueKeys: [['id']], rows: 2 });
  await expect(describeLiveTable(test.context, { id: saved.id, name: 'shop.gone' })).rejects.toMatchObject({
    code: 'live.not_found',
  });
});

it('the same place is the same record, with the password that was just seen to work', async () => {
  const { store } = test.context;
  const first = await add(fields);
  const [again, ...more] = await Promise.all([1, 2, 3, 4].map((n) => add({ ...fields, name: `Shop ${n}` })));
  for (const one of [again, ...more]) expect(one).toEqual(first);
  expect(await store.liveStore.count({ where: { id: { not: first.id } } })).toBe(0);
  const { identity, secret } = await store.liveStore.findUniqueOrThrow({ where: { id: first.id } });
  expect(identity).toMatch(/^postgres \d+ \S+$/);
  expect(Buffer.from(secret ?? []).length).toBeGreaterThan(0);
  // by another account, or by another name of its host, it is another record of the same
  const other = await add({ ...fields, host: 'localhost' });
  expect(other.id).not.toBe(first.id);
  expect(await store.liveStore.count({ where: { identity } })).toBe(2);
  await store.liveStore.delete({ where: { id: other.id } });
});

it('refuses what cannot be reached or read, by field, and saves nothing', async () => {
  const before = await test.context.store.liveStore.count();
  await expect(add({ ...fields, password: 'wrong' })).rejects.toMatchObject({ code: 'live.unreachable' });
  await expect(add({ ...fields, port: 1 })).rejects.toMatchObject({ code: 'live.unreachable' });
  for (const [name, value] of Object.entries({
    host: 'a b',
    port: 0,
    user: '',
    ssl: 'maybe',
    database: '',
  })) {
    const failure = await add({ ...fields, [name]: value }).catch((e: unknown) => e);
    expect(failure).toMatchObject({ code: 'request.invalid', details: { problems: [{ path: name }] } });
  }
  expect(await test.context.store.liveStore.count()).toBe(before);
});

it('tells nobody what else is in the network, but of a PostgreSQL what is wrong', async () => {
  const silent = createServer((socket) => socket.end('SSH-2.0-x\r\n'));
  await new Promise<void>((done) => silent.listen(0, '127.0.0.1', done));
  const { port } = silent.address() as AddressInfo;
  const tried = async (change: object, env: object = {}) => {
    const context = { ...test.context, env: { ...test.context.env, ...env } };
    const input = checked(LiveStoreInput, { ...fields, host: '127.0.0.1', ...change });
    return testLiveStore(context, input).then(
      () => 'ok',
      (failure: Failure) => `${failure.code}: ${failure.message}`,
    );
  };
  for (const at of [1, port])
    expect(await tried({ port: at })).toBe(
      `live.unreachable: No PostgreSQL can be reached at 127.0.0.1:${at}.`,
    );
  silent.close();
  expect(await tried({ password: 'wrong' })).toMatch(/password authentication failed/);
  expect(await tried({ database: 'gone' })).toMatch(/database "gone" does not exist/);
  expect(await tried({ ssl: 'require' })).toMatch(/does not support SSL/);
  expect(await tried({ host: 'nowhere.invalid' })).toMatch(/nowhere.invalid/);
  // where a cloud tells a machine its credentials, however it is written
  for (const host of ['169.254.169.254', '::ffff:169.254.169.254', '2852039166', '0xa9fea9fe'])
    expect(await tried({ host, port: 80 })).toMatch(/^live.forbidden: \S+ leads to an address/);
  const here = new URL(test.url).port;
  const only = (text: string) => ({ liveHosts: readEnv({ RECOUNT_LIVE_HOSTS: text }).liveHosts });
  for (const hosts of ['127.0.0.1', `127.0.0.1:${here}`, 'db.example.org,127.0.0.0/8'])
    expect(await tried({}, only(hosts))).toBe('ok');
  expect(await tried({ host: 'localhost' }, only('127.0.0.0/8,::1/128'))).toBe('ok');
  for (const hosts of ['db.example.org', '127.0.0.1:1', '10.0.0.0/8'])
    expect(await tried({}, only(hosts))).toMatch(/^live.forbidden: .* is not among the hosts/);
  const token = { ...test.context.actor, via: 'token' as const, scope: scopeHolds('apply') };
  await expect(
    testLiveStore({ ...test.context, actor: token }, checked(LiveStoreInput, fields)),
  ).rejects.toMatchObject({ code: 'access.forbidden' });
});

it('takes a file under a root as its only table', async () => {
  mkdirSync(path.join(test.root, 'live'), { recursive: true });
  writeFileSync(path.join(test.root, 'live', 'totals.csv'), 'user_id,value\na,1.50\nb,2\n');
  writeFileSync(path.join(test.root, 'live', 'totals.txt'), 'user_id\n');
  const { id, ...row } = await add({ kind: 'file', root: 'files', path: 'live/totals.csv' });
  expect(row).toEqual({
    name: 'totals.csv',
    kind: 'file',
    location: 'files/live/totals.csv',
    password: 'none',
  });
  expect(await listLiveTables(test.context, { id })).toMatchObject({
    tables: [{ name: 'totals.csv', rows: 2 }],
  });
  const table = await describeLiveTable(test.context, { id, name: 'totals.csv' });
  expect(table.columns.map((c) => c.name)).toEqual(['user_id', 'value']);
  expect(table.identity).toEqual({ kind: 'file', path: 'totals.csv' });
  const downloaded = (role: 'operator' | 'viewer') =>
    downloadLiveFile({ ...test.context, actor: { ...test.context.actor, role } }, { id });
  expect(await (await downloaded('operator')).text()).toContain('a,1.50');
  await expect(downloaded('viewer')).rejects.toMatchObject({ code: 'access.forbidden' });
  const file = (at: string) => add({ kind: 'file', root: 'files', path: at });
  symlinkSync('totals.csv', path.join(test.root, 'live', 'alias.csv'));
  expect((await file('live/alias.csv')).id).toBe(id);
  await expect(file('live/gone.csv')).rejects.toMatchObject({ code: 'live.not_found' });
  await expect(file('../totals.csv')).rejects.toMatchObject({ code: 'archive.outside_roots' });
  await expect(file('live/totals.txt')).rejects.toMatchObject({ code: 'plan.field.invalid' });
  await expect(add({ kind: 'file' })).rejects.toMatchObject({ code: 'request.invalid' });
});

it('takes an uploaded file, glances at it, and keeps it from being removed', async () => {
  const data = Buffer.from('event_id,timestamp,user_id,value\ne1,2024-06-10T12:00:00Z,u1,1.50\n');
  const { id } = await addArchive(test.context, { kind: 'upload', name: 'live' });
  await expect(add({ kind: 'file', archiveId: id })).rejects.toMatchObject({ code: 'live.not_found' });
  const { fileId } = await announceFile(test.context, { id, path: 'live.csv', bytes: data.length });
  const request = new Request('http://localhost/', { method: 'PUT', body: data });
  await receivePiece(test.context, { id, fileId, offset: 0 }, request);
  await completeFile(test.context, { id, fileId, sha256: createHash('sha256').update(data).digest('hex') });
  const glanced = await glanceArchive(test.context, { id, format: 'auto' }, new Request('http://localhost/'));
  expect(glanced).toMatchObject({
    filesTotal: 1,
    formats: ['csv'],
    guess: { id: 'event_id', time: 'timestamp' },
    timesNeedZone: false,
  });
  const saved = await add({ kind: 'file', archiveId: id });
  expect(saved).toMatchObject({ name: 'live.csv', location: 'live.csv (uploaded)' });
  await expect(removeUpload(test.context, { id, fileId })).rejects.toMatchObject({ code: 'conflict' });
});
