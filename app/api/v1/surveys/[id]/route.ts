import { handler } from '#lib/recovery/http';
import { readSurvey, SurveyInput } from '#lib/recovery/read-survey';

export const GET = handler(SurveyInput, readSurvey);
