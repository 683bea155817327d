import { checkCalculation } from '#lib/adapters/expressions/check-calculation';
import type { StoreTransaction } from '#lib/adapters/store/client';
import type { Problem } from '#lib/base/failure';
import {
  contentSha,
  type EditionContent,
  readContent,
  type WrittenContent,
} from '#lib/calculation/edition-content';
import { checkFailure } from '#lib/recovery/method/check';
import type { Context } from '#lib/recovery/setup/context';
import { incidentId } from '#lib/recovery/setup/find-incident';
import { draftOf } from '#lib/recovery/setup/incident-places';
import { readerSession } from '#lib/recovery/setup/reader-session';

export type CheckedContent = { readonly content: EditionContent; readonly sha256: string };

/**
 * What somebody wrote as a calculation, with every expression parsed and held against the allow-list. Failure plan.* with
 * every problem.
 */
export async function checkedContent(
  { env }: Pick<Context, 'env'>,
  name: string,
  written: WrittenContent,
): Promise<CheckedContent> {
  const { content, plan, problems } = readContent(name, written);
  const wrong: Problem[] = [...problems];
  if (plan !== null) wrong.push(...(await checkCalculation(await readerSession(env), plan)).problems);
  if (content === null || plan === null || wrong.length > 0) throw checkFailure(wrong);
  return { content, sha256: contentSha(plan) };
}

/** What an incident's draft says of its calculation, and the incident's id. Failure not_found. */
export async function writtenInIncident(
  store: StoreTransaction,
  ref: string,
): Promise<{ readonly id: string; readonly written: WrittenContent }> {
  const id = await incidentId(store, ref);
  const { plan } = await store.incident.findUniqueOrThrow({ where: { id }, select: { plan: true } });
  const { calculation, archive } = draftOf(plan);
  return { id, written: { calculation, deleted: archive?.fields?.deleted } };
}
