import { connect as connectTcp, isIP, type Socket } from 'node:net';
import { connect as connectTls } from 'node:tls';
import type { PostgresAddress } from '#lib/adapters/live/postgres/address';
import { tlsOptions } from '#lib/adapters/live/postgres/tls-options';

/** What the server, or a pooler before it, told a session to cancel it by. */
export type CancelKey = { readonly processID: number; readonly secretKey: number };

const LIMIT_MS = 2_000;
const CANCEL_CODE = 80877102;
const SSL_CODE = 80877103;

/**
 * Asks to break off what the session of `key` runs, by the protocol's own request on a connection of its own (PostgreSQL
 * documentation, "Canceling Requests in Progress"). A pooler passes it on to the server that the session has just then.
 * pg_cancel_backend would not do: the number that a pooler gave is its own, and somebody else's at the server. Whether it
 * came in time is not told. Encrypted where the session is. Rejects where the server is not reached within 2 seconds.
 */
export async function requestCancel(address: PostgresAddress, key: CancelKey): Promise<void> {
  const socket = connectTcp(address.port, address.host);
  // one without a listener would end the process; those that matter are listened for below
  socket.on('error', () => {});
  let secured: Socket = socket;
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error('the cancel request took too long')), LIMIT_MS);
  });
  const sent = async (): Promise<void> => {
    await met(socket, 'connect');
    secured = await secure(socket, address);
    // the server says nothing to it, and closes
    const closed = met(secured, 'close');
    secured.resume().end(message(CANCEL_CODE, key.processID, key.secretKey));
    await closed;
  };
  try {
    await Promise.race([sent(), late]);
  } finally {
    clearTimeout(timer);
    secured.destroy();
    socket.destroy();
  }
}

async function secure(socket: Socket, address: PostgresAddress): Promise<Socket> {
  const options = tlsOptions(address);
  if (options === false) return socket;
  socket.write(message(SSL_CODE));
  const answer = await new Promise<Buffer>((resolve, reject) => {
    socket.once('data', resolve);
    socket.once('error', reject);
  });
  if (answer.toString('latin1') !== 'S') throw new Error('the server takes no encrypted connection');
  const name = isIP(address.host) === 0 ? { servername: address.host } : {};
  const secured = connectTls({ ...options, ...name, socket, host: address.host });
  secured.on('error', () => {});
  await met(secured, 'secureConnect');
  return secured;
}

function met(socket: Socket, event: 'connect' | 'secureConnect' | 'close'): Promise<void> {
  return new Promise((resolve, reject) => {
    socket.once(event, () => resolve());
    socket.once('error', reject);
  });
}

/** A message without a type byte: its length, then whole numbers of four bytes. */
function message(...numbers: readonly number[]): Buffer {
  const bytes = Buffer.alloc(4 + 4 * numbers.length);
  bytes.writeInt32BE(bytes.length, 0);
  for (const [i, number] of numbers.entries()) bytes.writeInt32BE(number, 4 + 4 * i);
  return bytes;
}
