import { mkdtempSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { openChildSession } from '#lib/adapters/duckdb/child-session';
import { openSession } from '#lib/adapters/duckdb/session';
import type { Session } from '#lib/replay/session';

const open: Session[] = [];
afterEach(async () => {
  for (const session of open.splice(0)) await session.close();
});

describe.each([
  ['in this process', openSession],
  ['in a child', openChildSession],
])('a session %s', (_, openOne) => {
  const start = async (signal?: AbortSignal) => {
    const root = mkdtempSync(join(tmpdir(), 'recount-session-'));
    const session = await openOne(root, {
      folders: [],
      files: [],
      memoryLimit: '500MB',
      threads: 2,
      ...(signal ? { signal } : {}),
    });
    open.push(session);
    return { session, root };
  };

  it('gives exact values as text', async () => {
    const { session } = await start();
    const row = await session.one(
      `SELECT 9007199254740993 AS a, 0.10::DECIMAL(5,2) AS b, NULL AS c`,
      z.record(z.string(), z.unknown()),
    );
    expect(row).toEqual({ a: '9007199254740993', b: '0.10', c: null });
  });

  it('reads and writes nothing outside once locked', async () => {
    const { session, root } = await start();
    const secret = join(root, 'secret.csv');
    writeFileSync(secret, 'a\n1\n');
    await session.lock();
    await expect(session.run(`SELECT * FROM read_csv('${secret}')`)).rejects.toThrow(/Permission Error/);
    await expect(session.run(`COPY (SELECT 1) TO '${join(root, 'out.csv')}'`)).rejects.toThrow(
      /Permission Error/,
    );
    await expect(session.run('SET enable_external_access = true')).rejects.toThrow(/locked|Cannot/);
    await session.run(`COPY (SELECT 1) TO '${join(session.scratch, 'in.csv')}'`);
  });

  it('stops an endless query when it is cancelled, and leaves no scratch behind', async () => {
    const stop = new AbortController();
    const { session, root } = await start(stop.signal);
    const endless = session.run('SELECT count(*) FROM range(100000000000) a, range(1000000) b');
    setTimeout(() => stop.abort(), 50);
    await expect(endless).rejects.toMatchObject({ code: 'run.cancelled' });
    await session.close();
    expect(readdirSync(root)).toEqual([]);
  });

  it('says that the memory did not suffice', async () => {
    const { session } = await start();
    await expect(
      session.run(`SELECT list(repeat(i::VARCHAR, 100)) FROM range(100000000) t(i)`),
    ).rejects.toMatchObject({ code: 'engine.memory' });
  });
});

it.runIf(process.platform === 'linux')('a child that dies fails its own query and says so', async () => {
  const root = mkdtempSync(join(tmpdir(), 'recount-session-'));
  const session = await openChildSession(root, { folders: [], files: [], memoryLimit: '500MB', threads: 1 });
  open.push(session);
  const pid = readdirSync('/proc').find((p) => /^\d+$/.test(p) && isChildMain(p));
  expect(pid).toBeDefined();
  const endless = session.run('SELECT count(*) FROM range(100000000000) a, range(1000000) b');
  setTimeout(() => process.kill(Number(pid), 'SIGKILL'), 50);
  await expect(endless).rejects.toMatchObject({ code: 'engine.crashed' });
});

/** On Linux: the process started by this one that runs the DuckDB child. */
function isChildMain(pid: string): boolean {
  try {
    const isOurs = readFileSync(`/proc/${pid}/stat`, 'utf8').includes(` ${process.pid} `);
    return isOurs && readFileSync(`/proc/${pid}/cmdline`, 'utf8').includes('child-start.js');
  } catch {
    return false;
  }
}
