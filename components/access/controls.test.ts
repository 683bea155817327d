import { globSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { beforeAll, expect, it } from 'vitest';
import { mayNot } from '#components/access/use-me.ts';
import { PERMISSIONS, type Permission, permissionsOf, ROLES, roleHolds } from '#lib/recovery/access/policy';
import { declarationOf, type RouteHandler } from '#lib/recovery/http/http';

// Every control of the page against the table of permissions: what a file sends to the server, it, or whatever shows it,
// asks the table for first.

const read = (file: string): string =>
  readFileSync(file, 'utf8').replace(/\/\*[\s\S]*?\*\/|^\s*\/\/.*$/gm, '');
const sources = new Map(
  globSync('{app,components}/**/*.{ts,tsx}')
    .filter((file) => !file.startsWith('app/api/') && !/\.test\.|query\/api\.ts$/.test(file))
    .map((file) => [file, read(file)]),
);
const isPermission = (text: string): text is Permission => Object.hasOwn(PERMISSIONS, text);

it('every permission that a page names is one of the table', () => {
  const named = [...sources].flatMap(([file, text]) => [
    ...[...text.matchAll(/\b(?:useMay|useMayNot|mayNot)\(([^()]*)/g)].flatMap(([, given = '']) =>
      [...given.matchAll(/'([a-z_]+\.[a-z_]+)'/g)].map(([, name = '']) => [file, name] as const),
    ),
    ...[...text.matchAll(/\b(?:needs|permission)(?:=|: )["']([^"']+)["']/g)].map(
      ([, name = '']) => [file, name] as const,
    ),
    ...[...text.matchAll(/const [A-Z_]+ = \[((?:\s*'[a-z_]+\.[a-z_]+',?)+)\s*\]/g)].flatMap(
      ([, list = '']) =>
        text.includes('use-me')
          ? [...list.matchAll(/'([^']+)'/g)].map(([, name = '']) => [file, name] as const)
          : [],
    ),
  ]);
  expect(named.length).toBeGreaterThan(40);
  expect(named.filter(([, name]) => !isPermission(name))).toEqual([]);
});

it('says the role that the table asks for; of several permissions that of the highest', () => {
  const viewer = { permissions: permissionsOf('viewer'), needs: PERMISSIONS };
  expect(mayNot(viewer, 'comment.write', 'comment')).toBeNull();
  expect(mayNot(viewer, 'patch.approve', 'approve')).toBe('To approve, ask an admin for the approver role.');
  expect(mayNot(viewer, ['people.change', 'patch.apply'], 'x')).toContain('the admin role');
  for (const role of ROLES) {
    const me = { permissions: permissionsOf(role), needs: PERMISSIONS };
    for (const name of Object.keys(PERMISSIONS).filter(isPermission)) {
      const expected = roleHolds(role, name) ? null : `the ${PERMISSIONS[name]} role`;
      const words = mayNot(me, name, 'x');
      expect(expected === null ? words : words?.includes(expected)).toBe(expected === null ? null : true);
    }
  }
});

/** `GET /api/v1/incidents/[ref]` → what its verb asks for. */
const routes = new Map<string, Permission>();
beforeAll(async () => {
  for (const file of globSync('app/api/v1/**/route.ts')) {
    const module: Record<string, RouteHandler> = await import(path.resolve(file));
    for (const [method, handle] of Object.entries(module)) {
      const verb = declarationOf(handle)?.verb.toString() ?? '';
      const [, name = ''] = /permit\)?\([\w.]+,\s*["']([a-z_.]+)["']/.exec(verb) ?? [];
      if (!isPermission(name)) throw new Error(`${file}: asks for nothing`);
      routes.set(`${method} ${file.replace(/^app|\/route\.ts$/g, '')}`, name);
    }
  }
}, 60_000);

const LITERAL = /`(?:[^`\\$]|\\.|\$(?!\{)|\$\{(?:[^{}]|\{[^{}]*\})*\})*`|'[^'\n]*'/g;
type Addresses = ReadonlyMap<string, string>;

/** A template with what is known filled in; what is not is `*`. */
const filled = (literal: string, known: Addresses): string =>
  literal
    .slice(1, -1)
    .replace(/\$\{\s*(\w+)?(?:[^{}]|\{[^{}]*\})*\}/g, (whole, name: string = '') =>
      /^\$\{\s*\w+(?:\([^?:]*\))?\s*\}$/.test(whole) ? (known.get(name) ?? '*') : '*',
    );

/** Functions and constants that give an address. */
function addressesIn(text: string, known: Addresses): Map<string, string> {
  const found = new Map(known);
  for (const [, name = '', literal = ''] of text.matchAll(
    /const (\w+) =(?: \([^()]*\)(?:: string)? =>)?\s*(`[^\n]*`|'[^'\n]*');/g,
  )) {
    const address = filled(literal, found).replace(/^\*(?=\/api)/, '');
    if (address.startsWith('/api/v1')) found.set(name, address);
  }
  return found;
}

/** Up to the bracket that closes the one before `from`. */
function argumentsAt(text: string, from: number): string {
  let depth = 1;
  for (let at = from; at < text.length; at++) {
    if ('([{'.includes(text.charAt(at))) depth++;
    else if (')]}'.includes(text.charAt(at)) && --depth === 0) return text.slice(from, at);
  }
  return text.slice(from);
}

type Sent = {
  readonly file: string;
  /** What holds the call, where others import it: a hook. */
  readonly by: string;
  readonly methods: readonly string[];
  readonly address: string;
};

/** The exported function or constant in which a place of a file lies. */
const holderAt = (text: string, at: number): string =>
  [...text.slice(0, at).matchAll(/^export (?:async )?(?:function|const) (\w+)/gm)].at(-1)?.[1] ?? '';

/** What a file asks the server for: by getJson, postJson, fetch, a link, or a stream of events. */
function sentBy(file: string, text: string, shared: Addresses): Sent[] {
  const known = addressesIn(text, shared);
  const addressesOf = (expression: string): string[] => {
    const bare = known.get(expression.trim());
    if (bare !== undefined) return [bare];
    const literals = expression.match(LITERAL) ?? [];
    const whole = literals.map((one) => filled(one, known)).filter((one) => one.startsWith('/api/v1'));
    const [, called = ''] = /^\s*(\w+)\(/.exec(expression) ?? [];
    return whole.length > 0 ? whole : known.has(called) ? [known.get(called) ?? ''] : [];
  };
  const calls = [
    ...text.matchAll(/\b(getJson|postJson|fetch|EventSource)(?:<(?:[^<>]|<[^<>]*>)*>)?\(/g),
  ].flatMap(({ 0: all, 1: by, index }) => {
    const given = argumentsAt(text, index + all.length);
    const [first = ''] = given.split(/,(?![^(){}]*[)}])/);
    const [, method] = /\bmethod: '(\w+)'/.exec(given) ?? [];
    const methods = /\{ method \}/.test(given)
      ? ['POST', 'PUT', 'PATCH', 'DELETE']
      : [method ?? (by === 'postJson' ? 'POST' : 'GET')];
    const addresses = addressesOf(first);
    return (addresses.length === 0 ? [''] : addresses).map((address) => ({
      file,
      by: holderAt(text, index),
      methods,
      address,
    }));
  });
  const links = [...text.matchAll(/\bhref=(?:\{([^\n]*?)\}(?=[\s>])|"([^"]*)")/g)].flatMap(
    ({ 1: code = '', 2: plain = '', index }) =>
      addressesOf(code === '' ? `'${plain}'` : code).map((address) => ({
        file,
        by: holderAt(text, index),
        methods: ['GET'],
        address,
      })),
  );
  // components/calculations/use-calculations.ts sends these under the calculation's own address
  const parts = [...text.matchAll(/\bpath: '((?:\/\w+)?)'(?:, method: '(\w+)')?/g)].flatMap(
    ({ 1: part = '', 2: method = 'POST', index }) =>
      file.startsWith('components/calculations/')
        ? [
            {
              file,
              by: holderAt(text, index),
              methods: [method],
              address: `/api/v1/calculations/*${part}`,
            },
          ]
        : [],
  );
  return [...calls, ...links, ...parts].filter(({ address }) => !address.endsWith('/**'));
}

/** Which permissions an address may need: a part that is filled in later is one of the words that the file has. */
function neededFor({ file, methods, address }: Sent): Permission[] {
  const parts = address
    .replace(/\?.*$/, '')
    .replaceAll(/(?<=[^/*])\*+$/g, '')
    .split('/');
  const fits = (route: string): boolean => {
    const own = route.split('/');
    return (
      own.length === parts.length &&
      own.every(
        (part, at) =>
          part.startsWith('[') ||
          part === parts[at] ||
          (parts[at] === '*' && (sources.get(file) ?? '').includes(`'${part}'`)),
      )
    );
  };
  return [...routes].flatMap(([name, permission]) => {
    const [method = '', route = ''] = name.split(' ');
    return methods.includes(method) && fits(route) ? [permission] : [];
  });
}

const namesOf = (file: string): string[] => {
  const name = `#${file.replace(/\.tsx?$/, '')}`;
  return [`'${name}'`, `'${name}.ts'`];
};
const importersOf = (file: string, symbol: string): string[] =>
  [...sources].flatMap(([other, text]) =>
    namesOf(file).some((name) => text.includes(name)) && new RegExp(`\\b${symbol}\\b`).test(text)
      ? [other]
      : [],
  );

/** Whether a file asks the table for a permission, by itself or by words that it imports. */
function asks(file: string, permission: Permission): boolean {
  const text = sources.get(file) ?? '';
  const words = [...sources.keys()].filter(
    (other) =>
      /-words\.ts$|\/use-[\w-]+\.ts$/.test(other) && namesOf(other).some((name) => text.includes(name)),
  );
  return [file, ...words].some((one) => {
    const own = sources.get(one) ?? '';
    return own.includes('#components/access/use-me.ts') && own.includes(`'${permission}'`);
  });
}

/** Whether a file, or everything that shows what it has, asks the table for the permission. */
function isAskedFor(file: string, by: string, permission: Permission, seen: readonly string[] = []): boolean {
  if (asks(file, permission)) return true;
  const above = importersOf(file, by).filter((one) => !seen.includes(one));
  return above.length > 0 && above.every((one) => isAskedFor(one, '', permission, [...seen, file]));
}

it('what only some may do is asked for where it is offered', () => {
  const shared = [...sources.values()].reduce<Addresses>(
    (known, text) => addressesIn(text, known),
    new Map(),
  );
  const paths = new Map([...shared].filter(([name]) => /Path$/.test(name)));
  const sent = [...sources].flatMap(([file, text]) => sentBy(file, text, paths));
  const isWrite = ({ methods }: Sent): boolean => methods.some((method) => method !== 'GET');
  const unknown = sent.filter((one) => isWrite(one) && neededFor(one).length === 0);
  // takes the address from whoever calls it: a sign-in, or a proof of one's own
  expect(unknown.map(({ file }) => file)).toEqual(['components/access/passkeys.ts']);
  const open = (permission: Permission): boolean => roleHolds('viewer', permission);
  const guarded = sent.flatMap((one) =>
    neededFor(one)
      .filter((permission) => !open(permission))
      .map((permission) => ({ ...one, permission })),
  );
  expect(guarded.length).toBeGreaterThan(50);
  const missing = guarded.filter(({ file, by, permission }) => !isAskedFor(file, by, permission));
  expect(missing.map(({ file, address, permission }) => `${file} ${address} ${permission}`)).toEqual([]);
});
