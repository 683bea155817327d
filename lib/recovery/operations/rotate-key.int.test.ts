import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { userInfo } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { nextFile } from '#lib/adapters/secrets/key-file';
import { sealedWith } from '#lib/adapters/secrets/secret-box';
import { keysInWords, openKeys } from '#lib/adapters/secrets/secret-keys';
import { SEALED } from '#lib/adapters/store/sealed-values';
import { cli } from '#lib/entry/contract.testing';
import { listLiveStores } from '#lib/recovery/live-stores/list-live-stores';
import { setStorePassword } from '#lib/recovery/live-stores/set-store-password';
import { testPostgres } from '#lib/recovery/live-stores/test-live-store';
import { keyTroubles } from '#lib/recovery/operations/lost-passwords';
import { rotateKey } from '#lib/recovery/operations/rotate-key';
import { preparePostgres, sql } from '#lib/recovery/patches/patches.testing';
import { openTestContext, type TestContext } from '#lib/recovery/setup/testing';

let test: TestContext;
const stores: string[] = [];
beforeAll(async () => {
  test = await openTestContext();
  for (let i = 0; i < 2; i++) stores.push((await preparePostgres(test)).liveStoreId);
}, 60_000);
afterAll(() => test.close());

const file = () => test.context.env.secretKeyFile;
const records = () => test.context.store.liveStore.findMany({ orderBy: { createdAt: 'asc' } });
async function requireAllOpen(context = test.context): Promise<void> {
  for (const record of await records())
    expect(await testPostgres(context, record)).toMatchObject({ tested: { ok: true } });
}

it('every column that holds sealed values is rotated', async () => {
  const found = await sql(
    test.url,
    `select table_name from information_schema.columns
      where data_type = 'bytea' and column_name like '%secret%' and table_schema = 'public'`,
  );
  expect(found.map((row) => row.table_name).sort()).toEqual(SEALED.map(({ table }) => table).sort());
});

it.each(['begun', 'made', 'sealed', 'renamed'])(
  'killed when it had %s, nothing is lost and the next one ends it',
  async (step) => {
    const before = keysInWords(test.context.env);
    const victim = spawnSync(
      process.execPath,
      [path.resolve('lib/recovery/operations/rotate-victim.testing.ts'), step],
      {
        env: { ...process.env, DATABASE_URL: test.url, RECOUNT_DATA_DIR: test.context.env.dataDir },
        encoding: 'utf8',
      },
    );
    expect([victim.signal, victim.stderr]).toEqual(['SIGKILL', '']);
    // the process that ran all the while, and one that starts now
    await requireAllOpen();
    await requireAllOpen({ ...test.context, key: openKeys(test.context.env) });
    expect(await keyTroubles(test.context)).toHaveLength(step === 'made' || step === 'sealed' ? 1 : 0);
    const ended = await cli(['secrets', 'rotate'], {
      env: { DATABASE_URL: test.url, RECOUNT_DATA_DIR: test.context.env.dataDir },
    });
    expect(ended).toMatchObject({ exit: 0, json: { status: 'rotated', lost: [] } });
    const after = keysInWords(test.context.env);
    expect(after).toEqual({ id: ended.json.to, nextId: null });
    expect(after.id).not.toBe(before.id);
    expect(existsSync(nextFile(file()))).toBe(false);
    for (const { secret } of await records()) expect(sealedWith(secret ?? new Uint8Array())).toBe(after.id);
    await requireAllOpen();
    const lines = await test.context.store.audit.findMany({ where: { action: 'secrets.rotate' } });
    expect(JSON.stringify(lines.map(({ detail }) => detail))).toContain(after.id);
    expect(lines.at(-1)).toMatchObject({ via: 'command', detail: { account: userInfo().username } });
  },
  120_000,
);

it('passwords that are set while the key is rotated are never sealed with a key that is gone', async () => {
  const { context } = test;
  const [id = ''] = stores;
  const set = async () => {
    for (let i = 0; i < 6; i++) await setStorePassword(context, { id, password: 'live secret' });
  };
  const turn = async () => {
    for (let i = 0; i < 6; i++) await rotateKey(context.store, context.env, test.url);
  };
  await Promise.all([set(), turn()]);
  await requireAllOpen();
}, 60_000);

it('a lost key costs the passwords alone, which are entered again', async () => {
  const { context } = test;
  const kept = readFileSync(file());
  rmSync(file());
  const other = { ...context, key: openKeys(context.env) };
  expect((await listLiveStores(other)).liveStores.map(({ password }) => password)).toEqual(['lost', 'lost']);
  expect((await keyTroubles(other))[0]).toMatch(
    /is not the one that these passwords were sealed with.*totals_1/,
  );
  const [first] = await records();
  if (first === undefined) throw new Error('no store');
  await expect(testPostgres(other, first)).rejects.toMatchObject({ code: 'secret.lost' });
  await expect(setStorePassword(other, { id: first.id, password: 'not it' })).rejects.toMatchObject({
    code: 'live.unreachable',
  });
  expect(await setStorePassword(other, { id: first.id, password: 'live secret' })).toMatchObject({
    password: 'kept',
  });
  expect(await testPostgres(other, { ...first, ...(await records())[0] })).toMatchObject({
    tested: { ok: true },
  });
  const lines = await context.store.audit.findMany({ where: { action: 'live_store.password' } });
  expect(lines.at(-1)).toMatchObject({ actor: 'local', subject: `live store ${first.id}` });
  expect(JSON.stringify(lines.map(({ detail }) => detail))).not.toContain('live secret');
  const rotated = await rotateKey(context.store, context.env, test.url);
  expect(rotated).toMatchObject({ sealed: 1, lost: [{ what: 'live store' }] });
  // the first key comes back: what it sealed opens, what another one sealed does not
  rmSync(file());
  writeFileSync(file(), kept, { mode: 0o600 });
  const back = { ...context, key: openKeys(context.env) };
  expect((await listLiveStores(back)).liveStores.map(({ password }) => password).sort()).toEqual([
    'kept',
    'lost',
  ]);
});

it('a viewer sets no password', async () => {
  const viewer = { ...test.context, actor: { ...test.context.actor, role: 'viewer' as const } };
  await expect(setStorePassword(viewer, { id: stores[0] ?? '', password: 'x' })).rejects.toMatchObject({
    code: 'access.forbidden',
  });
});
