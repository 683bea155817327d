import { createConnection, createServer, type Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';

/**
 * What happens to the first COMMIT that passes: `before` the connection is cut and the server never sees it; `after`
 * the server answers and the answer is lost; `late` the client is cut at once and the COMMIT delivered later; `race`
 * the COMMIT is delivered, and both sides cut right after; `swallow` the client is cut, the COMMIT never delivered, and
 * the server's side stays open.
 */
export type Cut = 'before' | 'after' | 'late' | 'race' | 'swallow' | 'none';

export type CutOptions = {
  /** How much later `late` delivers, and `race` cuts the server's side. */
  readonly lateMs?: number;
  /** How many COMMITs one after the other have it; a fence's COMMIT is one, too. */
  readonly times?: number;
  /** For how long after a cut nobody new gets through. */
  readonly shutMs?: number;
};

export type CommitProxy = { readonly port: number; readonly commits: () => number; close(): Promise<void> };

const COMMIT = Buffer.from('COMMIT\0', 'latin1');

/** A TCP proxy in front of a real PostgreSQL, for tests: cuts the connection around the first COMMIT. */
export async function startCommitProxy(
  upstreamPort: number,
  cut: Cut,
  { lateMs = 700, times = 1, shutMs = 0 }: CutOptions = {},
): Promise<CommitProxy> {
  let commits = 0;
  let openAt = 0;
  const sockets = new Set<Socket>();
  const server = createServer((client) => {
    if (performance.now() < openAt) return void client.destroy();
    const upstream = createConnection({ host: '127.0.0.1', port: upstreamPort });
    for (const socket of [client, upstream]) {
      sockets.add(socket);
      socket.on('error', () => {});
      socket.on('close', () => sockets.delete(socket));
    }
    let mute = false;
    upstream.on('data', (data) => {
      if (mute) client.destroy();
      else client.write(data);
    });
    upstream.on('close', () => client.destroy());
    client.on('close', () => {
      if (!mute) upstream.destroy();
    });
    client.on('data', (data) => {
      if (data.includes(COMMIT)) commits += 1;
      if (!data.includes(COMMIT) || commits > times || cut === 'none') return void upstream.write(data);
      mute = true;
      openAt = performance.now() + shutMs;
      void cutAt(cut, lateMs, client, upstream, data);
    });
  });
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('the proxy has no port');
  return {
    port: address.port,
    commits: () => commits,
    close: async () => {
      for (const socket of sockets) socket.destroy();
      await new Promise((closed) => server.close(closed));
    },
  };
}

async function cutAt(
  cut: Cut,
  lateMs: number,
  client: Socket,
  upstream: Socket,
  data: Buffer,
): Promise<void> {
  if (cut === 'after') return void upstream.write(data);
  client.destroy();
  if (cut === 'race') upstream.write(data);
  if (cut === 'before') upstream.destroy();
  if (cut === 'before' || cut === 'swallow') return;
  await sleep(lateMs);
  if (cut === 'race') upstream.destroy();
  else upstream.write(data);
}
