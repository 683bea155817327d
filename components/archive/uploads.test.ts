import { createHash, randomBytes } from 'node:crypto';
import { createServer, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { Hasher } from '#components/archive/hasher.ts';
import { sha256 } from '#components/archive/sha256.ts';
import { uploadTransport } from '#components/archive/upload-transport.ts';
import { totalOf, Uploads } from '#components/archive/uploads.ts';

/** A server that keeps to the upload protocol, over real HTTP, with faults that a test can ask for. */
type Stored = { path: string; bytes: number; content: Buffer; sha256: string | null };
let server: Server;
let origin = '';
let stored: Map<string, Stored>;
let faults: { loseAnswerOnce: boolean; refuseAfterBytes: number | null; holdMs: number };

beforeEach(async () => {
  stored = new Map();
  faults = { loseAnswerOnce: false, refuseAfterBytes: null, holdMs: 0 };
  server = createServer((request, response) => {
    void answer(request).then(({ status, body, cut }) => {
      if (cut) return request.socket.destroy();
      response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});

afterEach(async () => {
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
});

async function answer(request: IncomingMessage): Promise<{ status: number; body: unknown; cut?: boolean }> {
  const pieces: Buffer[] = [];
  for await (const piece of request) pieces.push(piece as Buffer);
  const body = Buffer.concat(pieces);
  const url = new URL(request.url ?? '/', origin);
  const [, , , , , , fileId, verb] = url.pathname.split('/');
  if (fileId === undefined) return { status: 200, body: announce(JSON.parse(body.toString()) as Stored) };
  const file = stored.get(fileId);
  if (file === undefined)
    return { status: 404, body: { error: { code: 'not_found', message: 'No file.', fix: '' } } };
  if (request.method === 'DELETE') return { status: 200, body: { removed: stored.delete(fileId) } };
  if (verb === 'complete') return complete(file, (JSON.parse(body.toString()) as { sha256: string }).sha256);
  if (request.method === 'GET') return { status: 200, body: { receivedBytes: String(file.content.length) } };
  return take(file, Number(url.searchParams.get('offset')), body);
}

function announce(asked: Stored): unknown {
  for (const [fileId, file] of stored) {
    if (file.path === asked.path) return { fileId, receivedBytes: String(file.content.length) };
  }
  const fileId = `f${stored.size}`;
  stored.set(fileId, { ...asked, content: Buffer.alloc(0), sha256: null });
  return { fileId, receivedBytes: '0' };
}

async function take(
  file: Stored,
  offset: number,
  body: Buffer,
): Promise<{ status: number; body: unknown; cut?: boolean }> {
  if (faults.holdMs > 0) await new Promise((resolve) => setTimeout(resolve, faults.holdMs));
  if (offset !== file.content.length)
    return { status: 409, body: { error: { code: 'conflict', message: 'x', fix: '' } } };
  if (faults.refuseAfterBytes !== null && file.content.length >= faults.refuseAfterBytes) {
    return {
      status: 507,
      body: { error: { code: 'disk.full', message: 'The disk is full.', fix: 'Free space.' } },
    };
  }
  file.content = Buffer.concat([file.content, body]);
  if (faults.loseAnswerOnce) {
    faults.loseAnswerOnce = false;
    return { status: 0, body: null, cut: true };
  }
  return { status: 200, body: { receivedBytes: String(file.content.length) } };
}

function complete(file: Stored, declared: string): { status: number; body: unknown } {
  const own = createHash('sha256').update(file.content).digest('hex');
  if (own !== declared || file.content.length !== file.bytes) {
    const message = `${file.path} is not what was declared.`;
    return {
      status: 422,
      body: { error: { code: 'upload.mismatch', message, fix: 'Upload the file again.' } },
    };
  }
  file.sha256 = own;
  return { status: 200, body: { state: 'complete' } };
}

/** The same hash, taken in the test's own thread: workers of the browser are tried out by the browser test. */
const hasher: Hasher = {
  open: () => {
    const hash = sha256();
    return {
      update: async (bytes) => hash.update(new Uint8Array(bytes)),
      digest: async () => hash.digest(),
      close: () => undefined,
    };
  },
};

const uploadsTo = (pieceBytes = 1000): Uploads =>
  new Uploads({ transport: uploadTransport('a1', origin), hasher, pieceBytes });

const local = (path: string, content: Buffer) => ({ path, file: new Blob([new Uint8Array(content)]) });

async function until(uploads: Uploads, holds: () => boolean): Promise<void> {
  if (holds()) return;
  await new Promise<void>((resolve) => {
    const end = uploads.subscribe(() => {
      if (!holds()) return;
      end();
      resolve();
    });
  });
}
const states = (uploads: Uploads): string[] => uploads.items().map((item) => item.state);
const allDone = (uploads: Uploads) => () => states(uploads).every((state) => state === 'done');
const files = (): Stored[] => Array.from(stored.values()).sort((a, b) => (a.path < b.path ? -1 : 1));

test('sends several files in pieces, also an empty one, and states the hash of each', async () => {
  const contents = [randomBytes(4567), randomBytes(1000), Buffer.alloc(0)];
  const uploads = uploadsTo();
  uploads.add(contents.map((content, i) => local(`day/${i}.csv`, content)));
  await until(uploads, allDone(uploads));
  expect(files().map((file) => file.content)).toEqual(contents);
  expect(uploads.items().map((item) => item.sha256)).toEqual(files().map((file) => file.sha256));
  expect(totalOf(uploads.items())).toMatchObject({
    files: 3,
    done: 3,
    bytes: 5567,
    sentBytes: 5567,
    active: 0,
  });
});

test('takes no second file of a path, and says which were left out', async () => {
  const uploads = uploadsTo();
  const first = randomBytes(100);
  expect(uploads.add([local('x.csv', first)])).toEqual([]);
  expect(uploads.add([local('x.csv', randomBytes(100)), local('y.csv', first)])).toEqual(['x.csv']);
  await until(uploads, allDone(uploads));
  expect(files().map((file) => [file.path, file.content])).toEqual([
    ['x.csv', first],
    ['y.csv', first],
  ]);
});

test('goes on after a reload where the server stands, and still hashes the whole file', async () => {
  const content = randomBytes(5300);
  stored.set('f0', { path: 'a.csv', bytes: 5300, content: content.subarray(0, 2100), sha256: null });
  const uploads = uploadsTo();
  uploads.add([local('a.csv', content)]);
  await until(uploads, allDone(uploads));
  expect(uploads.items()[0]).toMatchObject({ foundBytes: 2100, sentBytes: 5300 });
  expect(files()[0]?.sha256).toBe(createHash('sha256').update(content).digest('hex'));
});

test('says that the connection was lost, and a retry neither repeats nor skips the piece that had arrived', async () => {
  faults.loseAnswerOnce = true;
  const content = randomBytes(3500);
  const uploads = uploadsTo();
  uploads.add([local('a.csv', content)]);
  await until(uploads, () => states(uploads)[0] === 'failed');
  expect(uploads.items()[0]?.error?.message).toBe('The connection to Recount was lost.');
  uploads.resume(uploads.items()[0]?.id ?? 0);
  await until(uploads, allDone(uploads));
  expect(files()[0]?.content).toEqual(content);
});

test('pauses and goes on; a cancelled file is forgotten by the server', async () => {
  faults.holdMs = 15;
  const content = randomBytes(6000);
  const uploads = uploadsTo();
  uploads.add([local('a.csv', content), local('b.csv', content)]);
  await until(uploads, () => (uploads.items()[0]?.sentBytes ?? 0) >= 2000);
  uploads.pauseAll();
  expect(states(uploads)).toEqual(['paused', 'paused']);
  await uploads.cancel(uploads.items()[1]?.id ?? 0);
  uploads.resumeAll();
  await until(uploads, allDone(uploads));
  expect(files()).toHaveLength(1);
  expect(files()[0]?.content).toEqual(content);
});

test("passes on the server's own words when it refuses a piece", async () => {
  faults.refuseAfterBytes = 1000;
  const uploads = uploadsTo();
  uploads.add([local('a.csv', randomBytes(3000))]);
  await until(uploads, () => states(uploads)[0] === 'failed');
  expect(uploads.items()[0]?.error).toEqual({ message: 'The disk is full.', fix: 'Free space.' });
});

test('a file that arrived damaged is removed, and sent anew from its first byte', async () => {
  const content = randomBytes(2500);
  stored.set('f0', { path: 'a.csv', bytes: 2500, content: randomBytes(1000), sha256: null });
  const uploads = uploadsTo();
  uploads.add([local('a.csv', content)]);
  await until(uploads, () => states(uploads)[0] === 'failed');
  expect(uploads.items()[0]?.error?.message).toBe('a.csv is not what was declared.');
  expect(files()).toEqual([]);
  uploads.resume(uploads.items()[0]?.id ?? 0);
  await until(uploads, allDone(uploads));
  expect(files()[0]?.content).toEqual(content);
});
