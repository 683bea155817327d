import type { Admin } from '#lib/entry/faults/world.testing';
import { applyPatch } from '#lib/recovery/patches/apply-patch';
import { approvePatch } from '#lib/recovery/patches/approve-patch';
import { doJob, preparePostgres, previewAgain } from '#lib/recovery/patches/patches.testing';
import { proposePatch } from '#lib/recovery/patches/propose-patch';
import { proposeUndo } from '#lib/recovery/patches/propose-undo';
import { rehearsePatch } from '#lib/recovery/patches/rehearse-patch';
import type { TestContext } from '#lib/recovery/setup/testing';

// Patches with their records, each begun again and again: an apply, an undo, a rehearsal. A trigger counts every change.

export type Work = 'apply' | 'undo' | 'rehearse';

export type Started = {
  readonly work: Work;
  /** Of the patch's record, of an undo's own. */
  readonly id: string;
  readonly seal: string;
  /** Of an undo: the patch that it puts back. */
  readonly undone: { readonly id: string; readonly seal: string } | null;
  readonly target: string;
  /** The live rows as they are before the work. */
  readonly before: string;
};

/** A patch on a table of its own, up to where the work is asked for. */
export async function start(test: TestContext, admin: Admin, work: Work = 'apply'): Promise<Started> {
  const { context } = test;
  const prepared = await preparePostgres(test);
  const { target } = prepared;
  await admin.rows(
    `create table ${target}_seen (id text);
     create function ${target}_note() returns trigger language plpgsql security definer set search_path = pg_catalog as
       'begin insert into ${target}_seen values (coalesce(new.user_id, old.user_id)); return null; end';
     create trigger note after insert or update or delete on ${target} for each row execute function ${target}_note()`,
  );
  const runId = await previewAgain(test, prepared.incidentId);
  const patch = await proposePatch(context, { id: runId });
  await approvePatch(context, { id: patch.id, seal: patch.seal, reason: 'checked' });
  if (work !== 'rehearse') await applyPatch(context, { id: patch.id, seal: patch.seal, confirm: target });
  if (work !== 'undo') return kept(admin, { work, id: patch.id, seal: patch.seal, undone: null, target });
  await doJob(test, 'apply', patch.id);
  const undo = await proposeUndo(context, {
    id: patch.id,
    choice: 'all',
    reason: 'the calculation was wrong',
  });
  await approvePatch(context, { id: undo.id, seal: undo.seal, reason: 'checked' });
  await applyPatch(context, { id: undo.id, seal: undo.seal, confirm: target });
  return kept(admin, {
    work,
    id: undo.id,
    seal: undo.seal,
    undone: { id: patch.id, seal: patch.seal },
    target,
  });
}

async function kept(admin: Admin, started: Omit<Started, 'before'>): Promise<Started> {
  await admin.rows(`create table ${started.target}_kept as select * from ${started.target}`);
  return { ...started, before: await image(admin, started.target) };
}

export const image = async (admin: Admin, target: string): Promise<string> =>
  (
    await admin.rows(`select string_agg(user_id || '=' || total, ',' order by user_id) from ${target}`)
  )[0]?.[0] ?? '';

/** Puts live rows, ledger and records back to where the work was asked for; of a rehearsal, asks for one. */
export async function reset(test: TestContext, admin: Admin, started: Started): Promise<string> {
  const { work, id, seal, undone, target } = started;
  const line = undone === null ? `seal = '${seal}'` : `seal = '${undone.seal}' and kind = 'undo'`;
  await admin.unseen(
    `truncate ${target}, ${target}_seen; insert into ${target} select * from ${target}_kept;
     do $$ begin if to_regclass('recount.patch_ledger') is not null then
       delete from recount.patch_row where entry in (select entry from recount.patch_ledger where ${line});
       delete from recount.patch_ledger where ${line}; end if; end $$`,
  );
  const { store } = test.context;
  if (work === 'rehearse') {
    await rehearsePatch(test.context, { id, seal, limitMs: 10_000 });
    return (
      await store.rehearsal.findFirstOrThrow({ where: { patchId: id }, orderBy: { createdAt: 'desc' } })
    ).id;
  }
  await store.$executeRaw`
    update patch set state = 'applying', attempt = attempt + 1, progress = null, outcome = null, error = null,
      applied_at = null, verified_at = null where id = ${id}::uuid`;
  if (undone !== null)
    await store.$executeRaw`update patch set state = 'verified' where id = ${undone.id}::uuid`;
  return id;
}

/** Sessions of the patch that may still write. */
export const openSessions = ({ seal, undone }: Started): string =>
  `select from pg_stat_activity where xact_start is not null and application_name ~
     '^recount:(${[seal, ...(undone === null ? [] : [undone.seal])].map((one) => one.slice(0, 12)).join('|')})'`;

/** How often the audit says that the patch was applied, or the undo done. */
export const auditOf = ({ context }: TestContext, id: string): Promise<number> =>
  context.store.audit.count({ where: { subject: `patch ${id}`, action: 'patch.applied' } });

const PATCHED = '=ben=2.50,ann=1.50,c"o,l=3.50';
const FAULTY = '=ben=0.25,ann=0.25';
/** Rows, changes of them, lines of the ledger, lines of the audit; the states that are right. */
const ENDS: Readonly<Record<Work, readonly [string, RegExp]>> = {
  apply: [`${PATCHED} | 3 of 3 | 1 and 0 | audit 1`, /^(applied|verified)$/],
  undo: [`${FAULTY} | 3 of 3 | 1 and 1 | audit 1`, /^(applied|verified) of undone$/],
  rehearse: [`${FAULTY} | 0 of 0 | 0 and 0 | audit 0`, /^approved$/],
};

/** What is not as it must be at the end: rows, changes of each, ledger, record and audit. */
export async function notEnded(
  { context }: TestContext,
  admin: Admin,
  { work, id, seal, undone, target }: Started,
  audited: number,
): Promise<string[]> {
  const { state, error } = await context.store.patch.findUniqueOrThrow({ where: { id } });
  const other =
    undone === null
      ? ''
      : ` of ${(await context.store.patch.findUniqueOrThrow({ where: { id: undone.id } })).state}`;
  const lines = (kind: string): string =>
    `(select count(*) from recount.patch_ledger
       where seal = '${undone?.seal ?? seal}' and outcome = 'applied' and kind = '${kind}')`;
  const [row] = await admin.rows(
    `select (select string_agg(user_id || '=' || total, ',' order by user_id) from ${target} where user_id in ('ann', '=ben', 'c"o,l')),
            (select count(*) || ' of ' || count(distinct id) from ${target}_seen),
            ${lines('patch')} || ' and ' || ${lines('undo')}`,
  );
  const ended = `${row?.join(' | ')} | audit ${audited}`;
  const [must, states] = ENDS[work];
  const isRight = states.test(`${state}${other}`) && ended === must;
  return isRight ? [] : [`${work} ended as ${state}${other} | ${ended}: ${JSON.stringify(error)}`];
}
