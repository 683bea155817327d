import { existsSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import path from 'node:path';
import { prepareDatabases } from '#lib/adapters/postgres-server/databases';
import { type EmbeddedServer, startEmbedded } from '#lib/adapters/postgres-server/embedded';
import { keysInWords } from '#lib/adapters/secrets/secret-keys';
import { Failure } from '#lib/base/failure';
import type { Answer, Flags } from '#lib/entry/command';
import { makeDataDir } from '#lib/entry/data-dir';
import { withRecords } from '#lib/entry/with-records';
import { backUp } from '#lib/recovery/operations/back-up';
import { UNFINISHED } from '#lib/recovery/operations/backup-manifest';
import { restoreBackup } from '#lib/recovery/operations/restore-backup';
import type { RestoredAccess } from '#lib/recovery/operations/restored-access';
import { type Env, readEnv } from '#lib/recovery/setup/env';

/** Wherever the command was called. */
const PRISMA = path.join(import.meta.dirname, '../../prisma');

/** `backup`: Recount's own records and files as one file. */
export async function backupCommand(flags: Flags): Promise<Answer> {
  const { out } = flags;
  if (out === undefined) throw new Failure('command.invalid', 'backup needs --out FILE.tar.gz.');
  const withKey = flags['with-key'] ?? false;
  return withRecords(async (env, databaseUrl) => {
    const schemaFile = path.join(PRISMA, 'schema.prisma');
    const made = await backUp(env, { databaseUrl, schemaFile, out, withKey });
    const key = withKey
      ? 'The key is in it: whoever reads this file has the passwords of the live stores.'
      : 'The key that opens the passwords of live stores is not in it: keep it apart.';
    const words = `Wrote ${made.file}: ${made.files} files, ${made.bytes} bytes.\n${key}\n`;
    return { value: { status: 'backed_up', ...made, with_key: withKey }, words };
  });
}

/** `restore`: what a backup holds, in an empty data folder; in the database of DATABASE_URL where that is set. */
export async function restoreCommand(flags: Flags): Promise<Answer> {
  const { from } = flags;
  if (from === undefined || flags['data-dir'] === undefined)
    throw new Failure('command.invalid', 'restore needs --from FILE and --data-dir DIR.');
  if (!existsSync(from)) throw new Failure('command.invalid', `There is no file ${from}.`);
  const dataDir = path.resolve(flags['data-dir']);
  const env = readEnv();
  const { databaseUrl } = env;
  const givenKey = keyGiven(env);
  makeDataDir(dataDir);
  let server: EmbeddedServer | null = null;
  const database = async (): Promise<string> => {
    if (databaseUrl !== null) return databaseUrl;
    const folder = path.join(dataDir, 'postgres');
    server = await startEmbedded(folder);
    return (await prepareDatabases(server, folder)).records;
  };
  try {
    const migrationsFolder = path.join(PRISMA, 'migrations');
    const restored = await restoreBackup({ from, dataDir, migrationsFolder, givenKey, database });
    await stop(server);
    return { value: { status: 'restored', ...restored }, words: restoredWords(restored) };
  } catch (error) {
    await stop(server);
    // the mark says that all in it came of this call
    if (existsSync(path.join(dataDir, UNFINISHED))) await rm(dataDir, { recursive: true, force: true });
    throw error;
  }
}

/** Which key a start with these settings reads outside of the data folder. */
function keyGiven(env: Env): { id: string; where: string } | null {
  const { secretKey, secretKeyFile: file, dataDir } = env;
  if (secretKey !== null) return { id: keysInWords(env).id, where: 'RECOUNT_SECRET_KEY' };
  const isOwn = file === path.join(dataDir, 'secret.key') || !existsSync(file);
  return isOwn ? null : { id: keysInWords(env).id, where: `RECOUNT_SECRET_KEY_FILE (${file})` };
}

const stop = async (server: EmbeddedServer | null): Promise<void> => server?.stop();

function restoredWords({
  dataDir,
  madeAt,
  files,
  needsKey,
  access,
}: Awaited<ReturnType<typeof restoreBackup>>): string {
  const lines = [`Brought back ${files} files into ${dataDir}, as they were at ${madeAt}.`];
  if (needsKey !== null)
    lines.push(
      `The key ${needsKey} is not in the backup: put it into ${path.join(dataDir, 'secret.key')} (mode 600) before the start, or enter the passwords of the live stores again.`,
    );
  lines.push(...accessWords(access));
  lines.push(
    'Make sure that no other Recount goes on with the same records, then start with RECOUNT_DATA_DIR set to it.',
  );
  return `${lines.join('\n')}\n`;
}

/** What ended with the restore, and what has to be looked at before people come back. */
function accessWords({
  tokensRevoked,
  invitationsWithdrawn,
  approvalsVoided,
  people,
  shareLinks,
  webhooks,
}: RestoredAccess): string[] {
  const ended = `Ended, since it comes from a backup: ${tokensRevoked} API tokens, ${invitationsWithdrawn} open invitations, ${approvalsVoided} approvals of what is not written yet.`;
  const named = people.map(({ name, role }) => `${name} (${role})`).join(', ');
  return [
    ended,
    'Everything else is as it was at the backup, also what was taken away since. Before you let people in, look at:',
    `- Settings, People and roles: ${people.length} may sign in: ${named}`,
    `- the reports: ${shareLinks} share links are open`,
    `- Settings, Webhooks: ${webhooks} webhooks`,
  ];
}
