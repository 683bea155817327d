import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { readTar, tarEnd, tarHeader, tarPadding } from '#lib/adapters/backup/tar';

const dir = mkdtempSync(path.join(tmpdir(), 'recount-tar-'));
afterAll(() => rmSync(dir, { recursive: true, force: true }));

const FILES: [string, Buffer][] = [
  ['data/a.txt', Buffer.from('one')],
  ['data/empty', Buffer.alloc(0)],
  [`data/${'lang/'.repeat(60)}ende`, Buffer.alloc(513, 'x')],
  ['data/übergröße ☃', Buffer.alloc(512, 'y')],
  ['data/last', Buffer.alloc(100_000, 'z')],
];
const whole = Buffer.concat([
  ...FILES.flatMap(([name, body]) => [tarHeader(name, body.length, 0), body, tarPadding(body.length)]),
  tarEnd(),
]);

async function read(bytes: Buffer, chunk: number): Promise<[string, Buffer][]> {
  async function* chunks() {
    for (let at = 0; at < bytes.length; at += chunk) yield bytes.subarray(at, at + chunk);
  }
  const found: [string, Buffer][] = [];
  for await (const { name, body } of readTar(chunks())) {
    const parts: Buffer[] = [];
    for await (const part of body) parts.push(part);
    found.push([name, Buffer.concat(parts)]);
  }
  return found;
}

it.each([1, 511, 65_536])('is read as it was written, in chunks of %i', async (chunk) => {
  expect(await read(whole, chunk)).toEqual(FILES);
});

it('passes over what is not read', async () => {
  async function* once() {
    yield whole;
  }
  const names: string[] = [];
  for await (const { name } of readTar(once())) names.push(name);
  expect(names).toEqual(FILES.map(([name]) => name));
});

it('is opened by any tar', () => {
  writeFileSync(path.join(dir, 'all.tar'), whole);
  const ran = spawnSync('tar', ['-xf', 'all.tar'], { cwd: dir, encoding: 'utf8' });
  expect([ran.status, ran.stderr]).toEqual([0, '']);
  for (const [name, body] of FILES) expect(readFileSync(path.join(dir, name)).equals(body)).toBe(true);
});

it('that breaks off or was changed is refused', async () => {
  await expect(read(whole.subarray(0, whole.length - 2_000), 1_000)).rejects.toMatchObject({
    code: 'backup.damaged',
  });
  const changed = Buffer.from(whole);
  changed[3]! ^= 1;
  await expect(read(changed, 1_000)).rejects.toMatchObject({ code: 'backup.damaged' });
});
