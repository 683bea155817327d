import { handler } from '#lib/recovery/http/http';
import { readSurvey, SurveyInput } from '#lib/recovery/incidents/read-survey';

export const GET = handler(SurveyInput, readSurvey);
