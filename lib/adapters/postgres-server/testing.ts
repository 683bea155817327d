import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import pg from 'pg';
import { binariesIn } from '#lib/adapters/postgres-server/binaries';
import { startEmbedded } from '#lib/adapters/postgres-server/embedded';
import { copyMadeCluster } from '#lib/adapters/postgres-server/made-cluster.testing';
import { ident } from '#lib/base/sql';

export type TestPostgres = { readonly url: string; stop(): Promise<void> };

/**
 * A real PostgreSQL for a test, with an empty database: the embedded server on a temporary folder; or one of the binaries
 * in the folder that RECOUNT_TEST_POSTGRES_BIN names; or a fresh database in the server that `own` or
 * RECOUNT_TEST_POSTGRES_URL names. `stop` removes all of it. The url's role is a superuser: a test makes the roles it needs.
 */
export async function startTestPostgres(own = process.env.RECOUNT_TEST_POSTGRES_URL): Promise<TestPostgres> {
  return own === undefined || own === '' ? startTemporary() : createDatabase(own);
}

async function startTemporary(): Promise<TestPostgres> {
  const dir = mkdtempSync(path.join(tmpdir(), 'recount-pg-'));
  // nothing of a test's server must survive a power cut, and the disk is shared
  const flags = ['-c', 'fsync=off', '-c', 'full_page_writes=off', '-c', 'max_connections=60'];
  const bin = process.env.RECOUNT_TEST_POSTGRES_BIN ?? '';
  if (bin === '') copyMadeCluster(dir);
  const server = await startEmbedded(dir, flags, bin === '' ? undefined : binariesIn(bin));
  return {
    url: server.url,
    stop: async () => {
      await server.stop();
      rmSync(dir, { recursive: true, force: true });
    },
  };
}

async function createDatabase(serverUrl: string): Promise<TestPostgres> {
  const name = `recount_test_${randomBytes(6).toString('hex')}`;
  const admin = async (statement: string): Promise<void> => {
    const client = new pg.Client({ connectionString: serverUrl });
    await client.connect();
    try {
      await client.query(statement);
    } finally {
      await client.end();
    }
  };
  await admin(`create database ${ident(name)} template template0 encoding 'UTF8'`);
  const url = new URL(serverUrl);
  url.pathname = `/${name}`;
  return { url: url.href, stop: () => admin(`drop database if exists ${ident(name)} with (force)`) };
}
