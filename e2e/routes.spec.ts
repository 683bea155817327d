import { spawnSync } from 'node:child_process';
import { createHash, randomBytes } from 'node:crypto';
import { request } from 'node:http';
import { text } from 'node:stream/consumers';
import type { Browser } from '@playwright/test';
import type { AskedRoute } from '#lib/recovery/access/route-table.testing';
import { ask } from './support/databases.ts';
import { installation } from './support/installation.ts';
import { type Role, signInAs } from './support/people.ts';
import { expect, test } from './support/test.ts';

// Every route of the running server, asked by nobody, by each role and by tokens: it refuses as the table of permissions
// says. What is asked for is never there, so that nothing changes.

const ROLES: readonly Role[] = ['viewer', 'operator', 'approver', 'admin'];
const AT_ONCE = 6;
/** These would change what other tests look at: who may do it is asked with a body that is none. */
const ACTS = [
  'POST /api/v1/incidents',
  'POST /api/v1/invitations',
  'POST /api/v1/samples/points',
  'POST /api/v1/samples/points/reset',
  'POST /api/v1/sign-out',
];

type Asker = { readonly name: string; readonly headers: Readonly<Record<string, string>> };
type Answer = { readonly status: number; readonly code: string | null; readonly text: string };

const address = () => `http://127.0.0.1:${installation().port}`;

async function send(
  { headers }: Pick<Asker, 'headers'>,
  method: string,
  path: string,
  body: unknown = null,
): Promise<Answer> {
  const json = method === 'GET' ? {} : { 'content-type': 'application/json' };
  const answer = await fetch(address() + path, {
    method,
    redirect: 'manual',
    headers: { ...headers, ...json },
    ...(method === 'GET' ? {} : { body: JSON.stringify(body ?? {}) }),
  });
  const said = await answer.text();
  const isJson = /^application\/json(;|$)/.test(answer.headers.get('content-type') ?? '');
  const { error } = isJson ? (JSON.parse(said) as { error?: { code: string } }) : {};
  return { status: answer.status, code: error?.code ?? null, text: said };
}

/** The address as it is spelled: `fetch` would tidy it first. */
const sendAsSpelled = (path: string): Promise<{ status: number; text: string }> =>
  new Promise((done, fail) => {
    const sent = request({ host: '127.0.0.1', port: installation().port, path }, (answer) => {
      text(answer).then((said) => done({ status: answer.statusCode ?? 0, text: said }), fail);
    });
    sent.once('error', fail).end();
  });

async function signedIn(browser: Browser, role: Role, name: string): Promise<Asker> {
  const context = await signInAs(browser, role, name);
  const cookie = (await context.cookies()).map((one) => `${one.name}=${one.value}`).join('; ');
  await context.close();
  return { name: role, headers: { cookie } };
}

async function program(role: Role, scope: string): Promise<Asker> {
  const token = `rct_${randomBytes(32).toString('base64url')}`;
  await ask(
    'records',
    `insert into api_token (person_id, name, scope, token_sha256, expires_at)
     values ($1, 'e2e', $2, $3, now() + interval '1 hour')`,
    [`e2e-route-${role}`, scope, createHash('sha256').update(token).digest('base64url')],
  );
  return { name: `token ${scope} of ${role}`, headers: { authorization: `Bearer ${token}` } };
}

/** More tries to sign in than one address has: what came of them is forgotten. */
const forgetTries = () => ask('records', 'delete from sign_in_try');

test.afterEach(forgetTries);
test.afterAll(async () => {
  await ask('records', "delete from api_token where person_id like 'e2e-route-%'");
});

test('every route answers each role and token as the table of permissions says', async ({ browser }) => {
  const run = spawnSync(process.execPath, ['lib/recovery/access/route-table.testing.ts'], {
    encoding: 'utf8',
  });
  expect(run.status, run.stderr).toBe(0);
  const routes: AskedRoute[] = JSON.parse(run.stdout);
  expect(routes.length).toBeGreaterThan(90);
  const people: Asker[] = [];
  for (const role of ROLES) people.push(await signedIn(browser, role, `Route ${role}`));
  const askers: Asker[] = [
    { name: 'nobody', headers: {} },
    ...people,
    await program('admin', 'read'),
    await program('admin', 'prepare'),
    await program('admin', 'apply'),
    await program('viewer', 'apply'),
  ];
  expect(askers.map(({ name }) => name)).toEqual(Object.keys(routes[0]?.refusals ?? {}));
  const wrong: unknown[] = [];
  const statuses = new Map<number, number>();
  const waiting = [...routes];
  const work = async (): Promise<void> => {
    for (let route = waiting.pop(); route !== undefined; route = waiting.pop()) {
      const { name, method, path, body, refusals } = route;
      // where everybody may, two are asked: the slow hashing of passwords would be most of the test
      const isOpen = Object.values(refusals).every((refusal) => refusal === null);
      for (const asker of askers.filter(({ name: who }) => !isOpen || ['nobody', 'admin'].includes(who))) {
        const expected = refusals[asker.name] ?? null;
        const isHarmless = expected !== null || !ACTS.includes(name);
        const { status, code } = await send(asker, method, path, isHarmless ? body : []);
        statuses.set(status, (statuses.get(status) ?? 0) + 1);
        const isRefused = code === 'access.signed_out' || code === 'access.forbidden';
        const isRight = expected === null ? !isRefused && status !== 500 : code === expected;
        if (!isRight) wrong.push([name, asker.name, status, code, `expected ${expected}`]);
      }
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, work));
  expect(wrong).toEqual([]);
  // what is refused is refused for who asks, not for what was asked: some are answered, some find nothing
  for (const status of [200, 401, 403, 404]) expect(statuses.get(status), `${status}`).toBeGreaterThan(10);
});

test('no other spelling of an address leads past the sign-in', async () => {
  for (const path of [
    '/api/v1/incidents?_rsc=1',
    '/api/v1/incidents/',
    '/api//v1/incidents',
    '/api/v1/%69ncidents',
    '/api/v1/incidents.rsc',
    '/api/v1/sign-in/../incidents',
    '/api/v1/sign-in/%2e%2e/incidents',
    '/sign-in/../incidents',
    '/sign-in/%2e%2e/incidents',
    '/incidents.rsc',
    '/incidents/INC-1.rsc',
    '/incidents.segments/_tree.segment.rsc',
    '/_next/data/build/incidents.json',
    '/_next/static/../../incidents',
    '//incidents',
    '/Incidents',
  ]) {
    const { status, text: said } = await sendAsSpelled(path);
    expect([307, 308, 400, 401, 404], `${path}: ${status}`).toContain(status);
    expect(said, path).not.toMatch(/INC-\d|Sample|Robin/);
  }
  for (const [name, value] of Object.entries({
    'x-middleware-subrequest': 'middleware:middleware:middleware',
    'x-recount-address': '127.0.0.1',
    'x-forwarded-host': '127.0.0.1',
    'x-original-url': '/sign-in',
    'x-http-method-override': 'GET',
    authorization: 'Bearer rct_',
    cookie: `recount-${installation().port}=${'A'.repeat(43)}`,
  }))
    expect((await send({ headers: { [name]: value } }, 'GET', '/api/v1/incidents')).status, name).toBe(401);
});

test('what is one person’s own is there for nobody else', async ({ browser }) => {
  const olga = await signedIn(browser, 'operator', 'Route Olga');
  const vera = await signedIn(browser, 'viewer', 'Route Vera');
  const json = async (asker: Asker, path: string) => JSON.parse((await send(asker, 'GET', path)).text);
  const one = async (sql: string, values: readonly unknown[] = []): Promise<string> =>
    (await ask<{ id: string }>('records', sql, values))[0]?.id ?? '';

  const made = await send(olga, 'POST', '/api/v1/tokens', { name: 'own', scope: 'read', days: 1 });
  const { id: token, token: secret } = JSON.parse(made.text) as { id: string; token: string };
  // a token counts in its header only, and no page of another origin may read what it opens
  const authorization = `Bearer ${secret}`;
  const query = new URLSearchParams({ token: secret, access_token: secret, authorization });
  expect((await send({ headers: {} }, 'GET', `/api/v1/incidents?${query}`)).status).toBe(401);
  const elsewhere = { authorization, origin: 'https://evil.example' };
  const shown = await fetch(`${address()}/api/v1/incidents`, { headers: elsewhere });
  expect([shown.status, shown.headers.get('access-control-allow-origin')]).toEqual([200, null]);
  expect((await send({ headers: elsewhere }, 'POST', '/api/v1/incidents', {})).code).toBe(
    'request.forbidden',
  );
  expect((await json(vera, '/api/v1/tokens')).tokens).toEqual([]);
  expect((await send(vera, 'DELETE', `/api/v1/tokens/${token}`)).status).toBe(404);

  const [session] = (await json(olga, '/api/v1/me/sessions')).sessions as { id: string }[];
  expect((await send(vera, 'DELETE', `/api/v1/me/sessions/${session?.id}`)).status).toBe(404);
  const passkey = await one(
    `insert into passkey (id, public_key, person_id, credential_id, counter, device_type, backed_up)
     values ('e2e-key', 'x', 'e2e-route-olga', 'e2e-key', 0, 'singleDevice', false) returning id`,
  );
  expect((await send(vera, 'DELETE', `/api/v1/me/passkeys/${passkey}`)).status).toBe(404);

  const incident = await one(
    "insert into incident (title, plan, created_by) values ('Own', '{}', 'e2e-route-olga') returning id",
  );
  const runId = await one(
    `insert into run (number, incident_id, plan, plan_sha256, state, created_by)
     values (1, $1, '{}', repeat('0', 64), 'cancelled', 'e2e-route-olga') returning id`,
    [incident],
  );
  try {
    const said = await send(olga, 'POST', '/api/v1/comments', { run: runId, body: 'Hers' });
    expect(said.status, said.text).toBe(201);
    const comment = await one('select id from comment where run_id = $1', [runId]);
    const change = await send(vera, 'PATCH', `/api/v1/comments/${comment}`, { body: 'Not hers' });
    expect([change.status, change.code]).toEqual([403, 'access.forbidden']);
    const remove = await send(vera, 'DELETE', `/api/v1/comments/${comment}`);
    expect(remove.status).toBeGreaterThanOrEqual(400);
    expect(await one('select body as id from comment where id = $1', [comment])).toBe('Hers');
    const told = await one(
      `insert into notification (person_id, kind, incident_id, comment_id, actor)
       values ('e2e-route-olga', 'mentioned', $1, $2, 'e2e-route-vera') returning id`,
      [incident, comment],
    );
    expect((await send(vera, 'POST', '/api/v1/notifications/read', { ids: [told] })).status).toBe(200);
    const isRead = ({ unread, newest }: { unread: number; newest: { id: string }[] }) => [
      unread,
      newest.map(({ id }) => id),
    ];
    expect(isRead(await json(olga, '/api/v1/notifications'))).toEqual([1, [told]]);
    expect(isRead(await json(vera, '/api/v1/notifications'))).toEqual([0, []]);
  } finally {
    await ask('records', 'delete from incident where id = $1', [incident]);
  }
  // hers are all still there, and she may end them
  expect((await json(olga, '/api/v1/tokens')).tokens).toHaveLength(1);
  expect((await send(olga, 'DELETE', `/api/v1/tokens/${token}`)).status).toBe(200);
  expect((await send(olga, 'DELETE', `/api/v1/me/passkeys/${passkey}`)).status).toBe(200);
});
