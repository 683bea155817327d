import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import path from 'node:path';
import { chromium } from '@playwright/test';

const ON_PATH = ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable', 'microsoft-edge'];
const ELSEWHERE = [
  '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
  '/Applications/Chromium.app/Contents/MacOS/Chromium',
  'C:\\Program Files\\Google\\Chrome\\Application\\chrome.exe',
];
const HELP = `No browser for the tests. Do one of these, then run the tests again:
  - npx playwright install chromium
  - apt-get install chromium            (Debian, as root)
  - set RECOUNT_BROWSER to the path of a Chromium or Chrome`;

/**
 * The browser that the tests use: the one that RECOUNT_BROWSER names, Playwright's own, or one that is
 * installed; else it installs one, the way this machine allows. Throws with what to do.
 */
export function findBrowser(): string {
  const named = process.env.RECOUNT_BROWSER;
  if (named !== undefined && named !== '') {
    if (existsSync(named)) return named;
    throw new Error(`RECOUNT_BROWSER names ${named}, which is not there`);
  }
  const found = installed();
  if (found !== null) return found;
  console.log('no browser is installed; installing one …');
  run('npx', ['playwright', 'install', 'chromium']);
  if (installed() === null && process.getuid?.() === 0 && onPath('apt-get') !== null) {
    run('apt-get', ['install', '-y', '--no-install-recommends', 'chromium']);
  }
  const now = installed();
  if (now === null) throw new Error(HELP);
  return now;
}

function installed(): string | null {
  const own = chromium.executablePath();
  if (existsSync(own)) return own;
  return (
    ON_PATH.map(onPath).find((file) => file !== null) ?? ELSEWHERE.find((file) => existsSync(file)) ?? null
  );
}

function onPath(name: string): string | null {
  const folders = (process.env.PATH ?? '').split(path.delimiter);
  return folders.map((folder) => path.join(folder, name)).find((file) => existsSync(file)) ?? null;
}

function run(command: string, args: readonly string[]): void {
  spawnSync(command, args, { stdio: 'inherit', env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' } });
}
