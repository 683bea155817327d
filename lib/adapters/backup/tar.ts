import { Failure } from '#lib/base/failure';

// The tar format as POSIX 1003.1-2001 has it (pax): as much of it as a backup needs, so that any tar opens one.

const BLOCK = 512;
/** What the header itself has room for; beyond it an extended header says it. */
const LONGEST_NAME = 100;
const LARGEST = 8 * 1024 ** 3;

const padding = (bytes: number): number => (BLOCK - (bytes % BLOCK)) % BLOCK;

/** What stands before a file's bytes. */
export function tarHeader(name: string, bytes: number, mtimeS: number): Buffer {
  const isPlain = Buffer.byteLength(name) <= LONGEST_NAME && /^[\x20-\x7e]*$/.test(name) && bytes < LARGEST;
  if (isPlain) return header(name, bytes, mtimeS, '0');
  const records = Buffer.concat([paxRecord('path', name), paxRecord('size', String(bytes))]);
  const short = Buffer.from(name)
    .subarray(0, LONGEST_NAME)
    .toString('latin1')
    .replace(/[^\x20-\x7e]/g, '_');
  return Buffer.concat([
    header('pax', records.length, mtimeS, 'x'),
    records,
    Buffer.alloc(padding(records.length)),
    header(short, bytes < LARGEST ? bytes : 0, mtimeS, '0'),
  ]);
}

/** What stands behind a file's bytes. */
export const tarPadding = (bytes: number): Buffer => Buffer.alloc(padding(bytes));
/** What stands at the end. */
export const tarEnd = (): Buffer => Buffer.alloc(2 * BLOCK);

function header(name: string, bytes: number, mtimeS: number, type: '0' | 'x'): Buffer {
  const block = Buffer.alloc(BLOCK);
  const octal = (value: number, at: number, length: number): void => {
    block.write(value.toString(8).padStart(length - 1, '0'), at, 'latin1');
  };
  block.write(name, 0, LONGEST_NAME, 'latin1');
  octal(0o600, 100, 8);
  octal(0, 108, 8);
  octal(0, 116, 8);
  octal(bytes, 124, 12);
  octal(Math.max(0, Math.floor(mtimeS)), 136, 12);
  block.write(type, 156, 'latin1');
  block.write('ustar\x0000', 257, 'latin1');
  block.write(' '.repeat(8), 148, 'latin1');
  const sum = block.reduce((total, byte) => total + byte, 0);
  block.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148, 'latin1');
  return block;
}

/** `length key=value\n`, where the length counts itself. */
function paxRecord(key: string, value: string): Buffer {
  const rest = Buffer.byteLength(` ${key}=${value}\n`);
  let length = rest + String(rest).length;
  if (rest + String(length).length !== length) length = rest + String(length).length;
  return Buffer.from(`${length} ${key}=${value}\n`);
}

/** A file of an archive. Its body is read before the next one is asked for. */
export type TarEntry = {
  readonly name: string;
  readonly bytes: number;
  readonly body: AsyncGenerator<Buffer>;
};

/** Reads an archive file by file. Throws `backup.damaged` where it breaks off or is none. */
export async function* readTar(source: AsyncIterable<Buffer>): AsyncGenerator<TarEntry> {
  const reader = new Reader(source);
  let extended = new Map<string, string>();
  for (;;) {
    const block = await reader.take(BLOCK);
    if (block.every((byte) => byte === 0)) return;
    const { name, bytes, type } = parseHeader(block);
    if (type === 'x') {
      extended = parsePax(await reader.take(bytes));
      await reader.take(padding(bytes));
      continue;
    }
    if (type !== '0') throw damaged(`it holds an entry of type ${JSON.stringify(type)}`);
    const size = Number(extended.get('size') ?? bytes);
    const body = reader.stream(size);
    yield { name: extended.get('path') ?? name, bytes: size, body };
    for await (const _ of body); // what was left unread
    await reader.take(padding(size));
    extended = new Map();
  }
}

function parseHeader(block: Buffer): { name: string; bytes: number; type: string } {
  const text = (at: number, length: number): string =>
    block
      .subarray(at, at + length)
      .toString('latin1')
      .replace(/\0[\s\S]*$/, '');
  const sum = block.reduce((total, byte, at) => total + (at >= 148 && at < 156 ? 32 : byte), 0);
  if (Number.parseInt(text(148, 8), 8) !== sum) throw damaged('a header in it was changed');
  return { name: text(0, LONGEST_NAME), bytes: Number.parseInt(text(124, 12), 8), type: text(156, 1) || '0' };
}

function parsePax(bytes: Buffer): Map<string, string> {
  const found = new Map<string, string>();
  for (let at = 0; at < bytes.length; ) {
    const space = bytes.indexOf(' ', at);
    const length = Number(bytes.subarray(at, space).toString('latin1'));
    if (space < 0 || !(length > 0)) throw damaged('an extended header in it was changed');
    const [key = '', ...value] = bytes
      .subarray(space + 1, at + length - 1)
      .toString('utf8')
      .split('=');
    found.set(key, value.join('='));
    at += length;
  }
  return found;
}

/** Bytes by number, from a stream of chunks. */
class Reader {
  readonly #chunks: AsyncIterator<Buffer>;
  #left: Buffer = Buffer.alloc(0);

  constructor(source: AsyncIterable<Buffer>) {
    this.#chunks = source[Symbol.asyncIterator]();
  }

  async take(bytes: number): Promise<Buffer> {
    const parts: Buffer[] = [];
    for await (const part of this.stream(bytes)) parts.push(part);
    return Buffer.concat(parts);
  }

  async *stream(bytes: number): AsyncGenerator<Buffer> {
    for (let open = bytes; open > 0; ) {
      if (this.#left.length === 0) {
        const next = await this.#chunks.next();
        if (next.done) throw damaged('it breaks off');
        this.#left = next.value;
      }
      const part = this.#left.subarray(0, open);
      this.#left = this.#left.subarray(part.length);
      open -= part.length;
      yield part;
    }
  }
}

export const damaged = (what: string, cause?: unknown): Failure =>
  new Failure('backup.damaged', `The backup cannot be used: ${what}.`, { cause });
