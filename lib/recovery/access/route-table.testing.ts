import { globSync } from 'node:fs';
import path from 'node:path';
import { z } from 'zod';
import { type Actor, NOBODY } from '#lib/recovery/access/actor';
import {
  IN_PERSON,
  PERMISSIONS,
  type Permission,
  ROLES,
  roleHolds,
  scopeHolds,
  TOKEN_SCOPES,
} from '#lib/recovery/access/policy';
import { declarationOf, type RouteHandler } from '#lib/recovery/http/http';

// Every route of the API with the permission that its verb asks for. Run by itself it prints the table, for the browser
// tests, which ask it of a running Recount.

/** Answers what the API does not have; it is no verb. */
const UNKNOWN = 'app/api/[...path]/route.ts';

export type Route = {
  readonly method: string;
  /** `/api/v1/incidents/[ref]` */
  readonly address: string;
  readonly handle: RouteHandler;
};

/** All that the folders of app/api export. */
export async function readRoutes(): Promise<Route[]> {
  const files = globSync('app/api/**/route.ts').filter((file) => file !== UNKNOWN);
  const found = await Promise.all(
    files.map(async (file) => {
      const module: Record<string, RouteHandler> = await import(path.resolve(file));
      const address = path.dirname(file).replace(/^app/, '');
      return Object.entries(module).map(([method, handle]) => ({ method, address, handle }));
    }),
  );
  return found.flat();
}

/** What the verb asks for, by its own source; null: it asks for nothing first. */
export function permissionOf(handle: RouteHandler): Permission | null {
  const source = declarationOf(handle)?.verb.toString() ?? '';
  const body = source.slice(source.search(/\)\s*(?:=>\s*)?\{/));
  const [, name = ''] =
    /^\)\s*(?:=>\s*)?\{\s*(?:\(0,\s*)?[\w.]*permit\)?\([\w.]+,\s*["']([a-z_]+\.[a-z_]+)["']/.exec(body) ?? [];
  return Object.keys(PERMISSIONS).find((one): one is Permission => one === name) ?? null;
}

/** Who has signed in with this role, by hand. */
export const personOf = (role: Actor['role']): Actor => ({
  ...NOBODY,
  id: 'ann',
  role,
  via: 'session',
  provedAt: new Date(),
});
/** A program with a token of this scope, of a person of this role. */
export const programOf = (role: Actor['role'], scope: string): Actor => ({
  ...personOf(role),
  via: 'token',
  scope: scopeHolds(scope),
  provedAt: null,
});

/** Whether the table lets it pass, without the code that is tested. */
export function mayBy(actor: Actor, permission: Permission): boolean {
  if (PERMISSIONS[permission] === 'anyone') return true;
  const inPerson = actor.via === 'session' || !IN_PERSON.includes(permission);
  return roleHolds(actor.role, permission) && inPerson && (actor.scope?.includes(permission) ?? true);
}

/** Those who ask each route of a running Recount: nobody, each role, tokens by their scope and by their person. */
const ASKERS: Readonly<Record<string, Actor>> = {
  nobody: NOBODY,
  ...Object.fromEntries(ROLES.map((role) => [role, personOf(role)])),
  ...Object.fromEntries(
    Object.keys(TOKEN_SCOPES).map((scope) => [`token ${scope} of admin`, programOf('admin', scope)]),
  ),
  'token apply of viewer': programOf('viewer', 'apply'),
};

type Schema = z.core.JSONSchema.BaseSchema;
const ID = '00000000-0000-4000-8000-000000000000';
const PARAMS: Readonly<Record<string, string>> = { ref: 'INC-999999', row: '0', name: 'none' };

/** The least that a schema takes: enough to get past it, and about nothing that is there. */
function least(schema: Schema): unknown {
  const { type, format, minLength = 0, minimum, exclusiveMinimum, minItems = 0 } = schema;
  const [one] = schema.anyOf ?? schema.oneOf ?? [];
  if (schema.default !== undefined) return schema.default;
  if (schema.const !== undefined) return schema.const;
  if (schema.enum !== undefined) return schema.enum[0];
  if (one !== undefined) return least(one as Schema);
  if (type === 'object') {
    const fields = (schema.required ?? []).map((name) => [name, least(schema.properties?.[name] as Schema)]);
    return Object.fromEntries(fields);
  }
  if (type === 'array') return Array.from({ length: minItems }, () => least(schema.items as Schema));
  if (type === 'boolean') return false;
  if (type === 'number' || type === 'integer') return minimum ?? Number(exclusiveMinimum ?? 0) + 1;
  if (format === 'uuid') return ID;
  return schema.pattern?.includes('0-9a-f') ? 'a'.repeat(64) : 'x'.repeat(Math.max(1, minLength));
}

/** What a schema does not say of itself. */
const MORE: Readonly<Record<string, object>> = {
  'POST /api/v1/calculations': { text: 'versions: []' },
  'POST /api/v1/invitations': { email: 'nobody@example.org' },
  'POST /api/v1/me/email': { email: 'nobody@example.org' },
  'POST /api/v1/live-stores': { host: '127.0.0.1' },
  'POST /api/v1/live-stores/test': { host: '127.0.0.1' },
  'POST /api/v1/runs/[id]/left-out': { rows: [0] },
  'DELETE /api/v1/runs/[id]/left-out': { rows: [0] },
  'POST /api/v1/comments': { run: ID },
  'POST /api/v1/calculations/[id]/tests': { from: '2026-11-21T00:00:00Z', to: '2026-11-21T01:00:00Z' },
};

/** An input that gets past the schema of a route, and about nothing that is there. */
export function leastInput({ method, address, handle }: Route): Record<string, unknown> {
  const { schema = z.object({}) } = declarationOf(handle) ?? {};
  const input = least(z.toJSONSchema(schema, { io: 'input', unrepresentable: 'any' }));
  return { ...(input as object), ...MORE[`${method} ${address}`], ...paramsOf(address) };
}

const paramsOf = (address: string): Record<string, string> =>
  Object.fromEntries([...address.matchAll(/\[(\w+)\]/g)].map(([, name = '']) => [name, PARAMS[name] ?? ID]));

/** One route, how it is asked for, and for whom the table refuses it, with which code; null: it does not. */
export type AskedRoute = {
  readonly name: string;
  readonly method: string;
  readonly path: string;
  readonly body: Readonly<Record<string, unknown>> | null;
  readonly refusals: Readonly<Record<string, 'access.signed_out' | 'access.forbidden' | null>>;
};

function askedOf(route: Route): AskedRoute {
  const { method, address, handle } = route;
  const params = paramsOf(address);
  const given = Object.entries(leastInput(route)).filter(([name]) => !(name in params));
  const isQuery = method === 'GET' || declarationOf(handle)?.body === 'raw';
  const query = isQuery ? `?${new URLSearchParams(given.map(([name, value]) => [name, String(value)]))}` : '';
  const permission = permissionOf(handle);
  return {
    name: `${method} ${address}`,
    method,
    path: address.replace(/\[(\w+)\]/g, (_, name: string) => params[name] ?? '') + query,
    body: isQuery ? null : Object.fromEntries(given),
    refusals: Object.fromEntries(
      Object.entries(ASKERS).map(([name, actor]) => {
        const isRefused = permission !== null && !mayBy(actor, permission);
        const code = actor.role === 'nobody' ? 'access.signed_out' : 'access.forbidden';
        return [name, isRefused ? code : null];
      }),
    ),
  };
}

if (process.argv[1] === import.meta.filename) {
  console.log(JSON.stringify((await readRoutes()).map(askedOf)));
  process.exit(0); // what the verbs opened by being loaded does not keep it
}
