import { z } from 'zod';
import { findSurvey, type SurveyRecord } from '#lib/recovery/incidents/survey-record';
import type { Context } from '#lib/recovery/setup/context';

export const SurveyInput = z.object({ id: z.uuid() });

/** A reading of an archive as it stands. Failure not_found. */
export async function readSurvey(
  { store }: Context,
  { id }: z.output<typeof SurveyInput>,
): Promise<Pick<SurveyRecord, 'id' | 'state' | 'progress' | 'result' | 'error'>> {
  const { state, progress, result, error } = await findSurvey(store, id);
  return { id, state, progress, result, error };
}
