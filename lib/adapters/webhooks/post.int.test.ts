import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import { post, type Resolve } from '#lib/adapters/webhooks/post';

// Against real receivers: one that does as it is told, and a canary that nothing may ever reach.

type Heard = { readonly request: IncomingMessage; readonly body: string };
let heard: Heard[] = [];
let canary = 0;
let answer: (response: ServerResponse) => void = (response) => response.end('ok');
const NEVER = new AbortController().signal;

const listen = (server: Server): Promise<number> =>
  new Promise((resolve) => {
    server.listen(0, '127.0.0.1', () => resolve((server.address() as AddressInfo).port));
  });

let receiver: Server;
let trap: Server;
let port = 0;
let trapPort = 0;
beforeAll(async () => {
  receiver = createServer(async (request, response) => {
    const parts: Buffer[] = [];
    for await (const part of request) parts.push(part);
    heard.push({ request, body: Buffer.concat(parts).toString('utf8') });
    answer(response);
  });
  trap = createServer((_, response) => {
    canary++;
    response.end();
  });
  trap.on('connection', () => canary++);
  port = await listen(receiver);
  trapPort = await listen(trap);
});
afterAll(() => {
  for (const server of [receiver, trap]) {
    server.closeAllConnections();
    server.close();
  }
});
beforeEach(() => {
  heard = [];
  canary = 0;
  answer = (response) => response.end('ok');
});

const send = (url: string, resolve?: Resolve, limitMs = 5_000) =>
  post({ url: new URL(url), headers: { 'X-A': 'b' }, body: '{"text":"ä"}', signal: NEVER }, resolve, limitMs);

it('posts the body with its headers and the name in Host', async () => {
  expect(await send(`http://127.0.0.1:${port}/in?x=1`)).toEqual({ status: 200, problem: null });
  const [one] = heard;
  expect(one?.body).toBe('{"text":"ä"}');
  expect(one?.request).toMatchObject({ method: 'POST', url: '/in?x=1' });
  expect(one?.request.headers).toMatchObject({
    'x-a': 'b',
    'content-type': 'application/json; charset=utf-8',
    host: `127.0.0.1:${port}`,
  });
  await send(`http://localhost:${port}/`, async () => [{ address: '127.0.0.1', family: 4 }]);
  expect(heard[1]?.request.headers.host).toBe(`localhost:${port}`);
});

it('follows no redirect, however it is told', async () => {
  for (const status of [301, 302, 303, 307, 308]) {
    answer = (response) => response.writeHead(status, { location: `http://127.0.0.1:${trapPort}/` }).end();
    expect(await send(`http://127.0.0.1:${port}/`)).toEqual({
      status,
      problem: 'It answered with a redirect.',
    });
  }
  expect(canary).toBe(0);
});

it('resolves a name once, and reaches nothing where any of its addresses is not public', async () => {
  const answers = [['93.184.215.14', '127.0.0.1'], ['127.0.0.1'], ['::1'], ['::ffff:127.0.0.1']];
  for (const addresses of answers) {
    let asked = 0;
    const resolve: Resolve = async () => {
      asked++;
      return addresses.map((address) => ({ address, family: address.includes(':') ? 6 : 4 }));
    };
    const { problem } = await send(`http://rebind.example:${trapPort}/`, resolve);
    expect(problem).toBe('Its name leads to an address that is not public.');
    expect(asked).toBe(1);
  }
  expect(canary).toBe(0);
});

it('goes to the address that was checked, not to a second answer of the name', async () => {
  let asked = 0;
  const resolve: Resolve = async () => [{ address: asked++ === 0 ? '127.0.0.1' : '127.0.0.9', family: 4 }];
  expect(await send(`http://localhost:${port}/`, resolve)).toEqual({ status: 200, problem: null });
  expect(asked).toBe(1);
  expect(heard).toHaveLength(1);
});

it('says in its own words what went wrong, with nothing of the answer', async () => {
  answer = (response) => response.writeHead(500).end('SECRET of the other side');
  expect(await send(`http://127.0.0.1:${port}/`)).toEqual({ status: 500, problem: 'It did not take it.' });
  const failing: Resolve = () => Promise.reject(Object.assign(new Error('x'), { code: 'ENOTFOUND' }));
  expect((await send('http://nowhere.example/', failing)).problem).toBe('Its name is not known.');
  expect((await send('http://127.0.0.1:1/')).problem).toBe('It refuses connections.');
  expect((await send(`https://127.0.0.1:${port}/`)).problem).toMatch(
    /^(The connection failed|Its certificate)/,
  );
  answer = (response) => response.destroy();
  expect((await send(`http://127.0.0.1:${port}/`)).problem).toBe('The connection failed (ECONNRESET).');
});

it('waits so long and no longer: for the name, for the answer, for its end', async () => {
  const words = 'No answer within 0.3 s.';
  const begun = Date.now();
  expect((await send('http://slow.example/', () => new Promise(() => {}), 300)).problem).toBe(words);
  answer = () => {};
  expect((await send(`http://127.0.0.1:${port}/`, undefined, 300)).problem).toBe(words);
  answer = (response) => response.writeHead(200).write('x');
  expect((await send(`http://127.0.0.1:${port}/`, undefined, 300)).problem).toBe(words);
  expect(Date.now() - begun).toBeLessThan(4_000);
});

it('reads no more than 64 kB of an answer', async () => {
  let closed = Promise.resolve();
  let written = 0;
  answer = (response) => {
    closed = new Promise((resolve) => response.on('close', resolve));
    const more = (): void => {
      while (written < 1e9 && !response.destroyed && response.write(Buffer.alloc(65_536))) written += 65_536;
    };
    response.on('drain', more);
    more();
  };
  expect(await send(`http://127.0.0.1:${port}/`)).toEqual({ status: 200, problem: null });
  await closed;
  expect(written).toBeLessThan(50e6);
});
