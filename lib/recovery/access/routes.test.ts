import { globSync, readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Failure } from '#lib/base/failure';
import { type Actor, NOBODY, RECOUNT } from '#lib/recovery/access/actor';
import { PERMISSIONS, ROLES, TOKEN_SCOPES } from '#lib/recovery/access/policy';
import {
  leastInput,
  mayBy,
  permissionOf,
  personOf,
  programOf,
  type Route,
  readRoutes,
} from '#lib/recovery/access/route-table.testing';
import { declarationOf, type RouteHandler } from '#lib/recovery/http/http';
import type { Context } from '#lib/recovery/setup/context';
import { readEnv } from '#lib/recovery/setup/env';

// Every route, with nobody, with each role and with each scope of a token: held to the one table of permissions.

const METHODS = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS'];
const ACTORS: readonly (readonly [string, Actor])[] = [
  ['nobody', NOBODY],
  ...ROLES.map((role) => [role, personOf(role)] as const),
  ...ROLES.flatMap((role) =>
    [...Object.keys(TOKEN_SCOPES), 'a word that is no scope'].map(
      (scope) => [`token ${scope} of ${role}`, programOf(role, scope)] as const,
    ),
  ),
  ['recount', RECOUNT],
];

class Touched extends Error {}
/** Whatever a verb does with it beyond asking for the permission, throws. */
const poisoned = (): never => {
  throw new Touched('the verb went on');
};
const poison: object = new Proxy(() => undefined, {
  get: poisoned,
  apply: poisoned,
  has: poisoned,
  ownKeys: poisoned,
});

/** Whether the verb behind a route goes on for this actor. */
async function goesOn(handle: RouteHandler, actor: Actor): Promise<boolean> {
  const context = { store: poison, env: poison, jobs: poison, key: poison, actor } as unknown as Context;
  const verb = declarationOf(handle)?.verb as ((...given: unknown[]) => Promise<unknown>) | undefined;
  try {
    await verb?.(context, {}, new Request('http://127.0.0.1/'));
    return true;
  } catch (error) {
    if (error instanceof Failure && error.details.permission !== undefined) return false;
    return !(error instanceof Failure && error.code === 'access.signed_out');
  }
}

/** Node asks for `duplex` where a body is a stream; the types of the page's fetch do not know it. */
const unreadBody = (body: ReadableStream): RequestInit => Object.assign({ body }, { duplex: 'half' });

describe('every route', () => {
  let all: readonly (Route & { readonly name: string })[] = [];
  beforeAll(async () => {
    const routes = await readRoutes();
    all = routes.map((route) => ({ ...route, name: `${route.method} ${route.address}` }));
  }, 60_000);
  afterAll(() => {
    globalThis.recountContext = undefined;
  });

  it('is one verb behind the wrapper, and the verb asks for a permission of the table first', () => {
    expect(all.length).toBeGreaterThan(90);
    expect(all.filter(({ method }) => !METHODS.includes(method))).toEqual([]);
    expect(all.filter(({ handle }) => declarationOf(handle) === undefined).map(({ name }) => name)).toEqual(
      [],
    );
    expect(all.filter(({ handle }) => permissionOf(handle) === null).map(({ name }) => name)).toEqual([]);
  });

  it('is open exactly where its permission is for anyone', () => {
    const wrong = all.filter(({ handle }) => {
      const permission = permissionOf(handle);
      return declarationOf(handle)?.isOpen !== (permission !== null && PERMISSIONS[permission] === 'anyone');
    });
    expect(wrong.map(({ name }) => name)).toEqual([]);
  });

  it.each(ACTORS)('answers %s as the table says', async (_, actor) => {
    const wrong: string[] = [];
    for (const { name, handle } of all) {
      const permission = permissionOf(handle);
      if (permission === null) continue;
      const expected = mayBy(actor, permission);
      if ((await goesOn(handle, actor)) !== expected) wrong.push(`${name} ${permission}: ${!expected}`);
    }
    expect(wrong).toEqual([]);
  });

  it('has an input that the browser tests ask it with', () => {
    const wrong = all.filter(
      (route) => !declarationOf(route.handle)?.schema.safeParse(leastInput(route)).success,
    );
    expect(wrong.map(({ name }) => name)).toEqual([]);
  });

  it('refuses nobody before it reads a body or an input', async () => {
    const nobodys = { store: poison, env: readEnv({}), jobs: poison, key: poison, actor: NOBODY };
    globalThis.recountContext = Promise.resolve(nobodys as unknown as Context);
    const wrong: unknown[] = [];
    for (const { name, handle } of all.filter(({ handle: one }) => declarationOf(one)?.isOpen === false)) {
      const [method = 'GET'] = name.split(' ');
      const unread = new ReadableStream(
        {
          pull: () => {
            wrong.push(`${name} reads the body`);
          },
        },
        { highWaterMark: 0 },
      );
      const hasBody = method !== 'GET' && method !== 'DELETE';
      const headers = {
        host: '127.0.0.1:4000',
        'content-type': 'application/json',
        'x-middleware-subrequest': 'middleware',
      };
      const init: RequestInit = { method, headers, ...(hasBody ? unreadBody(unread) : {}) };
      const request = new Request('http://127.0.0.1:4000/x?limit=nonsense', init);
      const { status } = await handle(request, { params: Promise.resolve({}) });
      if (status !== 401) wrong.push([name, status]);
    }
    expect(wrong).toEqual([]);
  });
});

it('there is no server action, and no page that reads records past the verbs', () => {
  const sources = globSync('{app,components}/**/*.{ts,tsx}');
  expect(sources.length).toBeGreaterThan(100);
  const read = (file: string): string => readFileSync(file, 'utf8');
  expect(sources.filter((file) => /['"]use server['"]/.test(read(file)))).toEqual([]);
  const pages = sources.filter((file) => file.startsWith('app/') && !file.startsWith('app/api/'));
  expect(pages.filter((file) => /lib\/adapters|\bstore\b/.test(read(file)))).toEqual([]);
});
