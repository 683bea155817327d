import { spawnSync } from 'node:child_process';
import { rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import pg from 'pg';
import { ident } from '#lib/base/sql';
import type { Server } from '#lib/entry/faults/server.testing';

// Backups as people make them, each with the way back to it.

export type Backup = { restore(): Promise<void> };

/**
 * A base backup of the whole cluster while it works, as pg_basebackup makes one: the files between pg_backup_start and
 * pg_backup_stop, with the label and the log that makes them whole. Put back, the server recovers to that moment.
 */
export async function baseBackup(server: Server, name: string): Promise<Backup> {
  const to = `${server.data}.${name}`;
  const client = new pg.Client({ connectionString: server.url });
  await client.connect();
  try {
    await client.query("select pg_backup_start('recount faults', true)");
    copy(server.data, to);
    const { rows } = await client.query('select labelfile from pg_backup_stop(false)');
    copy(path.join(server.data, 'pg_wal'), path.join(to, 'pg_wal'));
    writeFileSync(path.join(to, 'backup_label'), String(rows[0]?.labelfile));
    rmSync(path.join(to, 'postmaster.pid'), { force: true });
    run('chown', ['--reference', path.join(server.data, 'PG_VERSION'), path.join(to, 'backup_label')]);
  } finally {
    await client.end();
  }
  return {
    restore: async () => {
      await server.crash();
      rmSync(server.data, { recursive: true });
      copy(to, server.data);
      rmSync(to, { recursive: true });
      await server.start();
    },
  };
}

/** A copy of one database, in place of which the copy is put later. */
export async function databaseCopy(server: Server, database: string): Promise<Backup> {
  const kept = `${database}_kept`;
  await statements(server, [
    `drop database if exists ${ident(kept)}`,
    `alter database ${ident(database)} allow_connections false`,
    `select pg_terminate_backend(pid) from pg_stat_activity where datname = '${database}'`,
    `create database ${ident(kept)} template ${ident(database)}`,
    `alter database ${ident(database)} allow_connections true`,
  ]);
  return {
    restore: () =>
      statements(server, [
        `drop database ${ident(database)} with (force)`,
        `alter database ${ident(kept)} rename to ${ident(database)}`,
      ]),
  };
}

/** pg_dump of one database, and pg_restore; null where the server's programs do not have them. */
export async function dump(server: Server, database: string): Promise<Backup | null> {
  const programs = process.env.RECOUNT_FAULTS_PG_BIN;
  if (programs === undefined) return null;
  const url = new URL(server.url);
  url.pathname = `/${database}`;
  const to = `${server.data}.dump`;
  run(path.join(programs, 'pg_dump'), ['-Fc', '-f', to, url.href]);
  return {
    restore: async () => {
      await statements(server, [
        `drop database ${ident(database)} with (force)`,
        `create database ${ident(database)}`,
      ]);
      run(path.join(programs, 'pg_restore'), ['-d', url.href, to]);
      rmSync(to);
    },
  };
}

/** Statements in the server's own database, each by itself. */
async function statements(server: Server, texts: readonly string[]): Promise<void> {
  const client = new pg.Client({ connectionString: server.url });
  await client.connect();
  try {
    for (const text of texts) await client.query(text);
  } finally {
    await client.end();
  }
}

/** With owners and modes; a file that the server removes meanwhile is none. */
function copy(from: string, to: string): void {
  run('cp', ['-aT', from, to], /cannot stat|No such file/);
}

function run(program: string, args: readonly string[], forgiven = /^$/): void {
  const { status, stderr } = spawnSync(program, args, { encoding: 'utf8' });
  if (status !== 0 && !forgiven.test(stderr)) throw new Error(`${program}: ${stderr}`);
}
