import { handler } from '#lib/recovery/http/http';
import { checkSetUp } from '#lib/recovery/incidents/check-set-up';
import { IncidentRef } from '#lib/recovery/setup/find-incident';

export const GET = handler(IncidentRef, checkSetUp);
