import { spawnSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { addArchive } from '#lib/recovery/archives/add-archive';
import { announceFile, receivePiece } from '#lib/recovery/archives/receive-upload';
import { errorResponse } from '#lib/recovery/http/http';
import { changePlan } from '#lib/recovery/incidents/change-plan';
import { readIncident } from '#lib/recovery/incidents/read-incident';
import { startPreview } from '#lib/recovery/incidents/start-preview';
import { doJob, prepareFile, previewAgain } from '#lib/recovery/patches/patches.testing';
import { readRun } from '#lib/recovery/runs/read-run';
import { partPath, runFolder } from '#lib/recovery/setup/places';
import { openTestContext, type TestContext } from '#lib/recovery/setup/testing';
import { stageFolder } from '#lib/recovery/setup/wiring';

let test: TestContext;
let staged: string;
let isMounted = false;
beforeAll(async () => {
  test = await openTestContext();
  staged = stageFolder(test.context.env.dataDir);
  mkdirSync(staged, { recursive: true });
  const options = ['-t', 'tmpfs', '-o', 'size=4m', 'recount-test', staged];
  isMounted = spawnSync('mount', options).status === 0;
}, 60_000);
afterAll(async () => {
  if (isMounted) spawnSync('umount', [staged]);
  await test.close();
});

const leftOvers = (): string[] =>
  readdirSync(staged, { recursive: true })
    .filter((name) => String(name).includes('.part'))
    .map(String);

it('a full disk fails the run and names the file and what is free; the next run works', async (at) => {
  if (!isMounted) return at.skip('a file system can be mounted by root only');
  const { context } = test;
  const prepared = await prepareFile(test);
  const lines = Array.from(
    { length: 200_000 },
    (_, i) => `x${i},2024-06-10T12:00:00Z,${randomBytes(24).toString('base64')},1.00`,
  );
  writeFileSync(join(test.root, 'large.csv'), ['id,at,user_id,value', ...lines, ''].join('\n'));
  const large = await addArchive(context, { kind: 'path', root: 'files', path: 'large.csv' });
  const ref = prepared.incidentId;
  const { plan, archive } = await readIncident(context, { ref });
  await changePlan(context, { ref, plan, archiveId: large.id });
  const run = await startPreview(context, { ref });
  await doJob(test, 'preview', run.id);
  const failed = await readRun(context, { id: run.id });
  expect(failed).toMatchObject({ state: 'failed', error: { code: 'disk.full' } });
  expect(failed.error?.message).toMatch(/large\.csv/);
  expect(failed.error?.message).toMatch(/[\d,]+ bytes are free/);
  expect(leftOvers()).toEqual([]);
  expect(existsSync(runFolder(context.env, run.id))).toBe(false);
  await changePlan(context, { ref, plan, archiveId: archive?.id ?? '' });
  await previewAgain(test, ref);
}, 60_000);

it('a full disk ends an upload with what is needed and what is free, and nothing of it stays', async (at) => {
  const { context } = test;
  const uploads = join(context.env.dataDir, 'uploads');
  mkdirSync(uploads, { recursive: true });
  const options = ['-t', 'tmpfs', '-o', 'size=1m', 'recount-test', uploads];
  if (spawnSync('mount', options).status !== 0) return at.skip('a file system can be mounted by root only');
  try {
    const { id } = await addArchive(context, { kind: 'upload', name: 'Large' });
    const data = randomBytes(3_000_000);
    const { fileId } = await announceFile(context, { id, path: 'large.csv', bytes: data.length });
    const put = (offset: number, body: Buffer) =>
      receivePiece(
        context,
        { id, fileId, offset },
        new Request('http://localhost/', { method: 'PUT', body: new Uint8Array(body) }),
      );
    await put(0, data.subarray(0, 500_000));
    const failure = await put(500_000, data.subarray(500_000)).catch((error: unknown) => error);
    expect(failure).toMatchObject({ code: 'disk.full' });
    expect(errorResponse(failure, new Request('http://localhost/x')).status).toBe(507);
    expect(String(failure)).toMatch(/large\.csv needs 3,000,000 bytes, 1,0\d\d,\d{3} are free/);
    expect(existsSync(partPath(context.env, id, fileId))).toBe(false);
    expect(await announceFile(context, { id, path: 'large.csv', bytes: data.length })).toMatchObject({
      receivedBytes: 0,
    });
    await put(0, data.subarray(0, 500_000));
  } finally {
    spawnSync('umount', [uploads]);
  }
}, 60_000);
