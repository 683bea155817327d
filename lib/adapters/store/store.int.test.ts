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
  it('keeps the audit append-only', async () => {
    await store.$transaction((tx) => writeAudit(tx, { actor: 'local', action: 'test.write', subject: 'a' }));
    await expect(store.audit.updateMany({ data: { actor: 'someone' } })).rejects.toThrow(/append-only/);
    await expect(store.audit.deleteMany()).rejects.toThrow(/append-only/);
    await expect(store.$executeRaw`truncate audit`).rejects.toThrow(/append-only/);
    expect(await store.audit.count({ where: { action: 'test.write', actor: 'local' } })).toBe(1);
  });

  it('refuses an approval by the author that is not marked, and a second standing one', async () => {
    const incident = await store.incident.create({ data: { title: 'One', plan: {}, createdBy: 'local' } });
    const seal = 'a'.repeat(64);
    const run = await store.run.create({
      data: { number: 1, incidentId: incident.id, plan: {}, planSha256: seal, createdBy: 'local' },
    });
    const patch = await store.patch.create({
      data: { incidentId: incident.id, runId: run.id, seal, author: 'local' },
    });
    const approval = { patchId: patch.id, seal, author: 'local', approver: 'local', reason: 'checked' };
    await expect(store.approval.create({ data: approval })).rejects.toThrow(/approval_two_people_check/);
    await expect(
      store.approval.create({ data: { ...approval, approver: 'ann', reason: ' ' } }),
    ).rejects.toThrow(/reason_check/);
    await store.approval.create({ data: { ...approval, selfApproved: true } });
    await expect(store.approval.create({ data: { ...approval, selfApproved: true } })).rejects.toThrow(
      /Unique constraint/,
    );
    await store.approval.updateMany({ data: { voidedAt: new Date(), voidedBecause: 'the plan changed' } });
    await store.approval.create({ data: { ...approval, selfApproved: true } });
  });
});

/** The statements of a script; comments and blank lines left out. */
function statements(script: string): string[] {
  return script.split('\n').filter((line) => line.trim() !== '' && !line.startsWith('--'));
}
