import { closeIncident } from '#lib/recovery/close-incident';
import { IncidentRef } from '#lib/recovery/find-incident';
import { handler } from '#lib/recovery/http';

export const POST = handler(IncidentRef, closeIncident);
