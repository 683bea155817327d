import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, utimesSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { sweepFolders } from '#lib/recovery/operations/sweep-folders';
import { prepareFile, previewAgain } from '#lib/recovery/patches/patches.testing';
import { patchFolder, runFolder, surveyFolder } from '#lib/recovery/setup/places';
import { openTestContext, type TestContext } from '#lib/recovery/setup/testing';
import { scratchFolder, stageFolder } from '#lib/recovery/setup/wiring';

let test: TestContext;
beforeAll(async () => {
  test = await openTestContext();
}, 60_000);
afterAll(() => test.close());

const DAY_S = 24 * 3_600;
const TWO_DAYS_S = 2 * DAY_S;
function make(path: string, ageS: number): string {
  mkdirSync(path, { recursive: true });
  writeFileSync(join(path, 'patch.json'), '{}');
  const at = Date.now() / 1_000 - ageS;
  utimesSync(path, at, at);
  return path;
}

it('removes what no record names and is older than a day, and nothing else', async () => {
  const { store, env } = test.context;
  const incident = await store.incident.create({ data: { title: 'x', plan: {}, createdBy: 'local' } });
  const runOf = async (number: number, state: string): Promise<string> => {
    const data = { incidentId: incident.id, number, plan: {}, planSha256: 'x', state, createdBy: 'local' };
    return (await store.run.create({ data })).id;
  };
  const [done, running, failed, cancelled] = [
    await runOf(1, 'done'),
    await runOf(2, 'running'),
    await runOf(3, 'failed'),
    await runOf(4, 'cancelled'),
  ];
  const survey = await store.survey.create({
    data: { incidentId: incident.id, archive: {}, state: 'failed' },
  });
  const withdrawn = await store.patch.create({
    data: {
      incidentId: incident.id,
      runId: done,
      seal: 'a'.repeat(64),
      state: 'cancelled',
      author: 'local',
    },
  });
  const gone = spawnSync(process.execPath, ['-e', '']).pid;
  const nobody = '00000000-0000-4000-8000-000000000000';
  const kept = [
    make(runFolder(env, done), TWO_DAYS_S),
    make(runFolder(env, running), TWO_DAYS_S),
    make(patchFolder(env, withdrawn.id), TWO_DAYS_S),
    make(runFolder(env, nobody), 60),
    make(join(dirname(runFolder(env, done)), 'notes of ann'), TWO_DAYS_S),
    make(join(stageFolder(env.dataDir), 'ab', 'abcdef', 'whole'), TWO_DAYS_S),
    make(join(stageFolder(env.dataDir), 'ab', 'abcdef', 'young.1.part'), 60),
    make(join(stageFolder(env.dataDir), 'ab', 'abused'), 29 * DAY_S),
    make(join(scratchFolder(env.dataDir), `session-${process.pid}-alive`), TWO_DAYS_S),
    make(join(scratchFolder(env.dataDir), `session-${gone}-young`), 60),
  ];
  const swept = [
    make(runFolder(env, failed), TWO_DAYS_S),
    make(runFolder(env, cancelled), TWO_DAYS_S),
    make(surveyFolder(env, survey.id), TWO_DAYS_S),
    make(patchFolder(env, nobody), TWO_DAYS_S),
    make(join(stageFolder(env.dataDir), 'ab', 'abcdef', 'old.1.part'), TWO_DAYS_S),
    make(join(stageFolder(env.dataDir), 'ac', 'acdc'), 31 * DAY_S),
    make(join(scratchFolder(env.dataDir), `session-${gone}-killed`), TWO_DAYS_S),
    make(join(scratchFolder(env.dataDir), `preview-${gone}-1`), TWO_DAYS_S),
  ];
  expect(await sweepFolders(test.context)).toBe(swept.length);
  expect(swept.filter((path) => existsSync(path))).toEqual([]);
  expect(kept.filter((path) => !existsSync(path))).toEqual([]);
  expect(await sweepFolders(test.context)).toBe(0);
  const lines = await store.audit.findMany({ where: { action: 'folders.sweep' } });
  expect(lines).toMatchObject([{ detail: { removed: swept.length } }]);
});

it('keeps staged events that a preview used lately, and makes anew those that went', async () => {
  const staged = stageFolder(test.context.env.dataDir);
  const prepared = await prepareFile(test);
  const contents = () =>
    readdirSync(staged).flatMap((outer) =>
      readdirSync(join(staged, outer)).map((name) => join(staged, outer, name)),
    );
  const age = () => {
    const at = Date.now() / 1_000 - 31 * DAY_S;
    for (const path of contents()) utimesSync(path, at, at);
  };
  const before = contents().length;
  age();
  await previewAgain(test, prepared.incidentId);
  await sweepFolders(test.context);
  const used = contents();
  expect(used.length).toBeGreaterThan(0);
  expect(used.length).toBeLessThan(before);
  age();
  await sweepFolders(test.context);
  expect(contents()).toEqual([]);
  await previewAgain(test, prepared.incidentId);
  expect(contents()).toEqual(used);
}, 60_000);
