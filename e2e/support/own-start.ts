import { spawn } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { expect } from '@playwright/test';
import { freePort } from './installation.ts';

/** An installation beside the one under test, with settings of its own. */
export type OwnStart = {
  readonly address: string;
  /** All that its processes printed. */
  said(): string;
  /** Each command line under it so far, and each environment but those of start, pages and worker. */
  processes(): string;
  /** Ends it as a service manager does. Answers the exit code. */
  stop(): Promise<number | null>;
};

const LOOK_MS = 250;

/** Runs `npm start` until its pages answer. */
export async function startOwn(
  dataDir: string,
  settings: Readonly<Record<string, string>>,
): Promise<OwnStart> {
  const port = await freePort();
  const env: NodeJS.ProcessEnv = {
    ...process.env,
    DATABASE_URL: '',
    RECOUNT_DATA_DIR: dataDir,
    PORT: String(port),
    ...settings,
  };
  const child = spawn('node', ['lib/entry/run.js', 'start'], { env, stdio: ['ignore', 'pipe', 'pipe'] });
  const ended = new Promise<number | null>((resolve) => child.once('exit', resolve));
  let said = '';
  for (const stream of [child.stdout, child.stderr])
    stream.on('data', (part: Buffer) => {
      said += part.toString('utf8');
    });
  const seen = new Set<string>();
  const timer = setInterval(() => lookAtProcesses(child.pid ?? 0, seen), LOOK_MS);
  const stop = async (): Promise<number | null> => {
    clearInterval(timer);
    child.kill('SIGTERM');
    return ended;
  };
  try {
    await expect
      .poll(() => said.includes('ready at') || child.exitCode !== null, { timeout: 60_000 })
      .toBe(true);
  } catch (error) {
    await stop();
    throw error;
  }
  expect(said).toContain('ready at');
  return {
    address: `http://127.0.0.1:${port}`,
    said: () => said,
    processes: () => [...seen].join('\n'),
    stop,
  };
}

/** As /proc tells it; where there is none (macOS, Windows), nothing is seen. */
function lookAtProcesses(root: number, seen: Set<string>): void {
  const parents = new Map<number, number>();
  for (const pid of numbersIn('/proc'))
    parents.set(pid, Number(/^PPid:\s*(\d+)/m.exec(read(`/proc/${pid}/status`))?.[1] ?? 0));
  const isUnder = (pid: number): boolean => pid === root || (pid > 1 && isUnder(parents.get(pid) ?? 0));
  for (const pid of parents.keys()) {
    if (!isUnder(pid)) continue;
    const command = read(`/proc/${pid}/cmdline`);
    seen.add(`cmdline ${command}`);
    // these three are given their settings by the operator, in the environment
    if (!/run\.js\0start|lib\/entry\/(?:web|worker)\.ts/.test(command))
      seen.add(`environ of ${command}: ${read(`/proc/${pid}/environ`)}`);
  }
}

function numbersIn(folder: string): number[] {
  try {
    return readdirSync(folder)
      .filter((name) => /^\d+$/.test(name))
      .map(Number);
  } catch {
    return [];
  }
}

function read(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return ''; // it is gone
  }
}

/** A secret in every form that somebody might write it in. */
export function formsOf(secret: string): Buffer[] {
  const bytes = Buffer.from(secret);
  // within a longer text, base64 has three ways to write the same
  const base64 = [0, 1, 2].map((before) => {
    const text = Buffer.concat([Buffer.alloc(before), bytes]).toString('base64');
    return text.slice(before === 0 ? 0 : before + 1, Math.floor(((before + bytes.length) * 8) / 6));
  });
  const html = secret.replaceAll('&', '&amp;').replaceAll('"', '&quot;').replaceAll('<', '&lt;');
  const texts = [
    secret,
    html,
    encodeURIComponent(secret),
    encodeURI(secret),
    new URLSearchParams({ x: secret }).toString().slice(2),
    JSON.stringify(secret).slice(1, -1),
    ...base64,
    ...base64.map((text) => text.replaceAll('+', '-').replaceAll('/', '_')),
    bytes.toString('hex'),
  ];
  return [...new Set(texts)].map((text) => Buffer.from(text));
}

/** Every file below a folder, with what is in it. */
export function* filesIn(folder: string): Generator<readonly [string, Buffer]> {
  for (const entry of readdirSync(folder, { withFileTypes: true, recursive: true })) {
    if (!entry.isFile()) continue;
    const file = path.join(entry.parentPath, entry.name);
    try {
      yield [path.relative(folder, file), readFileSync(file)];
    } catch {
      // a server removed it meanwhile
    }
  }
}
