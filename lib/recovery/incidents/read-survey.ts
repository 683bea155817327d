import { z } from 'zod';
import { permit } from '#lib/recovery/access/permit';
import { findSurvey, type SurveyRecord } from '#lib/recovery/incidents/survey-record';
import type { Context } from '#lib/recovery/setup/context';

export const SurveyInput = z.object({ id: z.uuid() });

/** A reading of an archive as it stands. Failure not_found. */
export async function readSurvey(
  { store, actor }: Context,
  { id }: z.output<typeof SurveyInput>,
): Promise<Pick<SurveyRecord, 'id' | 'state' | 'progress' | 'result' | 'error'>> {
  permit(actor, 'incident.read');
  const { state, progress, result, error } = await findSurvey(store, id);
  return { id, state, progress, result, error };
}
