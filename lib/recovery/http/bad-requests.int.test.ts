import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { z } from 'zod';
import { handler, type RouteHandler } from '#lib/recovery/http/http';
import { PatchInput, showPatch } from '#lib/recovery/patches/read-patch';
import { DiscrepanciesInput, listDiscrepancies } from '#lib/recovery/runs/read-run-files';
import { openTestContext, type TestContext } from '#lib/recovery/setup/testing';

// What no page sends, on the real records: each is answered with a code, and none with a stack (docs/bad-inputs.md, H).

let test: TestContext;
beforeAll(async () => {
  test = await openTestContext();
  globalThis.recountContext = Promise.resolve(test.context);
}, 60_000);
afterAll(async () => {
  globalThis.recountContext = undefined;
  await test.close();
});

const Input = z.object({ seal: z.string(), rows: z.array(z.number()) });
const write = handler(Input, async (_, input) => input);
const JSON_TYPE = { 'content-type': 'application/json' };

async function answered(
  route: RouteHandler,
  options: {
    body?: string;
    headers?: Record<string, string>;
    query?: string;
    params?: Record<string, string>;
  },
): Promise<{ status: number; code: string; message: string; text: string }> {
  const { body, headers = {}, query = '', params = {} } = options;
  const request = new Request(`http://127.0.0.1:4000/api/v1/x${query}`, {
    method: body === undefined ? 'GET' : 'POST',
    headers: { host: '127.0.0.1:4000', ...headers },
    ...(body === undefined ? {} : { body }),
  });
  const response = await route(request, { params: Promise.resolve(params) });
  const text = await response.text();
  const { error } = JSON.parse(text);
  return { status: response.status, code: error?.code, message: error?.message, text };
}

it.each([
  ['no JSON', '{"seal":', JSON_TYPE, 400, 'the body is not readable JSON'],
  ['another content type', 'seal=1', { 'content-type': 'text/plain' }, 400, 'the body must be JSON'],
  ['a list', '[]', JSON_TYPE, 400, 'the body must be a JSON object'],
  ['null', 'null', JSON_TYPE, 400, 'the body must be a JSON object'],
  ['a list for a text', '{"seal":["a"],"rows":[]}', JSON_TYPE, 400, 'seal: '],
  ['a text for a list', '{"seal":"a","rows":"1"}', JSON_TYPE, 400, 'rows: '],
  ['lists 100,000 deep', `{"seal":${'['.repeat(100_000)}`, JSON_TYPE, 400, 'the body is not readable JSON'],
  ['5 MB', `{"seal":"${'x'.repeat(5 << 20)}"}`, JSON_TYPE, 413, 'the body is larger than 4194304 bytes'],
])('a body of %s [bad input 127]', async (_, body, headers, status, message) => {
  const found = await answered(write, { body, headers });
  expect([found.status, found.message]).toEqual([status, expect.stringContaining(message)]);
  expect(found.text).not.toMatch(/\bat .*\.ts/);
});

it('the same parameter twice is no text [bad input 127]', async () => {
  const found = await answered(
    handler(z.object({ q: z.string() }), async () => ({})),
    { query: '?q=a&q=b' },
  );
  expect([found.status, found.code, found.message]).toEqual([
    400,
    'request.invalid',
    expect.stringContaining('q: '),
  ]);
});

it('an id that nothing has, and one that is none [bad input 128]', async () => {
  const patch = handler(PatchInput, showPatch);
  expect(await answered(patch, { params: { id: randomUUID() } })).toMatchObject({
    status: 404,
    code: 'not_found',
  });
  expect(await answered(patch, { params: { id: "1' or '1'='1" } })).toMatchObject({
    status: 400,
    code: 'request.invalid',
  });
});

it.each([
  'limit=1000000000',
  'limit=-1',
  'limit=x',
  'offset=-1',
  'offset=1e99',
  'kind=;drop',
  `q=${'a'.repeat(201)}`,
])('a page that cannot be: %s [bad input 131]', async (query) => {
  const rows = handler(DiscrepanciesInput, listDiscrepancies);
  const found = await answered(rows, { query: `?${query}`, params: { id: randomUUID() } });
  expect([found.status, found.code]).toEqual([400, 'request.invalid']);
});
