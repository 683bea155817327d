import { readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { cli } from '#lib/entry/contract.testing';
import { checkAudit } from '#lib/recovery/audit/audit-check';
import { readAuditStanding } from '#lib/recovery/audit/read-audit-standing';
import { checkLedgers } from '#lib/recovery/jobs/ledger-check';
import { applyPatch } from '#lib/recovery/patches/apply-patch';
import { approvePatch } from '#lib/recovery/patches/approve-patch';
import {
  doJob,
  type Prepared,
  prepareFile,
  preparePostgres,
  sql,
} from '#lib/recovery/patches/patches.testing';
import { proposePatch } from '#lib/recovery/patches/propose-patch';
import { openTestContext, type TestContext } from '#lib/recovery/setup/testing';

let test: TestContext;
beforeAll(async () => {
  test = await openTestContext();
  await test.context.store.person.create({ data: { id: 'mira', name: 'Mira', role: 'approver' } });
}, 60_000);
afterAll(() => test.close());

const mira = () => ({
  ...test.context,
  actor: { ...test.context.actor, id: 'mira', name: 'Mira', role: 'approver' as const },
});

async function applied({ runId }: Prepared): Promise<string> {
  const { id, seal, target } = await proposePatch(test.context, { id: runId });
  await approvePatch(mira(), { id, seal, reason: 'checked' });
  await applyPatch(mira(), { id, seal, confirm: target });
  await doJob(test, 'apply', id);
  return seal;
}

const audit = (args: readonly string[], words = false) =>
  cli(['audit', ...args], {
    words,
    env: {
      DATABASE_URL: test.url,
      RECOUNT_DATA_DIR: test.context.env.dataDir,
      RECOUNT_ARCHIVE_ROOTS: `files=${test.root}`,
    },
  });
const headIn = async (seal: string) =>
  (
    await sql(
      test.url,
      `select columns -> 'audit_head' as head from recount.patch_ledger where seal = '${seal}'`,
    )
  )[0]?.head;

it('a patch takes the head of the audit with it, and the audit is held to it', async () => {
  const seal = await applied(await preparePostgres(test));
  const head = await headIn(seal);
  expect(head).toMatchObject({ position: expect.any(Number), hash: expect.stringMatching(/^[0-9a-f]{64}$/) });
  await applied(await prepareFile(test));
  await checkLedgers(test.context, true);
  expect((await readAuditStanding(test.context)).anchors).toMatchObject({
    stores: 2,
    heads: 2,
    problems: [],
  });
  const found = await audit(['verify']);
  expect(found).toMatchObject({
    exit: 0,
    json: { status: 'unbroken', witnesses: 2, foreign: 0, silent: [] },
  });
  expect((await audit(['verify'], true)).stdout).toContain('unbroken; head');
});

it('an export is verified away from everything', async () => {
  const file = path.join(test.root, 'audit.jsonl');
  const written = await audit(['export', '--out', file]);
  expect(written).toMatchObject({ exit: 0, json: { status: 'exported' } });
  const alone = { env: { RECOUNT_DATA_DIR: path.join(test.root, 'nothing') } };
  const read = () => cli(['audit', 'verify', '--export', file], alone);
  const { entries, head } = written.json;
  expect(await read()).toMatchObject({
    exit: 0,
    json: { status: 'unbroken', complete: true, entries, head },
  });
  const text = await readFile(file, 'utf8');
  expect(text).toContain('"via":"command"');
  await writeFile(file, text.replace('patch.approve', 'patch.propose'));
  const broken = await read();
  expect(broken).toMatchObject({ exit: 4, json: { status: 'broken', broken: { kind: 'changed' } } });
  await writeFile(file, 'no export');
  expect(await read()).toMatchObject({ exit: 5, json: { error: { code: 'audit.unreadable' } } });
  expect((await cli(['audit', 'destroy'], alone)).exit).toBe(2);
  expect((await cli(['audit', 'export'], alone)).exit).toBe(2);
  expect(await cli(['audit', 'verify'], alone)).toMatchObject({
    json: { error: { code: 'server.database' } },
  });
});

it('a chain that was written anew is found by the ledgers alone', async () => {
  await sql(
    test.url,
    `begin; set local session_replication_role = replica;
     update audit set actor = 'mallory' where seq = 2;
     delete from audit_link;
     do $$ declare one audit; begin for one in select * from audit order by seq loop perform chain_audit(one); end loop; end $$;
     commit`,
  );
  const found = await audit(['verify']);
  expect(found).toMatchObject({ exit: 4, json: { status: 'broken', broken: { kind: 'rewritten' } } });
  expect(found.json.broken.message).toContain('The ledger of');
  // the ledgers did not change, and are asked all the same
  expect(await checkAudit(test.context, null)).toBeNull();
  const { check, anchors } = await readAuditStanding(test.context);
  expect(check?.problem?.message).toContain('The ledger of');
  expect(anchors.problems).toHaveLength(2);
});
