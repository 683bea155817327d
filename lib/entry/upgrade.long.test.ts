import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { gzipSync } from 'node:zlib';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { dumpTables } from '#lib/adapters/backup/tables';
import { tarEnd, tarHeader, tarPadding } from '#lib/adapters/backup/tar';
import { keysInWords } from '#lib/adapters/secrets/secret-keys';
import { closeStore, openStore } from '#lib/adapters/store/client';
import { migrate, migrationsIn } from '#lib/adapters/store/migrate';
import { sha256 } from '#lib/entry/contract.testing';
import type { PatchView } from '#lib/patch/patch';
import { listAudit } from '#lib/recovery/audit/list-audit';
import { verifyRecords } from '#lib/recovery/audit/verify-records';
import { listIncidents } from '#lib/recovery/incidents/list-incidents';
import { readIncident } from '#lib/recovery/incidents/read-incident';
import { restoreBackup } from '#lib/recovery/operations/restore-backup';
import { applyPatch } from '#lib/recovery/patches/apply-patch';
import { approvePatch } from '#lib/recovery/patches/approve-patch';
import { doJob, type Prepared, preparePostgres, sql } from '#lib/recovery/patches/patches.testing';
import { proposePatch } from '#lib/recovery/patches/propose-patch';
import { showPatch } from '#lib/recovery/patches/read-patch';
import { openSharedReport } from '#lib/recovery/reports/open-shared-report';
import { shareReport } from '#lib/recovery/reports/share-report';
import { readRun } from '#lib/recovery/runs/read-run';
import type { Context } from '#lib/recovery/setup/context';
import { openTestContext, type TestContext } from '#lib/recovery/setup/testing';

// Records as each earlier version kept them, brought up to date with what stands in them.

const MIGRATIONS = path.resolve('prisma/migrations');
const NAMES = migrationsIn(MIGRATIONS);
/** Those that refer to others come after them. */
const TABLES = [
  'person',
  'archive',
  'live_store',
  'incident',
  'survey',
  'run',
  'patch',
  'patch_author',
  'approval',
];
const LATER_TABLES = ['report', 'share_link', 'rehearsal', 'ledger_check', 'audit'];
const COUNTED = ['incident.number', 'patch.number', 'audit.seq'];
const MORE = '[{"id":"ann","name":"Ann","role":"admin"}]';

let test: TestContext;
let live: Prepared;
let patch: PatchView;
let token: string;
/** What a whole recovery left in each table, as JSON. */
const left: Record<string, string> = {};

beforeAll(async () => {
  test = await openTestContext();
  const { context } = test;
  await context.store.person.create({ data: { id: 'mira', name: 'Mira', role: 'approver' } });
  const mira = {
    ...context,
    actor: { ...context.actor, id: 'mira', name: 'Mira', role: 'approver' as const },
  };
  live = await preparePostgres(test);
  patch = await proposePatch(context, { id: live.runId });
  await approvePatch(mira, { id: patch.id, seal: patch.seal, reason: 'checked' });
  await applyPatch(mira, { id: patch.id, seal: patch.seal, confirm: patch.target });
  await doJob(test, 'apply', patch.id);
  patch = await showPatch(context, { id: patch.id });
  token = (await shareReport(context, { ref: live.incidentId, days: 7, maskKeys: false })).url.replace(
    '/r#',
    '',
  );
  for (const table of [...TABLES, ...LATER_TABLES])
    left[table] = String(
      (await sql(test.url, `select json_agg(t)::text as rows from "${table}" t`))[0]?.rows ?? '[]',
    );
}, 90_000);
afterAll(() => test.close());

/** A database of records that stopped at the `count`th migration, with what the recovery would have left in it. */
async function recordsAt(name: string, count: number): Promise<string> {
  const url = await emptyDatabase(name);
  await migrate(url, MIGRATIONS, NAMES.slice(0, count));
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    await client.query('begin');
    for (const table of [...TABLES, ...LATER_TABLES]) {
      const there = await client.query('select to_regclass($1) is not null as there', [table]);
      if (!there.rows[0].there) continue;
      await insert(client, table, left[table] ?? '[]');
      if (table === 'person') await insert(client, table, MORE);
    }
    for (const [table = '', column = ''] of COUNTED.map((one) => one.split('.')))
      await client.query(
        `select setval(pg_get_serial_sequence('${table}', '${column}'), max("${column}")) from "${table}"`,
      );
    await client.query('commit');
  } finally {
    await client.end();
  }
  return url;
}

/** Those columns that the table has at that version; what the rows do not say has its default. */
async function insert(client: pg.Client, table: string, rows: string): Promise<void> {
  const names: string[] = Object.keys(JSON.parse(rows)[0] ?? {});
  const { rows: known } = await client.query(
    'select quote_ident(column_name) as name from information_schema.columns where table_name = $1 and column_name = any($2)',
    [table, names],
  );
  const list = known.map(({ name }) => name).join(', ');
  if (list === '') return;
  await client.query(
    `insert into "${table}" (${list}) select ${list} from json_populate_recordset(null::"${table}", $1::json)`,
    [rows],
  );
}

async function emptyDatabase(name: string): Promise<string> {
  await sql(test.url, `create database "${name}"`);
  const url = new URL(test.url);
  url.pathname = `/${name}`;
  return url.href;
}

/** What an operator sees and does on records that were brought up to date. */
async function goesOn(url: string, count: number): Promise<void> {
  const store = openStore(url);
  const { context: known } = test;
  const context: Context = { ...known, store, env: { ...known.env, databaseUrl: url } };
  try {
    const written: unknown[] = JSON.parse(left.audit ?? '[]');
    const audit = await verifyRecords(context, null);
    expect(audit.broken).toBeNull();
    expect(audit.entries).toBeGreaterThanOrEqual(written.length);
    expect((await listAudit(context, { limit: 100 })).lines.map(({ action }) => action)).toEqual(
      expect.arrayContaining((await listAudit(known, { limit: 100 })).lines.map(({ action }) => action)),
    );
    const { id, number, title } = await readIncident(known, { ref: live.incidentId });
    const listed = await listIncidents(context, {});
    expect(listed.rows).toMatchObject([{ number, title }]);
    expect(await readIncident(context, { ref: id })).toMatchObject({ number, title });
    const run = await readRun(known, { id: live.runId });
    expect(await readRun(context, { id: live.runId })).toMatchObject({ state: 'done', summary: run.summary });
    const { state, seal, counts, author, appliedAt } = patch;
    // what its page shows was kept from the fourth on
    const target = count < 4 ? '' : patch.target;
    expect(await showPatch(context, { id: patch.id })).toMatchObject({
      state,
      seal,
      counts,
      author,
      target,
      appliedAt,
    });
    expect(await openSharedReport(context, { token })).toEqual(await openSharedReport(known, { token }));
    const people = await sql(url, 'select id, role from person order by id');
    expect(people).toContainEqual({ id: 'ann', role: 'admin' });
    // and the next deed is chained to those before
    await shareReport(context, { ref: id, days: 1, maskKeys: true });
    const next = await store.incident.create({ data: { title: 'x', plan: {}, createdBy: 'local' } });
    expect(next.number).toBe(number + 1);
    const after = await verifyRecords(context, null);
    expect(after).toMatchObject({ broken: null, entries: audit.entries + 1 });
  } finally {
    await closeStore(store);
  }
}

describe.each(NAMES.slice(0, -1).map((name, at) => [name, at + 1] as const))(
  'records as of %s',
  (_, count) => {
    it('are brought up to date, and all that stands in them reads as before', async () => {
      const url = await recordsAt(`v${count}`, count);
      expect(await migrate(url, MIGRATIONS)).toEqual(NAMES.slice(count));
      await goesOn(url, count);
    }, 30_000);
  },
);

// before people could sign in and the audit was chained, and after
it.each([6, NAMES.length - 2])(
  'a backup of the version with %i migrations is restored',
  async (count) => {
    const url = await recordsAt(`b${count}`, count);
    const file = path.join(test.root, '..', `b${count}.tar.gz`);
    await backUpAsThen(url, file);
    const dataDir = path.join(test.root, '..', `b${count}`);
    const restored = await restoreBackup({
      from: file,
      dataDir,
      migrationsFolder: MIGRATIONS,
      givenKey: null,
      database: () => emptyDatabase(`r${count}`),
    });
    expect(restored.needsKey).toBe(keysInWords(test.context.env).id);
    await goesOn(url.replace(/\/b(\d+)$/, '/r$1'), count);
  },
  60_000,
);

/** A backup as that version made it: the records, and no files. */
async function backUpAsThen(url: string, file: string): Promise<void> {
  const folder = `${file}.records`;
  mkdirSync(folder);
  const records = await dumpTables(url, path.resolve('prisma/schema.prisma'), folder);
  const entries = records.tables.map(
    ({ name }) => [`records/${name}`, readFileSync(path.join(folder, name))] as const,
  );
  const manifest = {
    recount_backup: 1,
    madeAt: '2026-11-22T00:00:00.000000Z',
    dataDir: '/elsewhere',
    records,
    key: { id: keysInWords(test.context.env).id, isInside: false },
    files: entries.map(([name, bytes]) => ({ path: name, bytes: bytes.length, sha256: sha256(bytes) })),
  };
  const all = [...entries, ['manifest.json', Buffer.from(JSON.stringify(manifest))] as const];
  const parts = all.flatMap(([name, bytes]) => [
    tarHeader(name, bytes.length, 0),
    bytes,
    tarPadding(bytes.length),
  ]);
  writeFileSync(file, gzipSync(Buffer.concat([...parts, tarEnd()])));
}
