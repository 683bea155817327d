import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import pg from 'pg';
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import { startTestPostgres, type TestPostgres } from '#lib/adapters/postgres-server/testing';
import { type AuditActor, writeAudit } from '#lib/adapters/store/audit';
import { openChainReader, readChainHead } from '#lib/adapters/store/audit-chain';
import { changeRecords } from '#lib/adapters/store/change-records';
import { closeStore, openStore, type Store } from '#lib/adapters/store/client';
import { migrate } from '#lib/adapters/store/migrate';
import type { AuditHead } from '#lib/base/audit-head';
import { compareAnchors } from '#lib/recovery/audit/ledger-witnesses';
import { type Verified, verifyAudit, type Witness } from '#lib/recovery/audit/verify-audit';

// What somebody with every right on the database of the records can do to the audit, and how it is found.

const SEAL = 'c'.repeat(64);
const ANN: AuditActor = { id: 'ann', via: 'session', from: { address: '10.0.0.7', session: 's1' } };
const INCIDENT = '0d9fbd4c-51d0-4ac8-a1f4-0f2a3f9d8f10';

let postgres: TestPostgres;
let store: Store;
let admin: pg.Client;
const dir = mkdtempSync(path.join(tmpdir(), 'recount-tamper-'));

beforeAll(async () => {
  postgres = await startTestPostgres();
  await migrate(postgres.url, path.resolve('prisma/migrations'));
  store = openStore(postgres.url);
  admin = new pg.Client({ connectionString: postgres.url });
  await admin.connect();
  for (let n = 1; n <= 12; n++) await write(n);
  await admin.query('create table kept_audit as table audit');
  await admin.query('create table kept_link as table audit_link');
});
afterAll(async () => {
  await admin.end();
  await closeStore(store);
  await postgres.stop();
  rmSync(dir, { recursive: true, force: true });
});
beforeEach(() =>
  tamper(
    'delete from audit_link',
    'delete from audit',
    'insert into audit select * from kept_audit',
    'insert into audit_link select * from kept_link',
  ),
);

const write = (n: number): Promise<void> =>
  store.$transaction((tx) =>
    writeAudit(tx, {
      actor: ANN,
      action: 'patch.approve',
      incidentId: INCIDENT,
      subject: `patch ${n}`,
      detail: {
        seal: SEAL,
        reason: `“${n}”\n\u0001 \\ \u{1f600} \u2028`,
        rows: n / 4,
        of: [null, true, { b: 1, a: '2' }],
      },
    }),
  );

/** As a superuser who switches the triggers off. */
async function tamper(...statements: readonly string[]): Promise<void> {
  await admin.query('begin');
  await admin.query('set local session_replication_role = replica');
  for (const statement of statements) await admin.query(statement);
  await admin.query('commit');
}

async function verified(...witnesses: Witness[]): Promise<Verified> {
  const reader = await openChainReader(postgres.url);
  try {
    return await verifyAudit(reader, { witnesses });
  } finally {
    await reader.close();
  }
}

const headNow = async (): Promise<AuditHead> => {
  const head = await readChainHead(store);
  if (head === null) throw new Error('no head');
  return head;
};
const asWitness = (head: AuditHead): Witness => ({ ...head, where: 'The ledger' });

it('tells the same hashes as the database, whatever a line says', async () => {
  const found = await verified(asWitness(await headNow()));
  expect(found).toMatchObject({ broken: null, entries: 12, witnesses: 1, foreign: 0 });
  expect(found.head).toEqual(await headNow());
});

const FLIPS: readonly [string, string][] = [
  ['at', `at + interval '1 microsecond'`],
  ['actor', `'mallory'`],
  ['via', `'token'`],
  ['via', 'null'],
  ['address', `'10.0.0.8'`],
  ['address', 'null'],
  ['session', `'s2'`],
  ['action', `'patch.propose'`],
  ['incident_id', 'null'],
  ['incident_id', 'gen_random_uuid()'],
  ['subject', `'patch 99'`],
  ['seal', `repeat('d', 64)`],
  ['seal', 'null'],
  ['detail', `replace(detail::text, '1.25', '1.26')::json`],
  ['detail', `'{}'`],
  ['seq', 'seq + 1000'],
];
it.each(FLIPS)('finds a changed %s: %s', async (column, value) => {
  await tamper(`update audit set ${column} = ${value} where subject = 'patch 5'`);
  const { broken, entries } = await verified();
  const kind = column === 'seq' ? 'dropped' : 'changed';
  expect(broken).toMatchObject({ position: 5, kind });
  expect(entries).toBe(4);
});

it('finds a changed hash, also where the line before it is the one that was changed', async () => {
  await tamper(`update audit_link set hash = sha256('x') where position = 5`);
  expect((await verified()).broken).toMatchObject({ position: 5, kind: 'changed' });
  await tamper(
    `update audit set actor = 'mallory' where seq = 5`,
    `update audit_link l set hash = sha256(prev || convert_to(audit_content(a), 'UTF8')) from audit a where a.seq = l.seq and l.position = 5`,
  );
  expect((await verified()).broken).toMatchObject({ position: 6, kind: 'moved' });
});

it('finds a dropped line, with its link and without', async () => {
  await tamper('delete from audit where seq = 5');
  expect((await verified()).broken).toMatchObject({ position: 5, kind: 'dropped' });
  await tamper('delete from audit_link where position in (5, 6)');
  expect((await verified()).broken).toMatchObject({
    position: 5,
    kind: 'dropped',
    message: 'Entries 5 to 6 are not there any more.',
  });
  await tamper(
    'delete from audit_link where position > 6',
    'update audit_link set position = position - 1 where position > 5',
  );
  expect((await verified()).broken).not.toBeNull();
});

it('finds a first line that was dropped though all others were numbered anew', async () => {
  await tamper(
    'delete from audit where seq = 1',
    'delete from audit_link where position = 1',
    'update audit_link set position = position + 1000',
    'update audit_link set position = position - 1001',
  );
  expect((await verified()).broken).toMatchObject({ position: 1, kind: 'moved' });
});

it('finds two lines that changed places', async () => {
  await tamper(
    'update audit_link set seq = -5 where position = 5',
    'update audit_link set seq = 5 where position = 6',
    'update audit_link set seq = 6 where position = 5',
  );
  expect((await verified()).broken).toMatchObject({ position: 5, kind: 'changed' });
});

it('finds a line that was put in beside the chain', async () => {
  await tamper(
    `insert into audit (actor, action, subject, detail) values ('ann', 'patch.approve', 'patch 77', '{}')`,
  );
  expect((await verified()).broken).toMatchObject({ kind: 'unchained' });
});

it('finds an end that was cut off by a head that was kept elsewhere, and by nothing else', async () => {
  const head = await headNow();
  await tamper('delete from audit where seq > 9', 'delete from audit_link where position > 9');
  expect((await verified()).broken).toBeNull();
  expect((await verified(asWitness(head))).broken).toMatchObject({ position: 10, kind: 'truncated' });
  expect(await compareAnchors(store, [asWitness(head)], [])).toMatchObject({
    held: 1,
    wrong: { position: 12 },
  });
  // also when other lines took the place of the old ones
  for (let n = 1; n <= 5; n++) await write(n);
  expect((await verified(asWitness(head))).broken).toMatchObject({ position: 12, kind: 'rewritten' });
});

it('finds a chain that was written anew, every hash right, by a head that was kept elsewhere', async () => {
  const head = await headNow();
  await tamper(
    `update audit set actor = 'mallory' where seq = 3`,
    'delete from audit_link',
    `do $$ declare one audit; begin for one in select * from audit order by seq loop perform chain_audit(one); end loop; end $$`,
  );
  expect(await verified()).toMatchObject({ broken: null, entries: 12 });
  expect((await verified(asWitness(head))).broken).toMatchObject({ position: 12, kind: 'rewritten' });
  expect((await compareAnchors(store, [asWitness(head)], [])).wrong?.message).toMatch(/written anew/);
});

it('an unbroken chain may be read from any place on, and sees what happened to the last line it knew', async () => {
  const reader = await openChainReader(postgres.url);
  const first = await verifyAudit(reader, { witnesses: [] });
  expect((await verifyAudit(reader, { witnesses: [], from: first.next })).entries).toBe(12);
  await write(13);
  expect(await verifyAudit(reader, { witnesses: [], from: first.next })).toMatchObject({
    entries: 13,
    broken: null,
  });
  await tamper('delete from audit_link where position >= 12', 'delete from audit where seq >= 12');
  expect(
    (await verifyAudit(reader, { witnesses: [asWitness(first.head ?? (await headNow()))], from: first.next }))
      .broken,
  ).toMatchObject({ kind: 'truncated' });
  await reader.close();
});

it('fifty who write at once stand in one line, whatever each locks after it wrote', async () => {
  const people = ['a', 'b'];
  await store.person.createMany({ data: people.map((id) => ({ id, name: id })) });
  const one = async (n: number): Promise<void> => {
    const [first = '', second = ''] = n % 2 === 0 ? people : people.toReversed();
    await changeRecords(store, async (tx) => {
      await tx.person.update({ where: { id: first }, data: { name: `${n}` } });
      await writeAudit(tx, { actor: ANN, action: 'test.write', subject: `first ${n}` });
      // rows are locked crosswise after the line was written: the chain's own lock must not be held by then
      if (n % 10 === 0) await tx.person.update({ where: { id: second }, data: { name: `${n}` } });
      await writeAudit(tx, { actor: ANN, action: 'test.write', subject: `second ${n}` });
      if (n % 7 === 3) throw new Error('rolled back');
    });
  };
  const done = await Promise.allSettled(Array.from({ length: 50 }, (_, n) => one(n)));
  const written = done.filter(({ status }) => status === 'fulfilled').length;
  expect(written).toBe(43);
  expect(await verified()).toMatchObject({ broken: null, entries: 12 + 2 * written });
});

it('heads of another chain are told apart', async () => {
  const other = { ...asWitness(await headNow()), chain: '6f1c2a52-97c5-4ad6-9e63-51cf0dd9b3a1' };
  expect(await verified(other)).toMatchObject({ broken: null, witnesses: 0, foreign: 1 });
});
