import { createConnection, createServer, type Socket } from 'node:net';

/** A TCP proxy before a PostgreSQL that can go silent: it takes every byte, and passes none on, either way. */
export type SilentProxy = {
  /** The address with the proxy in place of the server. */
  readonly url: string;
  silence(isSilent: boolean): void;
  close(): Promise<void>;
};

/** Connections that were open when it went silent stay dead, as behind a firewall that forgot them. */
export async function startSilentProxy(url: string): Promise<SilentProxy> {
  const upstreamAt = new URL(url);
  const sockets = new Set<Socket>();
  let isSilent = false;
  const server = createServer((client) => {
    const upstream = createConnection({ host: upstreamAt.hostname, port: Number(upstreamAt.port) });
    let isDead = isSilent;
    const pass = (from: Socket, to: Socket): void => {
      sockets.add(from);
      from.on('error', () => undefined);
      from.on('close', () => {
        sockets.delete(from);
        if (!isDead && !isSilent) to.destroy();
      });
      from.on('data', (data) => {
        isDead ||= isSilent;
        if (!isDead) to.write(data);
      });
    };
    pass(client, upstream);
    pass(upstream, client);
  });
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('the proxy has no port');
  const through = new URL(url);
  through.hostname = '127.0.0.1';
  through.port = String(address.port);
  return {
    url: through.href,
    silence: (now) => {
      isSilent = now;
    },
    close: async () => {
      for (const socket of sockets) socket.destroy();
      await new Promise((closed) => server.close(closed));
    },
  };
}
