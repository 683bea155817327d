import type { Survey } from '#lib/archive/survey';
import type { Progress, RunState } from '#lib/replay/run';

/** GET /api/v1/surveys/:id: one reading of an archive. */
export type SurveyView = {
  readonly id: string;
  readonly state: RunState;
  readonly progress: Progress | null;
  readonly result: Survey | null;
  readonly error: { readonly code: string; readonly message: string; readonly fix: string } | null;
};

/** Whether what was read is all accounted for: records = accepted + duplicates + rejected. */
export const balances = (survey: Survey): boolean =>
  BigInt(survey.records) === BigInt(survey.accepted) + BigInt(survey.duplicates) + BigInt(survey.rejected);
