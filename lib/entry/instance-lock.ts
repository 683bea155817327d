import { createHash } from 'node:crypto';
import { rmSync } from 'node:fs';
import { connect, createServer, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { z } from 'zod';
import { isCode } from '#lib/adapters/lock/lock-file';
import { Failure } from '#lib/base/failure';

const Holder = z.object({ pid: z.number(), address: z.string() });
export type Holder = z.infer<typeof Holder>;

/** Sockets have short names: 104 bytes on macOS, 108 on Linux. */
const LONGEST_NAME = 100;

/**
 * Takes the data folder, which is there, for this process, and tells whoever asks the address that people open. A socket that only a living process answers: nothing is left behind
 * by a kill, and no process id is ever mistaken for another. Throws `server.running`, naming who has it.
 */
export async function lockInstance(dataDir: string, address: string): Promise<{ release(): Promise<void> }> {
  const words = JSON.stringify({ pid: process.pid, address } satisfies Holder);
  for (const name of socketNames(dataDir)) {
    const server = await listen(name, words, dataDir);
    if (server !== null) {
      return { release: () => new Promise((done) => server.close(() => done())) };
    }
  }
  throw new Failure('server.running', `no lock can be taken on ${dataDir}`, {
    fix: 'Use a data folder on a local disk.',
  });
}

/** The address of the Recount that runs on a data folder, as people open it. Null where none does. */
export async function runningAddress(dataDir: string): Promise<string | null> {
  for (const name of socketNames(dataDir)) {
    const holder = await askHolder(name);
    if (holder !== null) return holder.address;
  }
  return null;
}

function socketNames(dataDir: string): string[] {
  const hash = createHash('sha256').update(path.resolve(dataDir)).digest('hex').slice(0, 16);
  if (process.platform === 'win32') return [`\\\\.\\pipe\\recount-${hash}`];
  const beside = path.join(dataDir, 'recount.sock');
  // some file systems hold no sockets
  const apart = path.join(tmpdir(), `recount-${hash}.sock`);
  return Buffer.byteLength(beside) <= LONGEST_NAME ? [beside, apart] : [apart];
}

/** Listens on a name. Null where the place can hold no socket. */
async function listen(name: string, words: string, dataDir: string): Promise<Server | null> {
  for (let tries = 0; tries < 3; tries++) {
    const result = await tryListen(name, words);
    if (typeof result !== 'string') return result;
    if (result !== 'EADDRINUSE') return null;
    const holder = await askHolder(name);
    if (holder !== null) {
      throw new Failure(
        'server.running',
        `Recount runs already on ${dataDir}: ${holder.address} (process ${holder.pid})`,
      );
    }
    if (process.platform !== 'win32') rmSync(name, { force: true }); // left by a killed process
  }
  return null;
}

function tryListen(name: string, words: string): Promise<Server | string> {
  return new Promise((resolve) => {
    const server = createServer((socket) => {
      socket.on('error', () => {});
      socket.end(words);
    });
    server.once('error', (error) => resolve(isCode(error, 'EADDRINUSE') ? 'EADDRINUSE' : error.message));
    server.listen(name, () => {
      server.unref();
      resolve(server);
    });
  });
}

function askHolder(name: string): Promise<Holder | null> {
  return new Promise((resolve) => {
    let text = '';
    const socket = connect(name);
    socket.setTimeout(2_000, () => socket.destroy(new Error('no answer')));
    socket.on('data', (part) => {
      text += part.toString('utf8');
    });
    socket.on('error', () => resolve(null));
    socket.on('close', () => {
      try {
        resolve(Holder.parse(JSON.parse(text)));
      } catch {
        resolve(null);
      }
    });
  });
}
