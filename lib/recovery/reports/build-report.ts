import { join } from 'node:path';
import { readTimeline } from '#lib/adapters/duckdb/timeline';
import { ROLLUP_FILE } from '#lib/adapters/staging/survey';
import { approvalStanding } from '#lib/adapters/store/approvals';
import type { StoreTransaction } from '#lib/adapters/store/client';
import { CODES } from '#lib/base/codes';
import { Failure } from '#lib/base/failure';
import { laterOf, MICROS, parseInstant } from '#lib/base/instant';
import { PATCH_STATES, type PatchHeader, type PatchState } from '#lib/patch/patch';
import { UNDER_WAY, WRITTEN } from '#lib/patch/state';
import { findEdition, type KnownEdition } from '#lib/recovery/calculations/calculation-record';
import { readSurveyed } from '#lib/recovery/incidents/survey-record';
import { readOutcome } from '#lib/recovery/patches/patch-record';
import { overridesOf } from '#lib/recovery/patches/review-record';
import { readLog } from '#lib/recovery/reports/report-log';
import { readReportRows } from '#lib/recovery/reports/report-rows';
import { readUndone } from '#lib/recovery/reports/report-undone';
import { refuseErased } from '#lib/recovery/retention/erased';
import type { Context } from '#lib/recovery/setup/context';
import { isoOf, isoOrNull } from '#lib/recovery/setup/iso';
import { readNames } from '#lib/recovery/setup/people';
import { readerSession } from '#lib/recovery/setup/reader-session';
import { buildReport } from '#lib/report/build-report';
import type { PatchStanding } from '#lib/report/facts';
import type { Report } from '#lib/report/report';
import type { Timeline } from '#lib/window/timeline';

/** What a report is made from. */
export type Reading = Pick<Context, 'store' | 'env'>;

/** The run that a report tells of, and the patch made of it. */
export type Subject = { readonly runId: string; readonly dir: string; readonly patchId: string | null };

/**
 * What the report of an incident is about: the patch that stands in the live store, else the newest one that was not
 * given up, else the newest finished preview; never an undo, which is told in the report of the patch that it put back.
 * Failure run.incomplete where there is none.
 */
export async function reportSubject(store: StoreTransaction, incidentId: string): Promise<Subject> {
  const select = {
    id: true,
    state: true,
    dir: true,
    run: { select: { id: true, number: true, dir: true } },
  } as const;
  const patches = await store.patch.findMany({
    where: { incidentId, undoesId: null },
    orderBy: { number: 'desc' },
    select,
  });
  const run = await store.run.findFirst({
    where: { incidentId, state: 'done', dir: { not: null } },
    orderBy: { number: 'desc' },
  });
  const isOneOf = (state: string, ...states: readonly PatchState[]): boolean =>
    states.some((one) => one === state);
  const newest = run?.number ?? 0;
  const patch =
    patches.find(({ state }) => isOneOf(state, ...WRITTEN, ...UNDER_WAY)) ??
    patches.find((one) => !isOneOf(one.state, 'cancelled') && one.run.number >= newest);
  const dir = patch?.dir ?? patch?.run.dir ?? null;
  if (patch !== undefined && dir !== null) return { runId: patch.run.id, dir, patchId: patch.id };
  if (run !== null && run.dir !== null) return { runId: run.id, dir: run.dir, patchId: null };
  throw new Failure('run.incomplete', 'There is nothing to report yet.', { fix: 'Run a preview first.' });
}

/** The report of an incident as it stands now. Failures: run.incomplete, patch.damaged, data.erased. */
export async function currentReport(context: Reading, incidentId: string): Promise<Report> {
  const { store, env } = context;
  const incident = await store.incident.findUniqueOrThrow({ where: { id: incidentId } });
  const subject = await reportSubject(store, incidentId);
  const run = await store.run.findUniqueOrThrow({ where: { id: subject.runId }, include: { archive: true } });
  refuseErased('The files that this report is made of', run.erasedAt);
  const nameOf = await readNames(store);
  const rows = await readReportRows(await readerSession(env), subject.dir);
  const { header } = rows;
  return buildReport({
    incident: `INC-${incident.number}`,
    title: incident.title,
    ...rows,
    source: sourceOf(header, run.archive?.name ?? header.archiveAt, await editionOf(store, run.editionId)),
    patch: await standingOf(store, subject.patchId, header, nameOf),
    timeline: await frozenTimeline(context, incidentId, run.archiveId, header),
    log: await readLog(store, incidentId, nameOf),
    madeAt: isoOf(new Date()),
  });
}

/** Where the figures come from, as people call it. */
export const sourceOf = (
  header: PatchHeader,
  archive: string,
  edition: KnownEdition | null = null,
): Report['source'] => ({
  archive,
  target: targetText(header),
  calculation: `${header.calculation.name}, version ${header.calculation.versions.join(', ')}${libraryWords(edition)}`,
  seal: header.seal,
  manifestSha256: header.manifestSha256,
});

const editionOf = async (store: StoreTransaction, id: string | null): Promise<KnownEdition | null> =>
  id === null ? null : findEdition(store, id);

const libraryWords = (edition: KnownEdition | null): string =>
  edition === null ? '' : ` (edition ${edition.number} of ${edition.calculation} in the library)`;

const targetText = ({ target }: PatchHeader): string =>
  target.kind === 'postgres' ? `${target.schema}.${target.table}` : target.path;

const NOBODY = { approvedBy: null, selfApproved: false, reason: null, at: null };

async function standingOf(
  store: StoreTransaction,
  patchId: string | null,
  header: PatchHeader,
  nameOf: (id: string) => string,
): Promise<PatchStanding> {
  const patch =
    patchId === null
      ? null
      : await store.patch.findUnique({
          where: { id: patchId },
          include: { approvals: { where: { voidedAt: null }, orderBy: { createdAt: 'asc' } } },
        });
  const state = PATCH_STATES.find((one) => one === patch?.state) ?? 'proposed';
  const outcome = readOutcome(patch?.outcome ?? null);
  // of what was begun to be written those that are not void did count
  const counting =
    patch !== null && (state === 'proposed' || state === 'approved' || state === 'expired')
      ? (await approvalStanding(store, patch.id)).counting
      : null;
  const approvals = (patch?.approvals ?? []).filter(({ id }) => counting?.includes(id) ?? true);
  const approval = approvals.at(-1);
  const overrides =
    patch === null || patch.undoesId !== null ? [] : await overridesOf(store, patch.runId, nameOf);
  const isWritten = WRITTEN.includes(state);
  return {
    state,
    approval:
      approval === undefined
        ? { author: patch === null ? header.author : nameOf(patch.author), ...NOBODY }
        : {
            author: nameOf(approval.author),
            approvedBy: approvals.map(({ approver }) => nameOf(approver)).join(', '),
            selfApproved: approvals.some(({ selfApproved }) => selfApproved),
            reason: approvals.map(({ reason }) => reason).join(' · '),
            at: isoOf(approval.createdAt),
          },
    ...(overrides.length === 0 ? {} : { overrides }),
    appliedAt: isoOrNull(patch?.appliedAt ?? null),
    transaction: outcome?.transaction ?? null,
    verification: verificationOf(outcome),
    error: isWritten ? null : errorText(patch?.error),
    // found applied already, by whom and how is the ledger's to tell
    archiveChecked: outcome === null ? null : outcome.status === 'applied' ? true : null,
    notAsked: null,
    ...(state === 'undone' && patchId !== null ? await readUndone(store, patchId, nameOf) : {}),
  };
}

function verificationOf(outcome: ReturnType<typeof readOutcome>): PatchStanding['verification'] {
  if (outcome?.verification == null) return null;
  const { cells, match, differ, moved } = outcome.verification;
  return { cells, match, differ, moved };
}

/** What went wrong, without the rows that its message may name: a report is shared. */
function errorText(error: unknown): string | null {
  const code = typeof error === 'object' && error !== null && 'code' in error ? String(error.code) : null;
  if (code === null) return null;
  return code in CODES ? CODES[code as keyof typeof CODES].what : 'The apply failed.';
}

const BINS = 240;

/** The archive around the window: as much again on either side, and an hour at least. Null where it was never read. */
async function frozenTimeline(
  { store, env }: Reading,
  incidentId: string,
  archiveId: string | null,
  { window }: PatchHeader,
): Promise<Timeline | null> {
  const survey = await readSurveyed(store, incidentId, archiveId, 'done');
  const [from, to] = [parseInstant(window.from), parseInstant(window.to)];
  if (survey === null || survey.dir === null || survey.erasedAt !== null || from === null || to === null)
    return null;
  const margin = laterOf(to - from, MICROS.hour);
  const question = { clock: window.clock, from: from - margin, to: to + margin, bins: BINS };
  return readTimeline(await readerSession(env), join(survey.dir, ROLLUP_FILE), question);
}
