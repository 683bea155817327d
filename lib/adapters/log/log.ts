import { format } from 'node:util';
import pino from 'pino';

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

/** A text that a terminal shows and does not obey: of the control characters only the line feed and the tab stay. */
export const printable = (text: string): string =>
  text.replace(
    /(?![\n\t])\p{Cc}/gu,
    (character) => `\\x${character.charCodeAt(0).toString(16).padStart(2, '0')}`,
  );

/**
 * Opens the log of a process. `json`: one object a line (time, level, process, msg and fields); `words`: lines for people.
 * Secrets are left out in both.
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
      redact: { paths: SECRETS.flatMap((name) => [name, `*.${name}`]), censor: '[secret]' },
      serializers: {
        stack: (stack: unknown) => (typeof stack === 'string' ? withoutPasswords(stack) : stack),
      },
    },
    out,
  );
  const at =
    (level: 'info' | 'warn' | 'error') =>
    (words: string, fields: object = {}): void =>
      log[level](fields, withoutPasswords(words));
  return { info: at('info'), warn: at('warn'), error: at('error'), event: at('info') };
}

function wordsLog(process: string, out?: Out): Log {
  const line =
    (stream: Out) =>
    (words: string, fields: object = {}): void => {
      const { stack, ...rest } = { stack: undefined, ...fields };
      const facts = Object.entries(rest).map(([name, value]) => ` ${name}=${JSON.stringify(value)}`);
      const more = typeof stack === 'string' ? `\n${stack}` : '';
      stream.write(`${printable(withoutPasswords(`${process}: ${words}${facts.join('')}${more}`))}\n`);
    };
  const [usual, trouble] = [line(out ?? globalThis.process.stdout), line(out ?? globalThis.process.stderr)];
  return { info: usual, warn: trouble, error: trouble, event: () => {} };
}

/** What a library prints becomes a line of the log. */
export function captureConsole(log: Log): void {
  const at =
    (level: 'info' | 'warn' | 'error') =>
    (...args: unknown[]): void =>
      log[level](format(...args));
  console.log = at('info');
  console.info = at('info');
  console.debug = at('info');
  console.warn = at('warn');
  console.error = at('error');
}

// Next may load this module several times in one process (a bundle a route): the log is kept beside it.
declare global {
  var recountLog: Log | undefined;
}

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
