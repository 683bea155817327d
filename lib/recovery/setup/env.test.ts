import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { Failure } from '#lib/base/failure';
import { readEnv, unknownSettings } from '#lib/recovery/setup/env';

function refusal(variables: Record<string, string>): Failure {
  try {
    readEnv(variables);
  } catch (error) {
    if (error instanceof Failure) return error;
    throw error;
  }
  throw new Error('was not refused');
}

describe('readEnv', () => {
  it('has a default for everything, and takes an empty variable as absent', () => {
    const env = readEnv({ PORT: '', DATABASE_URL: '' });
    expect(env).toMatchObject({
      host: '127.0.0.1',
      port: 4000,
      databaseUrl: null,
      dataDir: path.resolve('.recount'),
    });
    expect(env.archiveRoots).toEqual([{ name: 'samples', path: path.resolve('samples') }]);
    expect(env.secretKeyFile).toBe(path.resolve('.recount', 'secret.key'));
    expect(env.memoryLimit).toMatch(/^\d+MB$/);
    expect(env.threads).toBeGreaterThan(0);
  });

  it('reads what is given', () => {
    const env = readEnv({
      PORT: '8080',
      RECOUNT_DATA_DIR: '/tmp/d',
      RECOUNT_ARCHIVE_ROOTS: 'a=/tmp, b=./lib',
      RECOUNT_THREADS: '3',
    });
    expect(env).toMatchObject({ port: 8080, threads: 3, secretKeyFile: path.resolve('/tmp/d/secret.key') });
    expect(env.archiveRoots).toEqual([
      { name: 'a', path: path.resolve('/tmp') },
      { name: 'b', path: path.resolve('lib') },
    ]);
  });

  it('tells every problem at once by name, and no value', () => {
    const failure = refusal({
      PORT: 'eighty-s3cret',
      HOST: '0.0.0.0',
      DATABASE_URL: 'mysql://u:s3cret@h/d',
      RECOUNT_MEMORY_LIMIT: 's3cret',
      RECOUNT_THREADS: '0',
      RECOUNT_ARCHIVE_ROOTS: 'a=/tmp,a=/tmp,=x,b=/does/not/s3cret',
    });
    expect(failure.code).toBe('env.invalid');
    expect(failure.message).not.toContain('s3cret');
    expect(failure.message.split('\n').map((line) => line.split(' ')[0])).toEqual([
      'PORT',
      'DATABASE_URL',
      'RECOUNT_ARCHIVE_ROOTS',
      'RECOUNT_ARCHIVE_ROOTS',
      'RECOUNT_ARCHIVE_ROOTS',
      'RECOUNT_MEMORY_LIMIT',
      'RECOUNT_THREADS',
      'RECOUNT_SECRET',
      'RECOUNT_ORIGIN',
    ]);
  });

  it('tells names that are no settings, with the nearest one, and leaves others alone', () => {
    expect(
      unknownSettings({
        RECOUNT_THREAD: '2',
        RECOUNT_BLAHBLAHBLAHBLAH: '1',
        RECOUNT_THREADS: '2',
        RECOUNT_ORACLE_SEED: '7',
        HOME: '/',
      }),
    ).toEqual([
      'RECOUNT_BLAHBLAHBLAHBLAH is no setting of Recount and has no effect.',
      'RECOUNT_THREAD is no setting of Recount and has no effect; did you mean RECOUNT_THREADS?',
    ]);
  });

  it.each(['0.0.0.0', '::', '192.168.1.5', 'example.org'])(
    'answers other machines only with a secret and an origin: %s',
    (HOST) => {
      expect(refusal({ HOST }).message).toMatch(
        /^RECOUNT_SECRET must be set where HOST is not this machine's own[\s\S]*\nRECOUNT_ORIGIN must/,
      );
    },
  );

  it('reads where live stores may be, and refuses what is neither host nor network', () => {
    const of = (hosts: string) => readEnv({ RECOUNT_LIVE_HOSTS: hosts });
    expect(readEnv({}).liveHosts).toEqual([]);
    expect(of('DB.example.org, 10.0.0.5:6432,10.1.0.0/16,fd00::/8').liveHosts).toEqual([
      { network: '10.1.0.0', bits: 16 },
      { network: 'fd00::', bits: 8 },
      { name: 'db.example.org', port: null },
      { name: '10.0.0.5', port: 6432 },
    ]);
    for (const wrong of ['postgres://db', '10.0.0.0/33', 'a/8', '*.example.org'])
      expect(() => of(wrong)).toThrow(/RECOUNT_LIVE_HOSTS must be hosts and networks like/);
  });

  it('reads where webhooks may lead, and refuses what is no host', () => {
    const of = (hosts: string) => readEnv({ RECOUNT_WEBHOOK_HOSTS: hosts });
    expect(readEnv({}).webhookHosts).toEqual([]);
    expect(of('hooks.slack.com, 10.0.0.5:8080').webhookHosts).toEqual([
      { name: 'hooks.slack.com', port: null },
      { name: '10.0.0.5', port: 8080 },
    ]);
    for (const wrong of ['https://hooks.slack.com', '*.slack.com', 'a.example:0'])
      expect(() => of(wrong)).toThrow(/RECOUNT_WEBHOOK_HOSTS must be hosts like/);
  });
});
