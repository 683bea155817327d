import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import type { PatchView } from '#lib/patch/patch';
import { addArchive } from '#lib/recovery/archives/add-archive';
import { checked } from '#lib/recovery/http/http';
import { OpenIncidentInput, openIncident } from '#lib/recovery/incidents/open-incident';
import { startPreview } from '#lib/recovery/incidents/start-preview';
import { applyJob } from '#lib/recovery/jobs/job-apply';
import type { JobHandler } from '#lib/recovery/jobs/job-handler';
import { previewJob } from '#lib/recovery/jobs/job-preview';
import { rehearseJob } from '#lib/recovery/jobs/job-rehearse';
import { surveyJob } from '#lib/recovery/jobs/job-survey';
import { testJob } from '#lib/recovery/jobs/job-test';
import { verifyJob } from '#lib/recovery/jobs/job-verify';
import { workOf } from '#lib/recovery/jobs/jobs-run';
import { addLiveStore } from '#lib/recovery/live-stores/add-live-store';
import { LiveStoreInput } from '#lib/recovery/live-stores/live-input';
import { verifyPatch } from '#lib/recovery/patches/verify-patch';
import { readRun } from '#lib/recovery/runs/read-run';
import type { JobKind } from '#lib/recovery/setup/jobs';
import type { TestContext } from '#lib/recovery/setup/testing';

// Incidents that end in a patch, by the verbs and jobs of the page, on a table or file of three wrong rows.

const NEVER = new AbortController().signal;
const JOBS: Readonly<Record<JobKind, JobHandler>> = {
  survey: surveyJob,
  preview: previewJob,
  test: testJob,
  rehearse: rehearseJob,
  apply: applyJob,
  verify: verifyJob,
};

/** Does a job as the worker does it. */
export const doJob = (test: TestContext, kind: JobKind, id: string, signal = NEVER): Promise<void> =>
  workOf(kind, JOBS[kind], test.context, NEVER)(id, signal);

/** Asks for a comparison as the page does, which waits for its answer, and makes it as the worker does. */
export async function compareAgain(test: TestContext, id: string): Promise<PatchView> {
  const { audit } = test.context.store;
  const asked = { where: { action: 'patch.verify', subject: `patch ${id}` } };
  const before = await audit.count(asked);
  const answer = verifyPatch(test.context, { id });
  const work = async (): Promise<void> => {
    while ((await audit.count(asked)) === before) await sleep(20);
    await doJob(test, 'verify', id);
  };
  const [view] = await Promise.all([answer, work()]);
  return view;
}

/** Ten users with two events each; the live rows of the first two are too low and the third is missing. */
export const USERS = ['ann', '=ben', 'c"o,l', 'dan', 'eve', 'fay', 'gus', 'hal', 'ivy', 'jon'];
const totalOf = (i: number): string => `${i + 1}.50`;
const liveRows = USERS.map((user, i) => [user, i < 2 ? '0.25' : totalOf(i)] as const).filter(
  (_, i) => i !== 2,
);

const csv = (cells: readonly string[]): string =>
  cells.map((cell) => `"${cell.replaceAll('"', '""')}"`).join(',');

function writeArchive(test: TestContext, name: string): void {
  const lines = USERS.flatMap((user, i) => [
    csv([`${i}-1`, `2024-06-10T12:0${i}:00Z`, user, `${i}.00`]),
    csv([`${i}-2`, `2024-06-10T12:1${i}:00Z`, user, '1.50']),
  ]);
  writeFileSync(path.join(test.root, `${name}.csv`), ['id,at,user_id,value', ...lines, ''].join('\n'));
}

export async function sql(url: string, text: string): Promise<Record<string, unknown>[]> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    return (await client.query(text)).rows ?? [];
  } finally {
    await client.end();
  }
}

const PASSWORD = 'live secret';
let made = 0;

export type Prepared = {
  readonly incidentId: string;
  readonly runId: string;
  /** `schema.table`, or the file's name. */
  readonly target: string;
  readonly liveStoreId: string;
  /** The live rows now, by key. */
  read(): Promise<Record<string, string>>;
};

/** `running`: the totals are written by adding, without a guard on their value. */
type State = 'window' | 'running';

/** An incident over a table of its own, previewed: two rows to update and one to insert. */
export async function preparePostgres(test: TestContext, state: State = 'window'): Promise<Prepared> {
  const name = `totals_${++made}`;
  const role = `live_${name}`;
  const values = liveRows.map(([user, total]) => `('${user}', ${total})`).join(', ');
  const database = new URL(test.url).pathname.slice(1);
  await sql(
    test.url,
    `create schema if not exists shop; create role ${role} login password '${PASSWORD}';
     grant create on database "${database}" to ${role}; grant usage on schema shop to ${role};
     create table shop.${name} (user_id text primary key, total numeric(18,2) not null);
     insert into shop.${name} values ${values}; analyze shop.${name};
     grant select, insert, update, delete on shop.${name} to ${role};
     do $$ begin
       if to_regclass('recount.patch_ledger') is not null then
         grant usage on schema recount to ${role};
         grant select, insert on all tables in schema recount to ${role};
         grant usage on all sequences in schema recount to ${role};
       end if;
     end $$`,
  );
  const { hostname, port } = new URL(test.url);
  const live = await addLiveStore(
    test.context,
    checked(LiveStoreInput, {
      kind: 'postgres',
      name,
      host: hostname,
      port,
      database,
      user: role,
      password: PASSWORD,
      ssl: 'disable',
    }),
  );
  const read = async () =>
    Object.fromEntries(
      (await sql(test.url, `select user_id, total::text from shop.${name}`)).map((row) => [
        String(row.user_id),
        String(row.total),
      ]),
    );
  const at = { liveStoreId: live.id, table: `shop.${name}`, state };
  return { ...(await prepare(test, name, at)), liveStoreId: live.id, read };
}

/** The same over a CSV file. */
export async function prepareFile(test: TestContext): Promise<Prepared & { readonly file: string }> {
  const name = `file_${++made}`;
  const file = path.join(test.root, `${name}-live.csv`);
  writeFileSync(file, ['user_id,total', ...liveRows.map(csv), ''].join('\n'));
  const live = await addLiveStore(
    test.context,
    checked(LiveStoreInput, { kind: 'file', root: 'files', path: `${name}-live.csv` }),
  );
  const at = { liveStoreId: live.id, table: null, state: 'window' } as const;
  const prepared = await prepare(test, name, at);
  const read = async () =>
    Object.fromEntries(
      [...readFileSync(file, 'utf8').matchAll(/^(?:"((?:[^"]|"")*)"|([^",]*)),"?([^"\n]*)"?$/gm)].map(
        (row) => [(row[1] ?? row[2] ?? '').replaceAll('""', '"'), row[3] ?? ''],
      ),
    );
  return { ...prepared, target: `${name}-live.csv`, liveStoreId: live.id, file, read };
}

type At = {
  readonly liveStoreId: string;
  readonly table: string | null;
  readonly state: State;
  readonly where?: string;
};

async function prepare(
  test: TestContext,
  name: string,
  { liveStoreId, table, state }: At,
): Promise<Omit<Prepared, 'read' | 'liveStoreId'>> {
  writeArchive(test, name);
  const archive = await addArchive(test.context, { kind: 'path', root: 'files', path: `${name}.csv` });
  const incident = await openOver(test, name, archive.id, { liveStoreId, table, state });
  return { incidentId: incident.id, runId: await previewAgain(test, incident.id), target: table ?? name };
}

async function openOver(test: TestContext, name: string, archiveId: string, at: At) {
  const { liveStoreId, table, state, where } = at;
  const version = { version: 1, ...(where === undefined ? {} : { where }) };
  return openIncident(
    test.context,
    checked(OpenIncidentInput, {
      title: `Totals of ${name}`,
      archiveId,
      liveStoreId,
      plan: {
        archive: { fields: { id: 'id', time: 'at' } },
        window: { from: '2024-06-10T12:00:00Z', to: '2024-06-10T12:30:00Z', clock: 'time' },
        calculation: {
          name: 'totals',
          versions: [{ ...version, keys: { user_id: 'user_id' }, measures: { total: 'sum(value)' } }],
        },
        live: {
          ...(table === null ? {} : { table }),
          ...(state === 'running' ? { baseline: 'none' } : {}),
          state,
          keys: ['user_id'],
        },
      },
    }),
  );
}

/** Another incident over the same archive and live table, with a calculation of its own, previewed. */
export async function prepareBeside(
  test: TestContext,
  { incidentId, liveStoreId, target }: Prepared,
  state: State = 'window',
): Promise<{ readonly incidentId: string; readonly runId: string }> {
  const first = await test.context.store.incident.findUniqueOrThrow({ where: { id: incidentId } });
  const table = target.startsWith('shop.') ? target : null;
  const at = { liveStoreId, table, state, where: 'value >= 0' };
  const incident = await openOver(test, `beside ${target}`, first.archiveId ?? '', at);
  return { incidentId: incident.id, runId: await previewAgain(test, incident.id) };
}

/** Previews an incident's plan as it is; answers the run. */
export async function previewAgain(test: TestContext, incidentId: string): Promise<string> {
  const { id } = await startPreview(test.context, { ref: incidentId });
  await doJob(test, 'preview', id);
  const run = await readRun(test.context, { id });
  if (run.state !== 'done') throw new Error(`the preview ${run.state}: ${JSON.stringify(run.error)}`);
  return id;
}
