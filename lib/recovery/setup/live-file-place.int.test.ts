import { mkdirSync, renameSync, rmSync, symlinkSync } from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { readPatchHeader } from '#lib/adapters/duckdb/sealed-patch';
import { prepareFile } from '#lib/recovery/patches/patches.testing';
import { openIncidentStore, runVariables } from '#lib/recovery/setup/open-incident-store';
import { openTestContext, type TestContext } from '#lib/recovery/setup/testing';

// What was allowed when a preview was made may lie elsewhere when its patch is applied.

let test: TestContext;
beforeAll(async () => {
  test = await openTestContext();
}, 60_000);
afterAll(() => test.close());

it('the live file of a patch must still be the chosen one, under its root', async () => {
  const { context, root } = test;
  const { file, runId } = await prepareFile(test);
  const { dir } = await context.store.run.findUniqueOrThrow({ where: { id: runId } });
  const header = await readPatchHeader(dir ?? '');
  const opens = async (at = context): Promise<void> => {
    await runVariables(at, runId);
    await (await openIncidentStore(at, runId, header)).close();
  };
  const refused = async (code: string, at = context): Promise<void> => {
    await expect(runVariables(at, runId)).rejects.toMatchObject({ code });
    await expect(openIncidentStore(at, runId, header)).rejects.toMatchObject({ code });
  };
  await expect(opens()).resolves.toBeUndefined();

  // the file became a link out of its root
  const outside = path.join(root, '..', 'moved.csv');
  renameSync(file, outside);
  symlinkSync(outside, file);
  await refused('archive.outside_roots');
  rmSync(file);
  await refused('live.not_found');
  renameSync(outside, file);
  await expect(opens()).resolves.toBeUndefined();

  // the root's name stands for another folder now, that has a file of the same name
  const other = path.join(root, '..', 'other');
  mkdirSync(other);
  const env = { ...context.env, archiveRoots: [{ name: 'files', path: other }] };
  await refused('live.not_found', { ...context, env });
  renameSync(file, path.join(other, path.basename(file)));
  await refused('archive.outside_roots', { ...context, env });
}, 60_000);
