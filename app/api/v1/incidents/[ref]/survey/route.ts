import { IncidentRef } from '#lib/recovery/find-incident';
import { handler } from '#lib/recovery/http';
import { surveyArchive } from '#lib/recovery/survey-archive';

export const POST = handler(IncidentRef, surveyArchive, { status: 202 });
