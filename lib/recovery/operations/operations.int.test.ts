import { spawnSync } from 'node:child_process';
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { z } from 'zod';
import { nameMetrics, theMetrics } from '#lib/adapters/metrics/metrics';
import { openKeys } from '#lib/adapters/secrets/secret-keys';
import { NOBODY } from '#lib/recovery/access/actor';
import { scopeHolds } from '#lib/recovery/access/policy';
import { readHealth } from '#lib/recovery/operations/read-health';
import { readMetrics } from '#lib/recovery/operations/read-metrics';
import { readReady } from '#lib/recovery/operations/read-ready';
import { leaveMetrics } from '#lib/recovery/operations/worker-metrics';
import { preparePostgres, sql } from '#lib/recovery/patches/patches.testing';
import { proposePatch } from '#lib/recovery/patches/propose-patch';
import { openTestContext, type TestContext } from '#lib/recovery/setup/testing';
import { openWorkerSession } from '#lib/recovery/setup/worker-session';

let test: TestContext;
beforeAll(async () => {
  test = await openTestContext();
  nameMetrics('web');
}, 60_000);
afterAll(() => test.close());

const as = (role: 'viewer' | 'admin' | 'nobody') => ({
  ...test.context,
  actor: role === 'nobody' ? NOBODY : { ...test.context.actor, role },
});
const ready = async (context = as('nobody')) => {
  const response = await readReady(context);
  return {
    status: response.status,
    ...z.object({ missing: z.array(z.string()) }).parse(await response.json()),
  };
};

it('is ready when the migrations were had, a worker lives and there is room; a stranger hears codes only', async () => {
  expect(await ready()).toEqual({ status: 503, missing: ['worker'] });
  const session = await openWorkerSession(test.url);
  expect(await ready()).toEqual({ status: 200, missing: [] });
  const [first] = await sql(
    test.url,
    'select migration_name from _prisma_migrations order by 1 desc limit 1',
  );
  const mark = (sqlText: string) =>
    sql(
      test.url,
      `update _prisma_migrations set rolled_back_at = ${sqlText} where migration_name = '${first?.migration_name}'`,
    );
  await mark('now()');
  expect(await ready()).toEqual({ status: 503, missing: ['migrations'] });
  await mark('null');
  await session.close();
});

it('tells the details of its health to admins alone', async () => {
  expect(await readHealth(as('nobody'))).toEqual({ status: 'ok', records: 'ok' });
  expect(await readHealth(as('viewer'))).toEqual({ status: 'ok', records: 'ok' });
  expect(await readHealth(as('admin'))).toMatchObject({
    details: { workers: 0, key: [], liveStores: [], freeBytes: expect.any(Number) },
  });
});

it('numbers of web, worker and records are one text without names', async () => {
  const { runId } = await preparePostgres(test);
  await proposePatch(test.context, { id: runId });
  theMetrics().httpSeconds.observe({ method: 'GET', route: '/api/v1/runs/[id]', status: '200' }, 0.02);
  await leaveMetrics(test.context.env);
  const worker = JSON.stringify([
    {
      help: 'x',
      name: 'recount_job_duration_seconds',
      type: 'counter',
      aggregator: 'sum',
      values: [{ value: 7, labels: { process: 'worker' } }],
    },
  ]);
  writeFileSync(path.join(test.context.env.dataDir, 'worker-metrics.txt'), worker);
  const response = await readMetrics(as('admin'));
  const text = await response.text();
  expect(response.headers.get('content-type')).toMatch(/^text\/plain; version=0\.0\.4/);
  expect(text).toMatch(/^recount_records\{kind="patch",state="proposed"\} 1$/m);
  expect(text).toMatch(/^recount_queue_jobs\{kind="preview",state="\w+"\} \d+$/m);
  expect(text).toMatch(
    /^recount_http_request_duration_seconds_count\{.*route="\/api\/v1\/runs\/\[id\]".*\} 1$/m,
  );
  expect(text).toMatch(/^recount_job_duration_seconds\{process="worker"\} 7$/m);
  expect(text).toMatch(/^process_resident_memory_bytes\{process="web"\} \d+$/m);
  for (const name of ['recount_workers 0', 'recount_alarms_open 0', 'recount_passwords_lost 0'])
    expect(text).toContain(name);
  expect(text).not.toMatch(/totals_1|shop|live_totals/);
  // each family stands there once
  const families = [...text.matchAll(/^# TYPE (\S+)/gm)].map((match) => match[1]);
  expect(new Set(families).size).toBe(families.length);
  rmSync(path.join(test.context.env.dataDir, 'worker-metrics.txt'));
  expect(await (await readMetrics(as('admin'))).text()).not.toContain('process="worker"');
}, 60_000);

it('have names as Prometheus wants them, each in docs/running.md', async () => {
  theMetrics().jobSeconds.observe({ kind: 'apply', outcome: 'done' }, 1);
  const text = await (await readMetrics(as('admin'))).text();
  const families = [...text.matchAll(/^# HELP (recount_\w+) (.+)\n# TYPE \1 (\w+)$/gm)].map(
    ([, name = '', help = '', type = '']) => ({ name, help, type }),
  );
  expect(families.length).toBeGreaterThan(10);
  for (const { name, help, type } of families) {
    expect(name).toMatch(/^recount(?:_[a-z]+)+$/);
    expect(help).toMatch(/\.$/);
    expect(name.endsWith('_total'), name).toBe(type === 'counter');
    if (type === 'histogram') expect(name).toMatch(/_duration_seconds$/);
    expect(name).not.toMatch(/_(?:ms|millis|kb|mb|percent|gauge|count)$/);
  }
  const told = readFileSync('docs/running.md', 'utf8').matchAll(/^\| `(recount_\w+)` \| (\w+) \|/gm);
  expect([...told].map(([, name, type]) => `${name} ${type}`).sort()).toEqual(
    families.map(({ name, type }) => `${name} ${type}`).sort(),
  );
});

it('is not ready where hardly anything can be written any more', async (at) => {
  const small = path.join(test.root, '..', 'small');
  mkdirSync(small);
  if (spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=1m', 'recount-test', small]).status !== 0)
    return at.skip('a file system can be mounted by root only');
  try {
    const full = { ...as('nobody'), env: { ...test.context.env, dataDir: small } };
    expect((await ready(full)).missing).toContain('disk');
    expect(await readHealth(full)).toEqual({ status: 'ok', records: 'ok' });
  } finally {
    spawnSync('umount', [small]);
  }
});

it('are for admins, and for tokens of admins', async () => {
  for (const role of ['nobody', 'viewer'] as const)
    await expect(readMetrics(as(role))).rejects.toThrow(/signed in/);
  const token = {
    ...as('admin'),
    actor: { ...as('admin').actor, via: 'token' as const, scope: scopeHolds('read') },
  };
  expect((await readMetrics(token)).status).toBe(200);
});

it('a lost key is in the health of admins', async () => {
  const lost = {
    ...as('admin'),
    key: openKeys({ ...test.context.env, secretKeyFile: path.join(test.root, '..', 'other.key') }),
  };
  expect((await readHealth(lost)).details?.key[0]).toContain(
    'is not the one that these passwords were sealed with',
  );
  expect(JSON.stringify(await readHealth({ ...lost, actor: NOBODY }))).toBe('{"status":"ok","records":"ok"}');
});
