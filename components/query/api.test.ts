import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ApiError, apiErrorOf, getJson, postJson } from '#components/query/api.ts';

let server: Server;
let origin: string;

beforeAll(async () => {
  server = createServer((request, response) => {
    const answer = (status: number, body: string) => response.writeHead(status).end(body);
    let sent = '';
    request.on('data', (chunk: Buffer) => {
      sent += chunk.toString();
    });
    request.on('end', () => {
      const type = request.headers['content-type'];
      if (request.url === '/echo') answer(200, JSON.stringify({ method: request.method, type, sent }));
      else if (request.url === '/stale')
        answer(
          409,
          JSON.stringify({
            error: { code: 'patch.stale', message: 'Rows moved.', fix: 'Preview again.', rows: ['u-1'] },
          }),
        );
      else if (request.url === '/proxy') answer(502, '<html>Bad gateway</html>');
      else if (request.url === '/nothing') answer(200, '');
      else if (request.url === '/broken') answer(200, '{"rows": [');
      else setTimeout(() => answer(200, '{}'), 5_000);
    });
  });
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});

afterAll(() => {
  server.closeAllConnections();
  server.close();
});

const failure = (asked: Promise<unknown>): Promise<ApiError> =>
  asked.then(
    () => Promise.reject(new Error('it did not fail')),
    (error: unknown) => (error instanceof ApiError ? error : Promise.reject(error)),
  );

describe('the api client', () => {
  it('sends and reads JSON', async () => {
    expect(await getJson(`${origin}/echo`)).toEqual({ method: 'GET', sent: '' });
    expect(await postJson(`${origin}/echo`, { a: '0.10' }, { method: 'PATCH' })).toEqual({
      method: 'PATCH',
      type: 'application/json',
      sent: '{"a":"0.10"}',
    });
    expect(await postJson(`${origin}/nothing`)).toBeUndefined();
  });

  it("throws the server's error in its own words, with everything beside them", async () => {
    const error = await failure(postJson(`${origin}/stale`));
    expect(error).toMatchObject({
      code: 'patch.stale',
      message: 'Rows moved.',
      fix: 'Preview again.',
      status: 409,
      details: { rows: ['u-1'] },
    });
    expect(apiErrorOf(error)).toBe(error);
  });

  it('says so when an answer is not of Recount, cut short, or does not come', async () => {
    expect(await failure(getJson(`${origin}/proxy`))).toMatchObject({ code: 'fault', status: 502 });
    expect(await failure(getJson(`${origin}/broken`))).toMatchObject({ code: 'fault', status: 200 });
    expect(await failure(getJson('http://127.0.0.1:1/'))).toMatchObject({ code: 'network', status: 0 });
  });

  it('leaves a cancelled request to who cancelled it', async () => {
    const stop = new AbortController();
    const asked = getJson(`${origin}/slow`, { signal: stop.signal });
    stop.abort();
    await expect(asked).rejects.toMatchObject({ name: 'AbortError' });
  });
});
