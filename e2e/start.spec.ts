import { spawn, spawnSync } from 'node:child_process';
import { readFileSync, rmSync, statSync } from 'node:fs';
import { request } from 'node:http';
import path from 'node:path';
import { test as plainTest } from '@playwright/test';
import { freePort, installation, makeTemporary } from './support/installation.ts';
import { expect, test } from './support/test.ts';

type Ended = { readonly code: number | null; readonly said: string };

/** Runs `npm start` with other settings to its end. */
function startAgain(variables: Record<string, string>): Ended {
  const env: NodeJS.ProcessEnv = { ...process.env, DATABASE_URL: '', ...variables };
  const run = spawnSync('node', ['lib/entry/run.js', 'start'], { env, encoding: 'utf8', timeout: 60_000 });
  return { code: run.status, said: run.stdout + run.stderr };
}

/** The status for a request with headers that a browser would not let a page set. */
function statusFor(method: string, headers: Record<string, string>, path = '/sign-in'): Promise<number> {
  return new Promise((resolve, reject) => {
    const { port } = installation();
    const sent = request({ host: '127.0.0.1', port, path, method, headers }, (response) => {
      response.resume();
      resolve(response.statusCode ?? 0);
    });
    sent.once('error', reject);
    sent.end();
  });
}

test('a second start on the same data folder says that it runs already, and where', async () => {
  const { dataDir, port } = installation();
  const { code, said } = startAgain({ RECOUNT_DATA_DIR: dataDir, PORT: String(await freePort()) });
  expect(said).toContain(`Recount runs already on ${dataDir}: http://127.0.0.1:${port} (process `);
  expect(code).toBe(1);
});

test('a taken port and a wrong setting are said', () => {
  const { port, dir } = installation();
  const taken = startAgain({ RECOUNT_DATA_DIR: path.join(dir, 'other'), PORT: String(port) });
  expect(taken.said).toContain(`another program listens on 127.0.0.1:${port}`);
  expect(taken.code).toBe(1);
  const wrong = startAgain({ PORT: 'many', HOST: '0.0.0.0' });
  expect(wrong.said).toContain('PORT must be a whole number');
  expect(wrong.said).toContain('RECOUNT_SECRET must be set');
  expect(wrong.said).toContain('RECOUNT_ORIGIN must be set');
  expect(wrong.code).toBe(2);
});

test('SIGTERM ends everything that was started; what it kept is there again', async () => {
  const dir = makeTemporary('recount-e2e-stop-');
  const dataDir = path.join(dir, 'data');
  const port = await freePort();
  const env: NodeJS.ProcessEnv = {
    ...process.env,
    DATABASE_URL: '',
    RECOUNT_DATA_DIR: dataDir,
    PORT: String(port),
  };
  const health = (): Promise<number> =>
    fetch(`http://127.0.0.1:${port}/api/v1/health`).then(
      (response) => response.status,
      () => 0,
    );
  for (let round = 0; round < 2; round++) {
    const child = spawn('node', ['lib/entry/run.js', 'start'], { env, stdio: ['ignore', 'pipe', 'inherit'] });
    const ended = new Promise<number | null>((resolve) => child.once('exit', resolve));
    try {
      await expect.poll(health, { timeout: 60_000 }).toBe(200);
      const file = path.join(dataDir, 'postgres/data/postmaster.pid');
      const postmaster = Number(readFileSync(file, 'utf8').split('\n')[0]);
      expect(() => process.kill(postmaster, 0)).not.toThrow();
      child.kill('SIGTERM');
      expect(await ended).toBe(0);
      expect(() => process.kill(postmaster, 0)).toThrow();
      expect(await health()).toBe(0);
    } finally {
      child.kill('SIGTERM');
      await ended;
    }
  }
  expect(statSync(path.join(dataDir, 'secret.key')).mode & 0o777).toBe(0o600);
  expect(statSync(dataDir).mode & 0o066).toBe(0);
  rmSync(dir, { recursive: true, force: true });
});

test('answers this machine only, and its own pages only', async () => {
  const host = `127.0.0.1:${installation().port}`;
  expect(await statusFor('GET', { host })).toBe(200);
  expect(await statusFor('GET', { host: 'recount.evil.example' })).toBe(403);
  // a probe asks by whatever address it has
  expect(await statusFor('GET', { host: '10.0.0.7:4000' }, '/api/v1/health')).toBe(200);
  expect(await statusFor('POST', { host, origin: 'https://evil.example' })).toBe(403);
  expect(await statusFor('POST', { host, 'sec-fetch-site': 'cross-site' })).toBe(403);
});

test('every answer carries the security headers, each page a nonce of its own', async ({
  request: client,
}) => {
  const nonces = new Set<string>();
  for (const address of ['/', '/', '/not-there', '/api/v1/health', '/api/v1/not-there']) {
    const headers = (await client.get(address)).headers();
    expect(headers['x-content-type-options'], address).toBe('nosniff');
    expect(headers['referrer-policy'], address).toBe('no-referrer');
    expect(headers['cache-control'], address).toContain('no-store');
    const policy = headers['content-security-policy'] ?? '';
    expect(policy, address).toContain("frame-ancestors 'none'");
    nonces.add(/'nonce-([^']+)'/.exec(policy)?.[1] ?? '');
  }
  expect(nonces.size).toBe(5);
});

test('the first page runs under the policy and asks nobody else', async ({ page }) => {
  await page.goto('/');
  await expect(page.getByRole('main')).toBeVisible();
  await page.waitForLoadState('networkidle');
});

plainTest('a script that was put into a page does not run', async ({ page }) => {
  await page.goto('/');
  const refused = page.waitForEvent('console', (message) => /content security policy/i.test(message.text()));
  await page.evaluate(() => {
    const injected = document.createElement('div');
    injected.innerHTML = '<img src="x" onerror="window.ran = true">';
    document.body.append(injected);
  });
  await refused;
  expect(await page.evaluate(() => 'ran' in window)).toBe(false);
});
