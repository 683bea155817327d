import pg from 'pg';
import { addressWords, type PostgresAddress } from '#lib/adapters/live/postgres/address';
import type { Code } from '#lib/base/codes';
import { Failure } from '#lib/base/failure';

/** The SQLSTATE of an error that the server itself sent; null for anything else (sockets, faults of ours). */
export function sqlState(error: unknown): string | null {
  return error instanceof pg.DatabaseError ? (error.code ?? null) : null;
}

/** The server's words: message, detail, and where it says so the constraint. */
export function serverWords(error: unknown): string {
  if (!(error instanceof pg.DatabaseError)) return error instanceof Error ? error.message : String(error);
  const detail = error.detail === undefined ? '' : ` (${error.detail})`;
  // the row of a load that does not fit its column
  const where = error.where?.startsWith('COPY ') ? `; ${error.where}` : '';
  return `${error.message}${detail}${where}`;
}

/**
 * True when the session is gone, so that what was sent last may or may not have been done: no SQLSTATE at all
 * (socket, time-out), class 08, 57P0x (shut down, killed), 40003 (completion unknown), 25P03 and 25P04 (the server ended
 * a session that had said nothing for too long: this machine was held).
 */
export function isConnectionLoss(error: unknown): boolean {
  if (error instanceof Failure) return false;
  const state = sqlState(error);
  return state === null
    ? error instanceof Error && isSocketError(error)
    : /^(08|57P0|40003|25P0[34])/.test(state);
}

const SOCKET_CODES = /^(ECONN|EPIPE|ETIMEDOUT|EHOST|ENET|ENOTFOUND|EAI_|ERR_TLS|CERT_|DEPTH_|SELF_|UNABLE_)/;
const SOCKET_WORDS =
  /Connection terminated|Client has encountered a connection error|Query read timeout|not queryable|closed the connection|does not support SSL|no answer in time|timeout expired/;

function isSocketError(error: Error): boolean {
  const code = 'code' in error && typeof error.code === 'string' ? error.code : '';
  return SOCKET_CODES.test(code) || SOCKET_WORDS.test(error.message);
}

/** A whole attempt may be repeated: serialization failure or deadlock; the server rolled it back. */
export const isRetryable = (error: unknown): boolean => /^40(001|P01)$/.test(sqlState(error) ?? '');

/** What a failed sign-in or a lost session is called. The password is in no driver message; it is cut out anyway. */
export function unreachable(error: unknown, address: PostgresAddress): Failure {
  let words = serverWords(error);
  const password = address.password?.reveal() ?? '';
  if (password !== '') words = words.replaceAll(password, '…');
  const fix = /SSL|certificate|self.signed|CERT|altnames/i.test(words)
    ? 'The server offers no trusted TLS: give it a certificate, or choose a weaker encryption: `require` (encrypted, not proved) or `disable`; in an address that is `?sslmode=require`.'
    : undefined;
  return new Failure(
    'live.unreachable',
    `The live store ${addressWords(address)} cannot be used: ${words.replace(/[.\s]+$/, '')}.`,
    {
      ...(fix === undefined ? {} : { fix }),
      cause: error,
    },
  );
}

/**
 * The same failure for whoever may not learn what else is at an address: a PostgreSQL that answers, and a name that is not
 * known, are told as they are; what is no PostgreSQL, refuses, is silent or not there is told in one way.
 */
export function withoutNetwork(failure: Failure, address: PostgresAddress): Failure {
  if (failure.code !== 'live.unreachable' || isTellable(failure.cause)) return failure;
  return new Failure('live.unreachable', `No PostgreSQL can be reached at ${address.host}:${address.port}.`, {
    fix: 'Check host and port, that the server listens there, and that a firewall lets this machine through. The log of Recount has the reason.',
    cause: failure.cause,
  });
}

const TELLABLE = /^(ENOTFOUND|EAI_|ERR_TLS|ERR_SSL|CERT_|DEPTH_|SELF_|UNABLE_)/;

function isTellable(cause: unknown): boolean {
  if (sqlState(cause) !== null) return true;
  const code = cause instanceof Error && 'code' in cause ? String(cause.code) : '';
  return TELLABLE.test(code) || /does not support SSL/.test(cause instanceof Error ? cause.message : '');
}

const READ_CODES: readonly (readonly [RegExp, Code])[] = [
  [/^(42P01|3F000)$/, 'live.not_found'],
  [/^42703$/, 'live.schema_changed'],
  [/^(22P02|22007|22008|22003)$/, 'live.value_unreadable'],
];

/** Maps what went wrong while reading. Failures pass through. */
export function readFailure(error: unknown, address: PostgresAddress, what: string): unknown {
  if (error instanceof Failure) return error;
  if (isConnectionLoss(error)) return unreachable(error, address);
  const state = sqlState(error);
  if (state === null) return error;
  const code = READ_CODES.find(([pattern]) => pattern.test(state))?.[1] ?? 'live.unreadable';
  return new Failure(code, `${what}: ${serverWords(error)}`);
}
