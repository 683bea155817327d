import { Socket } from 'node:net';

// How long Recount waits for its own records. A network that has gone silent tells nobody: without limits of our own a
// worker would wait for as long as TCP goes on trying.

/** How long a connection to the records may take for one thing. */
export type RecordsLimits = {
  /** No statement on the records is longer; what waits for a lock for so long is told that it was in vain. */
  readonly statementMs: number;
  /** Without a byte either way for so long, the connection is given up. Longer than any statement. */
  readonly silenceMs: number;
};

export const RECORDS_LIMITS: RecordsLimits = { statementMs: 20_000, silenceMs: 25_000 };

/** The server lets go of what a client holds that has begun a transaction and says nothing more. */
const IDLE_IN_TRANSACTION_MS = 60_000;

/** What every connection to the records has in common, for pg and whatever is built on it. */
export function recordsConnection(
  url: string,
  name: string,
  { statementMs, silenceMs }: RecordsLimits = RECORDS_LIMITS,
) {
  return {
    connectionString: url,
    application_name: name,
    // a request that finds no free connection, or no server, is told so
    connectionTimeoutMillis: 10_000,
    keepAlive: true,
    keepAliveInitialDelayMillis: 10_000,
    statement_timeout: statementMs,
    idle_in_transaction_session_timeout: IDLE_IN_TRANSACTION_MS,
    stream: () => impatientSocket(silenceMs),
  };
}

/** pg has no such limit: its query_timeout leaves the dead connection in the pool. */
function impatientSocket(silenceMs: number): Socket {
  const socket = new Socket();
  socket.setTimeout(silenceMs, () => {
    const error = new Error(`Connection terminated: the records said nothing for ${silenceMs} ms`);
    socket.destroy(Object.assign(error, { code: 'ETIMEDOUT' }));
  });
  return socket;
}
