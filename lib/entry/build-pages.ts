import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, globSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { withLockFile } from '#lib/adapters/lock/lock-file';
import { Failure } from '#lib/base/failure';

/** What the pages are made from. */
const SOURCES = [
  '{app,components,lib,public,samples}/**/*',
  'prisma/schema.prisma',
  'package-lock.json',
  'next.config.js',
  'postcss.config.mjs',
  'tsconfig.json',
];
const NO_SOURCE = /\.test\.tsx?$|\.testing\.ts$|^lib\/entry\/|^lib\/adapters\/store\/generated\//;
const BUILD_WAIT_MS = 10 * 60_000;

/** Where Next keeps the pages: next.config.js reads the same variable. */
export const pagesDir = (): string => path.resolve(process.env.NEXT_DIST_DIR || '.next');

/** Builds the pages, unless the last build was made from the same sources. Throws `server.build`. */
export async function buildPages(say: (line: string) => void): Promise<void> {
  const stamp = path.join(pagesDir(), 'made-from');
  const isFresh = (): boolean => existsSync(stamp) && readFileSync(stamp, 'utf8') === hashOfSources();
  if (isFresh()) return;
  await withLockFile(path.resolve('node_modules/.recount-build.lock'), BUILD_WAIT_MS, async () => {
    if (isFresh()) return;
    say('building the pages (once; about a minute) …');
    const began = performance.now();
    const sources = hashOfSources();
    rmSync(stamp, { force: true });
    const code = await runNextBuild();
    if (code !== 0) throw new Failure('server.build', `next build ended with ${code}`);
    writeFileSync(stamp, sources);
    say(`built in ${Math.round((performance.now() - began) / 1000)} s`);
  });
}

function runNextBuild(): Promise<number | string> {
  const next = createRequire(import.meta.url).resolve('next/dist/bin/next');
  const env: NodeJS.ProcessEnv = { ...process.env, NEXT_TELEMETRY_DISABLED: '1', NODE_ENV: 'production' };
  const child = spawn(process.execPath, [next, 'build'], { stdio: ['ignore', 'ignore', 'inherit'], env });
  // told to end, a start does not leave it behind
  const end = (): void => void child.kill();
  process.once('exit', end);
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('exit', (code, signal) => {
      process.off('exit', end);
      resolve(code ?? signal ?? 'no exit code');
    });
  });
}

function hashOfSources(): string {
  const hash = createHash('sha256').update(process.version);
  const entries = globSync(SOURCES, { withFileTypes: true }).filter((entry) => entry.isFile());
  const files = entries.map((entry) =>
    path.relative('.', path.join(entry.parentPath, entry.name)).replaceAll('\\', '/'),
  );
  for (const file of files.filter((name) => !NO_SOURCE.test(name)).sort()) {
    const bytes = readFileSync(file);
    hash.update(`${file}\0${bytes.length}\0`).update(bytes);
  }
  return hash.digest('hex');
}
