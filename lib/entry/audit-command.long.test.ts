import { readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { writeAudit } from '#lib/adapters/store/audit';
import { readChainHead } from '#lib/adapters/store/audit-chain';
import { makeSigner, publicPem, publicText } from '#lib/base/audit-signature';
import { cli } from '#lib/entry/contract.testing';
import { acknowledgeLoss } from '#lib/recovery/audit/acknowledge-loss';
import { checkAudit } from '#lib/recovery/audit/audit-check';
import { keptHeadPath } from '#lib/recovery/audit/kept-head';
import { readAuditStanding } from '#lib/recovery/audit/read-audit-standing';
import type { Witness } from '#lib/recovery/audit/verify-audit';
import { askLedgers, verifyRecords } from '#lib/recovery/audit/verify-records';
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
import type { Context } from '#lib/recovery/setup/context';
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

const chained = (positions: string) => `
  begin; set local session_replication_role = replica;
  delete from audit where seq in (select seq from audit_link where position ${positions});
  delete from audit_link where position ${positions};
  commit`;
const work = async (times: number): Promise<void> => {
  for (let n = 0; n < times; n++)
    await test.context.store.$transaction((tx) =>
      writeAudit(tx, { actor: 'recount', action: 'test.write', subject: `line ${n}` }),
    );
};

it('a head and a key that were kept are what the audit is held to later', async () => {
  const [head, pem] = [path.join(test.root, 'head.json'), path.join(test.root, 'key.pem')];
  await writeFile(head, (await audit(['head'], true)).stdout);
  await writeFile(pem, (await audit(['key'], true)).stdout);
  const kept = ['verify', '--head', head, '--key', pem];
  const { json } = await audit(kept);
  expect(json).toMatchObject({ status: 'unbroken', witnesses: 3 });
  expect((await audit(kept, true)).stdout).toContain(`signed with the key ${json.keys[0].key} since entry`);
  const file = path.join(test.root, 'again.jsonl');
  await audit(['export', '--out', file]);
  const alone = (...args: string[]) => cli(['audit', 'verify', '--export', file, ...args]);
  expect(await alone('--key', pem)).toMatchObject({ exit: 0, json: { signature: { from: 'given' } } });
  await writeFile(pem, publicPem(publicText(makeSigner())));
  expect(await alone('--key', pem)).toMatchObject({ exit: 4, json: { broken: { kind: 'forged' } } });
  await writeFile(pem, 'no key');
  expect(await audit(kept)).toMatchObject({ exit: 5, json: { error: { code: 'audit.unreadable' } } });
});

it('a chain that was written anew is found by the ledgers alone', async () => {
  await sql(
    test.url,
    `create table kept_audit as table audit; create table kept_link as table audit_link;
     begin; set local session_replication_role = replica;
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
  await sql(
    test.url,
    `begin; set local session_replication_role = replica; delete from audit; delete from audit_link;
     insert into audit select * from kept_audit; insert into audit_link select * from kept_link; commit`,
  );
});

it('entries that a restore lost are acknowledged once, and nothing else is', async () => {
  const { context } = test;
  const boss: Context = { ...context, actor: { ...context.actor, role: 'admin' } };
  const say = (to: number, by = boss) => acknowledgeLoss(by, { to, reason: 'disk died; backup of 02:00' });
  await expect(say(1)).rejects.toMatchObject({ code: 'conflict', message: 'No entry of the audit is lost.' });
  const heads = await sql(
    test.url,
    `select (columns #>> '{audit_head,position}')::int as n from recount.patch_ledger`,
  );
  const last = Math.max(...heads.map(({ n }) => Number(n)));
  const newest = await readChainHead(context.store);
  const kept = { ...newest, where: 'a letter' } as Witness;
  const look = async (...witnesses: Witness[]) =>
    verifyRecords(context, await askLedgers(context), { witnesses });
  // back to a backup that was made before the patch, and some work since
  await sql(test.url, `${chained('> 5')}; delete from audit_key`);
  await context.store.$transaction((tx) =>
    writeAudit(tx, { actor: 'recount', action: 'backup.restore', subject: 'data folder' }),
  );
  await work(3);
  expect(await checkAudit(context, null)).toBeNull();
  const broken = (await readAuditStanding(context)).check;
  const { from, to } = broken?.lost ?? { from: 0, to: 0 };
  expect([from, to >= last]).toEqual([6, true]);
  expect((await look()).lost).toEqual({ from, to });

  const approver: Context = { ...context, actor: { ...context.actor, role: 'approver' } };
  await expect(say(to, approver)).rejects.toMatchObject({ code: 'access.forbidden' });
  const unproved = { ...boss, actor: { ...boss.actor, provedAt: new Date(0) } };
  await expect(say(to, unproved)).rejects.toMatchObject({ code: 'access.prove' });
  await expect(say(to + 1)).rejects.toMatchObject({ code: 'conflict' });
  const standing = await say(to);
  expect(standing).toMatchObject({
    check: {
      state: 'unbroken',
      problem: null,
      lost: null,
      losses: [{ from: 6, to, by: 'Alex Test', reason: 'disk died; backup of 02:00' }],
    },
    anchors: { problems: [] },
  });
  await checkLedgers(context, true);
  expect((await readAuditStanding(context)).anchors.problems).toEqual([]);
  const { exit, stdout } = await audit(['verify'], true);
  expect(exit).toBe(0);
  expect(stdout).toContain(`Warning: entries 6 to ${to} are lost`);

  // a head that nobody spoke of is no part of it
  expect((await look(kept)).broken).toMatchObject({ kind: 'truncated' });
  await work(to);
  expect((await look()).broken).toBeNull();
  expect((await look(kept)).broken).toMatchObject({ kind: 'rewritten' });
  // an export says so too, to who has the key
  const [file, pem] = [path.join(test.root, 'later.jsonl'), path.join(test.root, 'own.pem')];
  await audit(['export', '--out', file]);
  await writeFile(pem, standing.key?.pem ?? '');
  expect(await cli(['audit', 'verify', '--export', file, '--key', pem])).toMatchObject({
    exit: 0,
    json: { losses: [{ from: 6, to }] },
  });
  // what is lost later is another loss, and a line that says otherwise is not believed
  await checkAudit(context, null);
  await sql(test.url, chained(`> ${to + 6}`));
  const [line] = await sql(
    test.url,
    `select detail::text as said from audit where action = 'audit.acknowledge_loss'`,
  );
  const now = await look();
  expect(now).toMatchObject({ broken: { kind: 'truncated' }, lost: { from: expect.any(Number) } });
  const forged = JSON.parse(String(line?.said));
  const more = now.lost?.to;
  const { hash } = JSON.parse(await readFile(keptHeadPath(context.env), 'utf8'));
  const detail = { ...forged, to: more ?? 0, heads: [`${more}:${hash}`] };
  await context.store.$transaction((tx) =>
    writeAudit(tx, { actor: boss.actor, action: 'audit.acknowledge_loss', subject: 'audit', detail }),
  );
  expect(await look()).toMatchObject({ broken: { kind: 'truncated' }, losses: [{ from: 6, to }] });
  await say(more ?? 0);
  expect(await look()).toMatchObject({ broken: null, losses: [{}, {}] });
});
