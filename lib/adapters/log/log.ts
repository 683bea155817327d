import { AsyncLocalStorage } from 'node:async_hooks';
import { format } from 'node:util';
import pino from 'pino';
import { printable, printableJson } from '#lib/base/printable';

export type Log = {
  info(words: string, fields?: object): void;
  warn(words: string, fields?: object): void;
  error(words: string, fields?: object): void;
  /** What happens all the time. Not told in words: a person at a terminal does not read every request. */
  event(words: string, fields: object): void;
};

/** Where a line goes. */
type Out = { write(line: string): void };

const SECRETS = ['password', 'secret', 'token', 'cookie', 'authorization', 'key'];
const PASSWORD_IN_ADDRESS = /(\b[a-z][a-z0-9+.-]*:\/\/[^\s:/@]*:)[^\s@/]+@/gi;

/** A text without the password of an address in it. */
export const withoutPasswords = (text: string): string => text.replaceAll(PASSWORD_IN_ADDRESS, '$1[secret]@');

/** Fields as they are logged: what is named like a secret, and passwords in addresses, are left out at any depth. */
function cleanFields(fields: object): Record<string, unknown> {
  return JSON.parse(
    JSON.stringify({ ...logFields().getStore(), ...fields }, (name, value: unknown) => {
      if (SECRETS.includes(name.toLowerCase())) return '[secret]';
      if (typeof value === 'bigint') return value.toString();
      return typeof value === 'string' ? withoutPasswords(value) : value;
    }),
  );
}

/**
 * Opens the log of a process. `json`: one object a line (time, level, process, msg and fields); `words`: lines for people, of
 * which each further one is set in, so that nothing in a message looks like a line of its own. Secrets are left out in both.
 */
export function openLog(process: string, form: 'words' | 'json', out?: Out): Log {
  return form === 'json'
    ? jsonLog(process, out ?? pino.destination({ fd: 1, sync: true }))
    : wordsLog(process, out);
}

function jsonLog(process: string, out: Out): Log {
  const log = pino(
    {
      base: { process },
      timestamp: pino.stdTimeFunctions.isoTime,
      formatters: { level: (level) => ({ level }) },
    },
    { write: (line) => out.write(printableJson(line)) },
  );
  const at =
    (level: 'info' | 'warn' | 'error') =>
    (words: string, fields: object = {}): void =>
      log[level](cleanFields(fields), withoutPasswords(words));
  return { info: at('info'), warn: at('warn'), error: at('error'), event: at('info') };
}

function wordsLog(process: string, out?: Out): Log {
  const line =
    (stream: Out) =>
    (words: string, fields: object = {}): void => {
      const { stack, ...rest } = { stack: undefined, ...cleanFields(fields) };
      const facts = Object.entries(rest).map(([name, value]) => ` ${name}=${JSON.stringify(value)}`);
      const more = typeof stack === 'string' ? `\n${stack}` : '';
      const told = `${withoutPasswords(words).replace(/\n+$/, '')}${facts.join('')}${more}`;
      const [first = '', ...further] = told.split('\n');
      const lines = [`${process}: ${first}`, ...further.map((text) => `    ${text}`)];
      stream.write(`${lines.map(printable).join('\n')}\n`);
    };
  const [usual, trouble] = [line(out ?? globalThis.process.stdout), line(out ?? globalThis.process.stderr)];
  return { info: usual, warn: trouble, error: trouble, event: () => {} };
}

/** What a library prints, a warning of Node's, and what nobody caught become lines of the log. */
export function captureOutput(log: Log): void {
  const at =
    (level: 'info' | 'warn' | 'error') =>
    (...args: unknown[]): void =>
      log[level](format(...args));
  console.log = at('info');
  console.info = at('info');
  console.debug = at('info');
  console.warn = at('warn');
  console.error = at('error');
  // the listener that Node begins with writes past the console
  process.removeAllListeners('warning');
  process.on('warning', ({ name, message, stack }) =>
    log.warn(`${name}: ${message}`, name === 'DeprecationWarning' ? {} : { stack }),
  );
  process.on('uncaughtException', (error: unknown) => {
    const stack = error instanceof Error ? (error.stack ?? error.message) : String(error);
    log.error('a fault that nobody caught ends this process', { stack });
    process.exit(1);
  });
}

// Next may load this module several times in one process (a bundle a route): the log is kept beside it.
declare global {
  var recountLog: Log | undefined;
  var recountLogFields: AsyncLocalStorage<object> | undefined;
}

function logFields(): AsyncLocalStorage<object> {
  globalThis.recountLogFields ??= new AsyncLocalStorage();
  return globalThis.recountLogFields;
}

/** Every line that comes of this work, a library's too, has these fields: which request it is, or which job. */
export const withLogFields = <T>(fields: object, work: () => T): T => logFields().run(fields, work);

/** Makes a log the one of this process. */
export function setLog(log: Log): Log {
  globalThis.recountLog = log;
  return log;
}

/** The log of this process. */
export function theLog(): Log {
  globalThis.recountLog ??= openLog('recount', 'words');
  return globalThis.recountLog;
}
