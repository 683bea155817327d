import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startTestPostgres, type TestPostgres } from '#lib/adapters/postgres-server/testing';
import { writeAudit } from '#lib/adapters/store/audit';
import { closeStore, openStore, type Store } from '#lib/adapters/store/client';
import { migrate } from '#lib/adapters/store/migrate';
import { diffToSchema } from '#lib/adapters/store/schema-diff.testing';

const MIGRATIONS = path.resolve('prisma/migrations');
let postgres: TestPostgres;
let store: Store;
const dir = mkdtempSync(path.join(tmpdir(), 'recount-store-'));

beforeAll(async () => {
  postgres = await startTestPostgres();
  expect((await migrate(postgres.url, MIGRATIONS)).length).toBeGreaterThan(0);
  store = openStore(postgres.url);
});
afterAll(async () => {
  await closeStore(store);
  await postgres.stop();
  rmSync(dir, { recursive: true, force: true });
});

describe('migrate', () => {
  it('makes exactly what the schema says, and runs once', async () => {
    expect(await migrate(postgres.url, MIGRATIONS)).toEqual([]);
    expect(statements(await diffToSchema(postgres.url, path.resolve('prisma/schema.prisma')))).toEqual([]);
  });

  it('refuses a history that does not fit and leaves nothing of a failed migration', async () => {
    await expect(migrate(postgres.url, dir)).rejects.toThrow(/used by a newer Recount/);
    mkdirSync(path.join(dir, '1_bad'));
    writeFileSync(path.join(dir, '1_bad', 'migration.sql'), 'create table half (a int); select 1/0;');
    const admin = new pg.Client({ connectionString: postgres.url });
    await admin.connect();
    await admin.query('create database other');
    const url = new URL(postgres.url);
    url.pathname = '/other';
    await expect(migrate(url.href, dir)).rejects.toThrow(/migration 1_bad failed: division by zero/);
    const other = new pg.Client({ connectionString: url.href });
    await other.connect();
    expect((await other.query("select to_regclass('half') as half")).rows).toEqual([{ half: null }]);
    await other.end();
    await admin.query('drop database other');
    await admin.end();
  });

  it('says where it failed when the server is not there', async () => {
    await expect(migrate('postgresql://nobody@127.0.0.1:1/none', MIGRATIONS)).rejects.toMatchObject({
      code: 'server.database',
    });
  });
});

describe('records', () => {
  it('asks a connection for one thing after the other, also where Prisma asks for several at once', async () => {
    const warnings: string[] = [];
    const onWarning = ({ message }: Error) => warnings.push(message);
    process.on('warning', onWarning);
    const { id } = await store.incident.create({ data: { title: 'x', plan: {}, createdBy: 'x' } });
    const run = await store.run.create({
      data: { incidentId: id, number: 1, plan: {}, planSha256: 'x', createdBy: 'x' },
    });
    const patch = { incidentId: id, runId: run.id, seal: 'a'.repeat(64), author: 'x', state: 'cancelled' };
    await store.patch.create({ data: patch });
    const read = await store.$transaction((tx) =>
      tx.patch.findMany({
        where: { incidentId: id },
        include: { approvals: true, authors: true, undoneBy: true, rehearsals: true },
      }),
    );
    expect(read).toMatchObject([{ ...patch, approvals: [], rehearsals: [] }]);
    await new Promise(setImmediate);
    process.off('warning', onWarning);
    expect(warnings).toEqual([]);
    await store.patch.deleteMany({ where: { incidentId: id } });
    await store.incident.delete({ where: { id } });
  });

  it('keeps the audit append-only', async () => {
    await store.$transaction((tx) => writeAudit(tx, { actor: 'local', action: 'test.write', subject: 'a' }));
    await expect(store.audit.updateMany({ data: { actor: 'someone' } })).rejects.toThrow(/append-only/);
    await expect(store.audit.deleteMany()).rejects.toThrow(/append-only/);
    await expect(store.$executeRaw`truncate audit`).rejects.toThrow(/append-only/);
    expect(await store.audit.count({ where: { action: 'test.write', actor: 'local' } })).toBe(1);
  });

  it('refuses an approval by an author, a second standing one, and one that is changed', async () => {
    const incident = await store.incident.create({ data: { title: 'One', plan: {}, createdBy: 'local' } });
    const seal = 'a'.repeat(64);
    const run = await store.run.create({
      data: { number: 1, incidentId: incident.id, plan: {}, planSha256: seal, createdBy: 'local' },
    });
    const patch = await store.patch.create({
      data: { incidentId: incident.id, runId: run.id, seal, author: 'local' },
    });
    const approval = { patchId: patch.id, seal, author: 'local', approver: 'local', reason: 'checked' };
    const create = (change: object) => store.approval.create({ data: { ...approval, ...change } });
    await expect(create({})).rejects.toThrow(/approval_two_people/);
    await expect(create({ selfApproved: true })).rejects.toThrow(/approval_two_people/);
    await expect(create({ author: 'ann' })).rejects.toThrow(/approval_author/);
    await expect(create({ approver: 'ann', reason: ' ' })).rejects.toThrow(/reason_check/);
    // who had a hand in it is no other person
    await store.patchAuthor.create({ data: { patchId: patch.id, personId: 'ben' } });
    await expect(create({ approver: 'ben' })).rejects.toThrow(/approval_two_people/);
    const { id } = await create({ approver: 'ann' });
    await expect(create({ approver: 'ann' })).rejects.toThrow(/Unique constraint/);

    const change = (data: object) => store.approval.update({ where: { id }, data });
    for (const data of [{ approver: 'cem' }, { seal: 'b'.repeat(64) }, { createdAt: new Date() }])
      await expect(change(data)).rejects.toThrow(/approval_unchanged/);
    await change({ voidedAt: new Date(), voidedBecause: 'the plan changed' });
    await expect(change({ voidedAt: null })).rejects.toThrow(/approval_unchanged/);
    await create({ approver: 'ann' });
  });

  it('lets the author approve only where an admin allowed it and nobody else is there', async () => {
    const patch = await store.patch.findFirstOrThrow();
    const { id: patchId, seal } = patch;
    const self = { patchId, seal, author: 'local', approver: 'local', selfApproved: true, reason: 'alone' };
    await store.person.create({ data: { id: 'local', name: 'Alex' } });
    await expect(store.approval.create({ data: self })).rejects.toThrow(/approval_two_people/);
    await store.policy.updateMany({ data: { selfApproval: true } });
    await store.person.create({ data: { id: 'ann', name: 'Ann' } });
    await expect(store.approval.create({ data: self })).rejects.toThrow(/approval_two_people/);
    await store.person.update({ where: { id: 'ann' }, data: { disabledAt: new Date() } });
    await store.approval.create({ data: self });
    await expect(store.$executeRaw`insert into policy (one) values (false)`).rejects.toThrow(
      /policy_one_check/,
    );
  });
});

/** The statements of a script; comments and blank lines left out. */
function statements(script: string): string[] {
  return script.split('\n').filter((line) => line.trim() !== '' && !line.startsWith('--'));
}
