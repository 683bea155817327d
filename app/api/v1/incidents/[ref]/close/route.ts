import { handler } from '#lib/recovery/http/http';
import { closeIncident } from '#lib/recovery/incidents/close-incident';
import { IncidentRef } from '#lib/recovery/setup/find-incident';

export const POST = handler(IncidentRef, closeIncident);
