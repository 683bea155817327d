import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { gzipSync } from 'node:zlib';

const SAMPLE = 'samples/first-incident';

/** A formula for a spreadsheet, and a script for a page: both are keys of the archive. */
export const HOSTILE_KEYS = ['=cmd()', '<img src=x onerror="window.ran=1">'] as const;

/** Lines of the archive that can't be read, as they stand in it, and why each is set aside. */
export const BAD_LINES = [
  { text: 'bad-1,yesterday at noon,ana,1.00', reason: /time/ },
  { text: 'bad-2,2024-06-10T12:16:00Z,ana,1.005', reason: /value.*decimal\(18,2\)/i },
  { text: 'bad-3,2024-06-10T12:17:00Z,ana,1.00,too,many', reason: /fields/ },
] as const;

/** The first line of `BAD_LINES`: the head, 40 records, then the hostile ones. */
export const FIRST_BAD_LINE = 42 + HOSTILE_KEYS.length;

/** The archive of the first incident with hostile keys and broken lines in it. Answers its path. */
export function writeArchive(folder: string): string {
  const whole = readFileSync(path.join(SAMPLE, 'archive.csv'), 'utf8').trimEnd().split('\n');
  if (whole.length !== 41) throw new Error(`the first incident has ${whole.length} lines now`);
  const hostile = HOSTILE_KEYS.map(
    (key, at) => `odd-${at},2024-06-10T12:20:00Z,"${key.replaceAll('"', '""')}",${at + 5}.00`,
  );
  return write(
    folder,
    'archive.csv',
    [...whole, ...hostile, ...BAD_LINES.map(({ text }) => text), ''].join('\n'),
  );
}

/** The live rows of the first incident, as they are. */
export function writeLive(folder: string): string {
  return write(folder, 'live.csv', readFileSync(path.join(SAMPLE, 'live.csv'), 'utf8'));
}

/** The live file as it must be after the patch: changed values in place, new rows last, all else byte for byte. */
export function patchedLive(live: string): string {
  const right = { ben: '62.25', cleo: '20.50', finn: '9.00', ivo: '30.00' };
  const before = readFileSync(live, 'utf8').trimEnd().split('\n');
  const lines = before.map((line) => {
    const found = Object.entries(right).find(([user]) => line.startsWith(`${user},`));
    return found === undefined ? line : found.join(',');
  });
  return [...lines, '"<img src=x onerror=""window.ran=1"">",6.00', '=cmd(),5.00', 'dan,25.50', ''].join('\n');
}

/** Files that are not what they say. */
export function writeNoArchives(folder: string): { page: string; cutShort: string; twice: string } {
  const whole = gzipSync(readFileSync(path.join(SAMPLE, 'archive.csv')));
  return {
    page: write(folder, 'login.csv', '<!doctype html>\n<html><head><title>Sign in</title></head></html>\n'),
    cutShort: write(folder, 'cut.csv.gz', whole.subarray(0, whole.length - 200)),
    twice: write(folder, 'twice.csv', 'event_id,timestamp,timestamp,value\n1,2024-06-10T12:00:00Z,x,1\n'),
  };
}

function write(folder: string, name: string, content: string | Uint8Array): string {
  const file = path.join(folder, name);
  writeFileSync(file, content);
  return file;
}
