import { z } from 'zod';
import { handler, type RouteHandler, type Verb } from '#lib/recovery/http/http';

/** What a browser keeps between requests: its cookies, and the address it comes from. */
export type Browser = {
  ask<S extends z.ZodType>(
    schema: S,
    verb: Verb<z.output<S>>,
    body?: object | undefined,
    headers?: Record<string, string>,
  ): Promise<{
    status: number;
    body: { readonly [name: string]: unknown; error?: { code: string; message: string } | undefined };
  }>;
  readonly cookies: Map<string, string>;
};

const Body = z.looseObject({ error: z.looseObject({ code: z.string(), message: z.string() }).optional() });

/** A browser that asks verbs through the same wrapper as the API, with real cookies. */
export function openBrowser(address = '127.0.0.1'): Browser {
  const cookies = new Map<string, string>();
  return {
    cookies,
    ask: async <S extends z.ZodType>(
      schema: S,
      verb: Verb<z.output<S>>,
      body?: object,
      more: Record<string, string> = {},
    ) => {
      const route: RouteHandler = handler(schema, verb, { open: true });
      const cookie = [...cookies].map(([name, value]) => `${name}=${value}`).join('; ');
      const request = new Request('http://127.0.0.1:4000/api/v1/x', {
        method: body === undefined ? 'GET' : 'POST',
        headers: {
          host: '127.0.0.1:4000',
          'x-recount-address': address,
          ...(cookie === '' ? {} : { cookie }),
          ...(body === undefined ? {} : { 'content-type': 'application/json' }),
          ...more,
        },
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      });
      const response = await route(request, { params: Promise.resolve({}) });
      keep(cookies, response.headers.getSetCookie());
      return { status: response.status, body: Body.parse(await response.json()) };
    },
  };
}

function keep(cookies: Map<string, string>, set: readonly string[]): void {
  for (const line of set) {
    const [pair = '', ...attributes] = line.split('; ');
    const [name = '', value = ''] = pair.split(/=(.*)/s, 2);
    if (attributes.includes('Max-Age=0')) cookies.delete(name);
    else cookies.set(name, value);
  }
}
