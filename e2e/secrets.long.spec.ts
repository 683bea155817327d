import { spawnSync } from 'node:child_process';
import { existsSync, globSync, readFileSync, rmSync } from 'node:fs';
import { createServer } from 'node:http';
import path from 'node:path';
import { gunzipSync } from 'node:zlib';
import { type APIRequestContext, type Browser, test as plainTest, request } from '@playwright/test';
import pg from 'pg';
import { freePort, makeTemporary } from './support/installation.ts';
import { filesIn, formsOf, type OwnStart, startOwn } from './support/own-start.ts';
import { FAILED, operator, SHORTER } from './support/seed.ts';
import { expect } from './support/test.ts';

// An installation of its own with secrets that nobody else has; each is then looked for in everything that came of it. It
// runs twice: first from nothing, logging in words, then restored from its backup, logging in JSON.

const DATABASE = 'c4nary:p@ss/w%rd"7f3a';
const SECRETS = new Map<string, string>([
  ['password of a live store', DATABASE],
  ['wrong password of a live store', 'wr0ng&c4nary <2b9e>'],
  ['token in the address of a webhook', 'T0c4naryB8xHook51d0'],
  ['client secret of OpenID', 'oidc+c4nary/=4d1c-9f'],
  ['secret of cookies', 'k8Zc4nary-Q2vT7wYb3nR6mJ1xL5pD9sF0hGaE4uC'],
  ['own password', 'own c4nary pa$$phrase 6e'],
]);
const secret = (name: string): string => SECRETS.get(name) ?? '';
const SETTLED = ['done', 'failed', 'cancelled'];

type Artefacts = Map<string, Buffer>;
const found: Artefacts = new Map();
const keep = (where: string, what: string | Buffer): void => void found.set(where, Buffer.from(what));

let dir: string;
let dataDir: string;
let restored: string;
let backup: string;
const issuer = createServer();
let settings: Record<string, string>;
const running: OwnStart[] = [];

plainTest.describe.configure({ mode: 'serial', timeout: 240_000 });
plainTest.beforeAll(async () => {
  dir = makeTemporary('recount-e2e-secrets-');
  [dataDir, restored, backup] = [
    path.join(dir, 'data'),
    path.join(dir, 'restored'),
    path.join(dir, 'backup.tar.gz'),
  ];
  await new Promise<void>((listening) => issuer.listen(0, '127.0.0.1', listening));
  const at = issuer.address();
  const url = `http://127.0.0.1:${typeof at === 'object' ? at?.port : 0}`;
  issuer.on('request', (asked, answer) => {
    answer.setHeader('content-type', 'application/json');
    if (asked.url === '/token') return answer.writeHead(401).end('{"error":"invalid_client"}');
    const endpoints = {
      authorization_endpoint: `${url}/auth`,
      token_endpoint: `${url}/token`,
      jwks_uri: `${url}/keys`,
    };
    return answer.end(JSON.stringify({ issuer: url, ...endpoints, keys: [] }));
  });
  settings = {
    RECOUNT_SECRET: secret('secret of cookies'),
    RECOUNT_OIDC_ISSUER: url,
    RECOUNT_OIDC_CLIENT_ID: 'recount',
    RECOUNT_OIDC_CLIENT_SECRET: secret('client secret of OpenID'),
    RECOUNT_ARCHIVE_ROOTS: 'samples=./samples',
    RECOUNT_WEBHOOK_HOSTS: `127.0.0.1:${await freePort()}`,
  };
});
plainTest.afterAll(async () => {
  for (const one of running) await one.stop();
  issuer.close();
  rmSync(dir, { recursive: true, force: true });
});

const command = (args: readonly string[], folder: string) => {
  const env = { ...process.env, ...settings, DATABASE_URL: '', RECOUNT_DATA_DIR: folder };
  const ran = spawnSync('node', ['lib/entry/run.js', 'cli', ...args], { env, encoding: 'utf8' });
  expect(ran.status, ran.stderr).toBe(0);
  return ran.stdout + ran.stderr;
};

/** A browser's session of the first admin, by the link that is printed. */
async function signIn(address: string, said: string): Promise<APIRequestContext> {
  const token = /\/welcome#([\w-]{43})/.exec(said)?.[1] ?? '';
  SECRETS.set(`sign-in link ${running.length}`, token);
  const client = await request.newContext({ baseURL: address });
  expect((await client.post('/api/v1/welcome', { data: { token } })).status()).toBe(200);
  for (const { name, value } of (await client.storageState()).cookies)
    SECRETS.set(`cookie ${name} ${running.length}`, decodeURIComponent(value));
  return client;
}

/** Asks the API and keeps what it answers. */
async function call(
  client: APIRequestContext,
  method: string,
  at: string,
  data?: object,
): Promise<Record<string, string>> {
  const answer = await client.fetch(`/api/v1${at}`, {
    method,
    ...(data === undefined ? {} : { data }),
    maxRedirects: 0,
  });
  const text = await answer.text();
  keep(`${running.length} ${method} ${at} ${found.size}`, text);
  return { status: String(answer.status()), ...(text.startsWith('{') ? JSON.parse(text) : {}) };
}

/** What answers once with a secret: nothing of it is kept but the secret, to look for it. */
async function given(
  client: APIRequestContext,
  at: string,
  data: object,
  name: 'token' | 'secret' | 'url',
): Promise<string> {
  const answer = await client.post(`/api/v1${at}`, { data });
  const body: Record<string, string> = await answer.json();
  expect(answer.ok(), JSON.stringify(body)).toBe(true);
  const value = (body[name] ?? '').replace(/^.*#/, '');
  expect(value.length).toBeGreaterThan(20);
  SECRETS.set(`${at} ${running.length}`, value);
  return body.id ?? '';
}

/** An account of the sample's database with the password, and connections with it that cannot work. */
async function connections(folder: string) {
  const read = (name: string): string => readFileSync(path.join(folder, 'postgres', name), 'utf8').trim();
  const port = Number(read('port'));
  const asAdmin = async (...statements: readonly string[]): Promise<void> => {
    const database = { host: '127.0.0.1', port, user: 'recount', database: 'recount_sample' };
    const admin = new pg.Client({ ...database, password: read('password') });
    await admin.connect();
    for (const statement of statements) await admin.query(statement);
    await admin.end();
  };
  const change = (password: string) => asAdmin(`alter role canary password ${pg.escapeLiteral(password)}`);
  await asAdmin('drop role if exists canary', 'create role canary login in role recount_sample');
  await change(DATABASE);
  const right = {
    kind: 'postgres',
    host: '127.0.0.1',
    port,
    database: 'recount_sample',
    user: 'canary',
    password: DATABASE,
    ssl: 'disable',
  };
  const wrong = { ...right, password: secret('wrong password of a live store') };
  return {
    change,
    right: { ...right, name: 'right' },
    broken: [
      { ...wrong, name: 'wrong password' },
      { ...right, name: 'no such host', host: 'no-such-host.invalid' },
      { ...right, name: 'no TLS there', ssl: 'verify-full' },
      { ...right, name: 'no such database', database: 'no_such_database' },
      { ...right, name: 'nobody listens', port: await freePort() },
      { ...right, name: 'no such user', user: 'no_such_user' },
    ],
  };
}

type Ids = {
  readonly incident: string;
  readonly run: string;
  readonly patch: string;
  readonly store: string;
  readonly webhook: string;
};

/** Everything that an admin does with a secret, and much that fails with one. */
async function plantSecrets(client: APIRequestContext, folder: string): Promise<Ids> {
  const does = operator(client);
  const { right, broken, change } = await connections(folder);
  expect(await call(client, 'POST', '/live-stores/test', right)).toMatchObject({ status: '200' });
  const store = await call(client, 'POST', '/live-stores', right);
  for (const one of broken)
    for (const at of ['/live-stores/test', '/live-stores'])
      expect((await call(client, 'POST', at, one)).error, one.name).toBeDefined();
  for (const nonsense of [
    { ...right, port: 'x' },
    { password: [DATABASE] },
    { ...right, host: `${DATABASE}@x` },
  ])
    expect((await call(client, 'POST', '/live-stores/test', nonsense)).error).toBeDefined();
  const broke = await client.post('/api/v1/live-stores', {
    data: `{"password":${JSON.stringify(DATABASE)}`,
    headers: { 'content-type': 'application/json' },
  });
  keep('a body that breaks off', await broke.text());

  const incident = await does.openSample();
  await call(client, 'PATCH', `/incidents/${incident}`, { liveStoreId: store.id });
  await change('another one since');
  const { id } = await does.startPreview(incident, SHORTER);
  await expect
    .poll(async () => (await call(client, 'GET', `/runs/${id}`)).state, { timeout: 30_000 })
    .toBe('failed');
  expect((await call(client, 'GET', `/live-stores/${store.id}/tables`)).error).toBeDefined();
  const again = { password: secret('wrong password of a live store') };
  expect((await call(client, 'PUT', `/live-stores/${store.id}/password`, again)).error).toBeDefined();
  await change(DATABASE);
  const patch = await does.propose(incident, FAILED);
  await call(client, 'POST', `/patches/${patch.id}/preflight`, { seal: patch.seal });
  await call(client, 'POST', `/patches/${patch.id}/export.sql`, { seal: patch.seal });
  await given(client, `/incidents/${incident}/shares`, { days: 1, maskKeys: true }, 'url');

  const url = `http://${settings.RECOUNT_WEBHOOK_HOSTS}/${secret('token in the address of a webhook')}`;
  const webhook = await given(
    client,
    '/webhooks',
    { name: 'Chat', url, events: ['patch.proposed'] },
    'secret',
  );
  await call(client, 'POST', `/webhooks/${webhook}/test`, {});
  await call(client, 'POST', '/webhooks', {
    name: 'No',
    url: url.replace('127.0.0.1', 'evil.example'),
    events: ['patch.proposed'],
  });
  await given(client, '/tokens', { name: 'cron', scope: 'read', days: 1 }, 'token');
  const bearer = { authorization: `Bearer ${SECRETS.get(`/tokens ${running.length}`)}` };
  keep('by token', await (await client.get('/api/v1/me', { headers: bearer })).text());

  await call(client, 'POST', '/me/password', { password: secret('own password'), email: 'ann@example.org' });
  await call(client, 'POST', '/sign-in', {
    email: 'ann@example.org',
    password: `${secret('own password')}x`,
  });
  const { url: there } = await call(client, 'POST', '/sign-in/provider', { next: '/incidents' });
  const state = new URL(there ?? '').searchParams.get('state');
  const back = await client.get(`/api/auth/callback/oidc?code=x&state=${state}`, { maxRedirects: 0 });
  keep('refused by the provider', `${JSON.stringify(back.headers())}${await back.text()}`);
  await expect
    .poll(async () => SETTLED.includes((await call(client, 'GET', `/runs/${patch.runId}`)).state ?? ''))
    .toBe(true);
  return { incident, run: patch.runId, patch: patch.id, store: store.id ?? '', webhook };
}

/** Every page as HTML and as what Next sends to a page that is open; every answer of the API to a GET. */
async function readAll(client: APIRequestContext, ids: Ids): Promise<void> {
  const fill = (at: string): string =>
    at
      .replace('[ref]', ids.incident)
      .replace(
        /(runs|patches|live-stores|webhooks|roots|tables|cells)\/\[\w+\]/,
        (_, room: string) => `${room}/${filled(room, ids)}`,
      )
      .replace('tables/[name]', 'tables/points.hourly_points')
      .replace('cells/[row]', 'cells/1')
      .replace(/\[\w+\]/g, '00000000-0000-4000-8000-000000000000');
  const pages = globSync('app/**/page.tsx').map((file) =>
    fill(`/${file.replace(/^app\/|\([a-z]+\)\/|\/?page\.tsx$/g, '')}`),
  );
  expect(pages.length).toBeGreaterThan(20);
  for (const page of pages)
    for (const headers of [{}, { RSC: '1' }]) {
      const answer = await client.get(page, { headers });
      expect(answer.status(), page).toBeLessThan(500);
      keep(`${running.length} page ${page} ${JSON.stringify(headers)}`, await answer.body());
    }
  const routes = globSync('app/api/**/route.ts').filter((file) =>
    /export const GET/.test(readFileSync(file, 'utf8')),
  );
  expect(routes.length).toBeGreaterThan(50);
  const answered = new Set<number>();
  for (const route of routes.map((file) => fill(`/${file.replace(/^app\/|\/route\.ts$/g, '')}`))) {
    if (/\/events$/.test(route) && route.includes('patches')) continue; // a stream that ends with the patch
    const answer = await client.get(route, { maxRedirects: 0 });
    answered.add(answer.status());
    expect(answer.status(), route).not.toBe(500);
    keep(
      `${running.length} GET ${route}`,
      `${JSON.stringify(answer.headers())}${(await answer.body()).toString('latin1')}`,
    );
  }
  expect([...answered]).toContain(200);
}

const filled = (room: string, ids: Ids): string =>
  ({ runs: ids.run, patches: ids.patch, 'live-stores': ids.store, webhooks: ids.webhook })[room] ?? 'samples';

/** What stands on pages once their scripts ran, and in their fields. */
async function look(
  browser: Browser,
  client: APIRequestContext,
  address: string,
  { incident }: Ids,
): Promise<void> {
  const context = await browser.newContext({ baseURL: address, storageState: await client.storageState() });
  const page = await context.newPage();
  for (const at of [`/incidents/new?incident=${incident}`, '/settings/webhooks', '/settings/tokens']) {
    await page.goto(at);
    await expect(page.getByRole('main')).toBeVisible();
    await page.waitForLoadState('networkidle');
    const fields = await page
      .locator('input, textarea')
      .evaluateAll((all) => all.map((one) => 'value' in one && one.value));
    keep(`${running.length} seen ${at}`, `${await page.content()}${JSON.stringify(fields)}`);
  }
  await context.close();
}

async function goThrough(
  browser: Browser | null,
  folder: string,
  log: 'words' | 'json',
  link: () => string,
): Promise<void> {
  const own = await startOwn(folder, { ...settings, RECOUNT_LOG: log });
  running.push(own);
  const client = await signIn(own.address, link() || own.said());
  const ids = await plantSecrets(client, folder);
  await readAll(client, ids);
  // what the pages make of it does not hang on the form of the log
  if (browser !== null) await look(browser, client, own.address, ids);
  await client.dispose();
}

async function end(folder: string, log: string): Promise<void> {
  const own = running[running.length - 1];
  expect(await own?.stop()).toBe(0);
  keep(`log in ${log}`, own?.said() ?? '');
  keep(`processes while it logs in ${log}`, own?.processes() ?? '');
  for (const [name, bytes] of filesIn(folder)) found.set(`${path.basename(folder)}/${name}`, bytes);
}

plainTest(
  'from nothing to a recovery and a backup, with secrets that fail in every way',
  async ({ browser }) => {
    await goThrough(browser, dataDir, 'words', () => '');
    keep('the command backup', command(['backup', '--out', backup, '--with-key'], dataDir));
    keep('the backup', gunzipSync(readFileSync(backup)));
    keep('the command audit verify', command(['audit', 'verify'], dataDir));
    command(['audit', 'export', '--out', path.join(dir, 'audit.jsonl')], dataDir);
    keep('the exported audit', readFileSync(path.join(dir, 'audit.jsonl')));
    await end(dataDir, 'words');
  },
);

plainTest('restored on an empty machine it starts, and knows what was', async () => {
  keep('the command restore', command(['restore', '--from', backup, '--data-dir', restored], restored));
  await goThrough(null, restored, 'json', () => command(['sign-in-link'], restored));
  const incidentOf = (round: number): string =>
    /"rows":\[\{"id":"([\w-]+)","number":1,/.exec(String(found.get(`${round} GET /api/v1/incidents`)))?.[1] ??
    '';
  expect(incidentOf(2)).toMatch(/^[\w-]{36}$/);
  expect(incidentOf(2)).toBe(incidentOf(1));
  await end(restored, 'json');
});

plainTest('no secret stands in an answer, page, file, record, log, process, export or backup', () => {
  const log = (form: string) => found.get(`log in ${form}`)?.toString() ?? '';
  expect(log('words')).toContain('ready at http');
  expect(log('json')).toContain('"job":"preview"');
  for (const form of ['words', 'json']) expect(log(form)).not.toMatch(/Deprecat/);
  expect(found.size).toBeGreaterThan(300);
  for (const form of existsSync('/proc') ? ['words', 'json'] : [])
    for (const process of ['child-start.js', 'postgres', 'web.ts'])
      expect(String(found.get(`processes while it logs in ${form}`))).toContain(process);
  expect(SECRETS.size).toBeGreaterThan(14);
  // it would be found
  const inHeader = Buffer.from(`Basic ${Buffer.from(`recount:${DATABASE}`).toString('base64')}`);
  expect(formsOf(DATABASE).some((form) => inHeader.includes(form))).toBe(true);
  const wrong: string[] = [];
  for (const [name, value] of SECRETS) {
    expect(value.length, name).toBeGreaterThan(15);
    const forms = formsOf(value);
    for (const [where, bytes] of found) {
      // the link is printed, for whoever starts it
      if (name.startsWith('sign-in link') && where === 'log in words') continue;
      if (forms.some((form) => bytes.includes(form))) wrong.push(`${name}: ${where}`);
    }
  }
  expect(wrong).toEqual([]);
});
