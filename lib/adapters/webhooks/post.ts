import { lookup } from 'node:dns/promises';
import { request as httpRequest, type IncomingMessage } from 'node:http';
import { request as httpsRequest } from 'node:https';
import { isIP } from 'node:net';
import { mayReach } from '#lib/adapters/webhooks/webhook-hosts';

/** The whole of a try: name, connection, answer. */
const LIMIT_MS = 10_000;
/** More than this of an answer is not read, and nothing of it is kept. */
const MOST_ANSWER_BYTES = 64 * 1024;

/** What came of a try. `problem` null: it was taken. */
export type Posted = { readonly status: number | null; readonly problem: string | null };

type Address = { readonly address: string; readonly family: number };
export type Resolve = (hostname: string) => Promise<readonly Address[]>;

const resolveName: Resolve = (hostname) => lookup(hostname, { all: true });

export type Post = {
  /** Checked against the list: `checkedUrl`. */
  readonly url: URL;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
  readonly signal: AbortSignal;
};

/**
 * Sends a body to a webhook. The name is resolved once, every address of it is checked, and the connection goes to a
 * checked one, with the name in Host and TLS; redirects are not followed. Never throws for what the other side does.
 */
export async function post(
  { url, headers, body, signal }: Post,
  resolve: Resolve = resolveName,
  limitMs = LIMIT_MS,
): Promise<Posted> {
  const limit = AbortSignal.timeout(limitMs);
  const either = AbortSignal.any([signal, limit]);
  try {
    const address = await within(addressOf(url.hostname, resolve), either);
    if (address === null) return failed('Its name leads to an address that is not public.');
    const status = await send(url, address, headers, body, either);
    if (status >= 200 && status < 300) return { status, problem: null };
    const isRedirect = status >= 300 && status < 400;
    return { status, problem: isRedirect ? 'It answered with a redirect.' : 'It did not take it.' };
  } catch (error) {
    if (signal.aborted) throw error;
    return failed(limit.aborted ? `No answer within ${limitMs / 1000} s.` : wordsOf(error));
  }
}

const failed = (problem: string): Posted => ({ status: null, problem });

/** One of the addresses; null where any of them may not be reached. */
async function addressOf(hostname: string, resolve: Resolve): Promise<Address | null> {
  const literal = hostname.replace(/^\[|\]$/g, '');
  const family = isIP(literal);
  const all = family === 0 ? await resolve(hostname) : [{ address: literal, family }];
  return all.every(({ address }) => mayReach(hostname, address)) ? (all[0] ?? null) : null;
}

function within<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    const give = (): void => reject(signal.reason);
    if (signal.aborted) return give();
    signal.addEventListener('abort', give, { once: true });
    work.then(resolve, reject).finally(() => signal.removeEventListener('abort', give));
  });
}

function send(
  url: URL,
  to: Address,
  headers: Post['headers'],
  body: string,
  signal: AbortSignal,
): Promise<number> {
  const request = url.protocol === 'https:' ? httpsRequest : httpRequest;
  return new Promise((resolve, reject) => {
    const sent = request(url, {
      method: 'POST',
      // neither a connection of before nor a proxy of the environment: exactly this address
      agent: false,
      lookup: (_name, { all }, found) =>
        all === true ? found(null, [{ ...to }]) : found(null, to.address, to.family),
      headers: {
        ...headers,
        'Content-Type': 'application/json; charset=utf-8',
        'Content-Length': Buffer.byteLength(body),
        'User-Agent': 'Recount',
        Connection: 'close',
      },
      signal,
    });
    sent.on('error', reject);
    sent.on('response', (answer) => readAway(answer, resolve, reject));
    sent.end(body);
  });
}

function readAway(
  answer: IncomingMessage,
  resolve: (status: number) => void,
  reject: (error: Error) => void,
): void {
  const status = answer.statusCode ?? 0;
  let bytes = 0;
  answer.on('data', (part: Buffer) => {
    bytes += part.length;
    if (bytes <= MOST_ANSWER_BYTES) return;
    resolve(status);
    answer.destroy();
  });
  answer.on('end', () => resolve(status));
  answer.on('error', reject);
}

/** In Recount's own words: what a server says of itself in an error is not shown. */
function wordsOf(error: unknown): string {
  const code = error instanceof Error && 'code' in error ? String(error.code) : '';
  if (/^(ENOTFOUND|EAI_)/.test(code)) return 'Its name is not known.';
  if (code === 'ECONNREFUSED') return 'It refuses connections.';
  if (/^(ERR_TLS|CERT_|DEPTH_ZERO|SELF_SIGNED|UNABLE_TO|ERR_SSL)/.test(code))
    return 'Its certificate is not valid.';
  return `The connection failed${/^[A-Z_]{3,40}$/.test(code) ? ` (${code})` : ''}.`;
}
