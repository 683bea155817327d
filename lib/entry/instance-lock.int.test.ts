import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { lockInstance, runningAddress } from '#lib/entry/instance-lock';

const dir = mkdtempSync(path.join(tmpdir(), 'recount-lock-'));
afterAll(() => rmSync(dir, { recursive: true, force: true }));

it('is held by one, and free again after a release', async () => {
  const first = await lockInstance(dir, 'http://127.0.0.1:1');
  await expect(lockInstance(dir, 'http://127.0.0.1:2')).rejects.toMatchObject({
    code: 'server.running',
    message: `Recount runs already on ${dir}: http://127.0.0.1:1 (process ${process.pid})`,
  });
  expect(await runningAddress(dir)).toBe('http://127.0.0.1:1');
  await first.release();
  expect(await runningAddress(dir)).toBeNull();
  await (await lockInstance(dir, 'http://127.0.0.1:3')).release();
});

it('is not held by a killed process', async () => {
  const socket = path.join(dir, 'recount.sock');
  const script = `require('net').createServer().listen(${JSON.stringify(socket)}, () => console.log('up'))`;
  const child = spawn(process.execPath, ['-e', script], { stdio: ['ignore', 'pipe', 'inherit'] });
  await once(child.stdout, 'data');
  child.kill('SIGKILL');
  await once(child, 'exit');
  expect(existsSync(socket)).toBe(true);
  await (await lockInstance(dir, 'http://127.0.0.1:4')).release();
});

it('holds also where the name is too long for a socket', async () => {
  const deep = path.join(dir, 'x'.repeat(120));
  const lock = await lockInstance(deep, 'http://127.0.0.1:5');
  await expect(lockInstance(deep, 'http://127.0.0.1:6')).rejects.toThrow(/runs already/);
  await lock.release();
});
