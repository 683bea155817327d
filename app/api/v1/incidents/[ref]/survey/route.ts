import { handler } from '#lib/recovery/http/http';
import { surveyArchive } from '#lib/recovery/incidents/survey-archive';
import { IncidentRef } from '#lib/recovery/setup/find-incident';

export const POST = handler(IncidentRef, surveyArchive, { status: 202 });
