import { chmodSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';

/** The installation under test. Playwright reads the configuration in every worker: the first reading decides. */
export type Installation = {
  readonly dir: string;
  readonly dataDir: string;
  readonly archives: string;
  readonly port: number;
  /** Where webhooks may lead on this machine. */
  readonly webhookPort: number;
};

const VARIABLE = 'RECOUNT_E2E';

/** Makes a temporary data folder and finds a free port; both are gone when the tests end. */
export async function openInstallation(): Promise<Installation> {
  const dir = makeTemporary('recount-e2e-');
  const installation = {
    dir,
    dataDir: path.join(dir, 'data'),
    archives: path.join(dir, 'archives'),
    port: await freePort(),
    webhookPort: await freePort(),
  };
  mkdirSync(installation.archives);
  process.env[VARIABLE] = JSON.stringify(installation);
  process.on('exit', () => rmSync(dir, { recursive: true, force: true }));
  return installation;
}

/** A temporary folder; started by root, the account of the embedded PostgreSQL must get through it. */
export function makeTemporary(prefix: string): string {
  const dir = mkdtempSync(path.join(tmpdir(), prefix));
  chmodSync(dir, 0o711);
  return dir;
}

/** The installation that the first reading opened; null in that reading itself. */
export function currentInstallation(): Installation | null {
  const text = process.env[VARIABLE];
  return text === undefined ? null : JSON.parse(text);
}

/** The same, in a test. `archives` is the folder that the page offers as the root `e2e`. */
export function installation(): Installation {
  const current = currentInstallation();
  if (current === null) throw new Error('run the browser tests with `npm run test:e2e`');
  return current;
}

/** Where the session of the first admin is kept, for all tests. */
export const adminState = ({ dir }: Installation): string => path.join(dir, 'admin.json');

export function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      server.close(() =>
        typeof address === 'object' && address ? resolve(address.port) : reject(new Error('no port')),
      );
    });
  });
}
