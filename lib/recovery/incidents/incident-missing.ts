import { checkCalculation } from '#lib/adapters/expressions/check-calculation';
import type { StoreTransaction } from '#lib/adapters/store/client';
import type { Problem } from '#lib/base/failure';
import { planWithoutWindow } from '#lib/incident/draft';
import type { DraftPlan, IncidentView } from '#lib/incident/incident';
import { missingOfDraft } from '#lib/plan/parse';
import { erasedFailure } from '#lib/recovery/retention/erased';
import type { Env } from '#lib/recovery/setup/env';
import { readerSession } from '#lib/recovery/setup/reader-session';

/**
 * What still keeps a draft from being previewed: fields that are missing or wrong, expressions that cannot be parsed or
 * are not allowed (told as soon as all but the window is there), and files that have not arrived.
 */
export async function missingOf(
  store: StoreTransaction,
  env: Env,
  draft: DraftPlan,
  archiveId: string | null,
): Promise<Problem[]> {
  const problems = [...missingOfDraft(draft)];
  const plan = planWithoutWindow(draft);
  if (plan !== null) problems.push(...(await checkCalculation(await readerSession(env), plan)).problems);
  if (archiveId !== null) problems.push(...(await notArrived(store, archiveId)));
  return problems;
}

/** Files of an upload that were announced and are not here whole; and an upload without any file. */
export async function notArrived(store: StoreTransaction, archiveId: string): Promise<Problem[]> {
  const archive = await store.archive.findUnique({
    where: { id: archiveId },
    select: { kind: true, erasedAt: true },
  });
  if (archive?.kind !== 'upload') return [];
  const states = await store.uploadFile.groupBy({ by: ['state'], where: { archiveId }, _count: true });
  const complete = states.find((s) => s.state === 'complete')?._count ?? 0;
  const open = states.reduce((sum, s) => sum + s._count, 0) - complete;
  const at = { path: 'archive.at' };
  if (archive.erasedAt !== null) {
    const { code, message } = erasedFailure('The uploaded files', archive.erasedAt);
    return [{ code, message, fix: 'Choose another archive, or upload the files again.', at }];
  }
  if (open > 0) {
    const message = `${open === 1 ? 'One file has' : `${open} files have`} not arrived yet.`;
    return [
      { code: 'archive.not_found', message, fix: 'Wait for it, or take the file out of the upload.', at },
    ];
  }
  if (complete > 0) return [];
  return [
    { code: 'archive.not_found', message: 'The upload has no file yet.', fix: 'Drop files into it.', at },
  ];
}

/** Problems as the pages list them. */
export const listed = (problems: readonly Problem[]): IncidentView['missing'] =>
  problems.map(({ message, fix, at }) => ({ path: at?.path ?? '', message, fix }));
