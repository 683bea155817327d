import { type AddressInfo, connect, createServer } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Suite } from '#lib/entry/faults/suite.testing';
import type { Ended } from '#lib/entry/faults/tally.testing';
import { Victims } from '#lib/entry/faults/victims.testing';
import type { Moment } from '#lib/entry/faults/watch.testing';
import { Admin, storeAt } from '#lib/entry/faults/world.testing';
import type { Random } from '#lib/patch/simulation/random.testing';
import { applyPatch } from '#lib/recovery/patches/apply-patch';
import { approvePatch } from '#lib/recovery/patches/approve-patch';
import { doJob, preparePostgres, previewAgain } from '#lib/recovery/patches/patches.testing';
import { proposePatch } from '#lib/recovery/patches/propose-patch';
import { openTestContext, type TestContext } from '#lib/recovery/setup/testing';

// The whole job of an apply, with its records: the worker is killed, or loses its records, at any message. Its successor
// must end it, and the record must say what the ledger says.

const MOMENTS: Readonly<Record<string, (random: Random) => Moment>> = {
  'worker killed before any message': (random) => ({
    kind: 'message',
    n: 1 + random.below(90),
    when: 'before',
  }),
  'worker killed after any message': (random) => ({
    kind: 'message',
    n: 1 + random.below(90),
    when: 'after',
  }),
  'worker killed as COMMIT is sent': () => ({ kind: 'commit_sent', afterUs: 0 }),
  'worker killed soon after COMMIT is sent': (random) => ({
    kind: 'commit_sent',
    afterUs: 1 + random.below(30_000),
  }),
  'records away from any message on': (random) => ({
    kind: 'records_away',
    from: 4 + random.below(80),
    ms: 200 + random.below(3_000),
  }),
  'records away from COMMIT on': (random) => ({
    kind: 'records_away',
    from: 'COMMIT',
    ms: 200 + random.below(3_000),
  }),
};
const NAMES = Object.keys(MOMENTS);

export const jobs: Suite = {
  name: 'jobs',
  runs: 250,
  lanes: 3,
  open: async () => {
    const test = await openTestContext();
    const admin = new Admin(test.url);
    // as a DBA does; the live stores that are added afterwards may use it
    await storeAt(test.url, 'none').createLedger();
    await admin.rows('create schema shop');
    const door = await passage(Number(new URL(test.url).port));
    const url = new URL(test.url);
    url.port = String(door.port);
    const victims = new Victims(4, 'job-victim', {
      ...process.env,
      DATABASE_URL: url.href,
      RECOUNT_DATA_DIR: test.context.env.dataDir,
      RECOUNT_ARCHIVE_ROOTS: `files=${test.root}`,
      RECOUNT_MEMORY_LIMIT: '512MB',
      RECOUNT_THREADS: '1',
    });
    const free: Started[] = [];
    return {
      run: async (_lane, random) => {
        const started = free.pop() ?? (await start(test, admin));
        const ended = await jobOnce(test, admin, victims, started, random);
        free.push(started);
        return ended;
      },
      close: async () => {
        await victims.close();
        door.close();
        await admin.close();
        await test.close();
      },
    };
  },
};

/** A second way to the records' server, so that messages to it can be told from those to the live store. */
async function passage(to: number): Promise<{ readonly port: number; close(): void }> {
  const server = createServer((client) => {
    const upstream = connect(to, '127.0.0.1');
    for (const socket of [client, upstream]) socket.on('error', () => undefined);
    client.on('close', () => upstream.destroy());
    upstream.on('close', () => client.destroy());
    client.pipe(upstream).pipe(client);
  });
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  return { port: (server.address() as AddressInfo).port, close: () => server.close() };
}

export type Started = {
  readonly id: string;
  readonly seal: string;
  readonly target: string;
  readonly before: string;
};

/** An approved patch on a table whose trigger counts every change. */
export async function start(test: TestContext, admin: Admin): Promise<Started> {
  const prepared = await preparePostgres(test);
  const { target } = prepared;
  await admin.rows(
    `create table ${target}_seen (id text);
     create function ${target}_note() returns trigger language plpgsql security definer set search_path = pg_catalog as
       'begin insert into ${target}_seen values (coalesce(new.user_id, old.user_id)); return null; end';
     create trigger note after insert or update or delete on ${target} for each row execute function ${target}_note();
     create table ${target}_kept as select * from ${target}`,
  );
  const runId = await previewAgain(test, prepared.incidentId);
  const { id, seal } = await proposePatch(test.context, { id: runId });
  await approvePatch(test.context, { id, seal, reason: 'checked' });
  await applyPatch(test.context, { id, seal, confirm: target });
  return { id, seal, target, before: await image(admin, target) };
}

export const image = async (admin: Admin, target: string): Promise<string> =>
  (
    await admin.rows(`select string_agg(user_id || '=' || total, ',' order by user_id) from ${target}`)
  )[0]?.[0] ?? '';

/** Puts live rows, ledger and record back to where the apply was asked for. */
export const reset = (admin: Admin, { id, seal, target }: Started): Promise<void> =>
  admin.unseen(
    `truncate ${target}, ${target}_seen; insert into ${target} select * from ${target}_kept;
     do 'begin if to_regclass(''recount.patch_ledger'') is not null then
       delete from recount.patch_row where entry in (select entry from recount.patch_ledger where seal = ''${seal}'');
       delete from recount.patch_ledger where seal = ''${seal}''; end if; end';
     update patch set state = 'applying', attempt = attempt + 1, progress = null, outcome = null, error = null,
       applied_at = null where id = '${id}'`,
  );

async function jobOnce(
  test: TestContext,
  admin: Admin,
  victims: Victims,
  started: Started,
  random: Random,
): Promise<Ended> {
  const { id, seal, target, before } = started;
  const fault = NAMES[random.below(NAMES.length)] ?? '';
  await reset(admin, started);
  const told = await auditOf(test, id);
  let times = 0;
  do {
    times += 1;
    await victims.kill({ id, moment: MOMENTS[fault]?.(random) ?? { kind: 'ms', ms: 0 } } as {
      moment: Moment;
    });
  } while (random.chance(0.15) && times < 3);
  const left = `select from pg_stat_activity where application_name like 'recount:${seal.slice(0, 12)}%' and xact_start is not null`;
  while ((await admin.rows(left)).length > 0) await sleep(20);
  const wrong: string[] = [];
  const isThere = (await image(admin, target)) !== before;
  const { state } = await test.context.store.patch.findUniqueOrThrow({ where: { id } });
  if (/^(applied|verified)$/.test(state) !== isThere && !/^(applying|committing|unknown)$/.test(state))
    wrong.push(`recorded as ${state}, and the live store ${isThere ? 'has' : 'does not have'} it`);
  if (isThere && state === 'applying') wrong.push('committed while the record says that COMMIT was not sent');
  await doJob(test, 'apply', id);
  wrong.push(...(await notEnded(test, admin, started, (await auditOf(test, id)) - told)));
  return { fault, applied: isThere, unknown: state === 'unknown', wrong, times };
}

/** How often the audit says that the patch was applied. */
export const auditOf = ({ context }: TestContext, id: string): Promise<number> =>
  context.store.audit.count({ where: { subject: `patch ${id}`, action: 'patch.applied' } });

/** What is not as it must be at the end: rows, changes of each, ledger, record and audit. */
export async function notEnded(
  { context }: TestContext,
  admin: Admin,
  { id, seal, target }: Started,
  audited: number,
): Promise<string[]> {
  const { state, error } = await context.store.patch.findUniqueOrThrow({ where: { id } });
  const [row] = await admin.rows(
    `select (select string_agg(user_id || '=' || total, ',' order by user_id) from ${target} where user_id in ('ann', '=ben', 'c"o,l')),
            (select count(*) || ' of ' || count(distinct id) from ${target}_seen),
            (select count(*) from recount.patch_ledger where seal = '${seal}' and outcome = 'applied')`,
  );
  const ended = `${row?.join(' | ')} | audit ${audited}`;
  const isRight =
    /^(applied|verified)$/.test(state) && ended === '=ben=2.50,ann=1.50,c"o,l=3.50 | 3 of 3 | 1 | audit 1';
  return isRight ? [] : [`ended as ${state} | ${ended}: ${JSON.stringify(error)}`];
}
