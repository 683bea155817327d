import { handler } from '#lib/recovery/http/http';
import { ChangePlanInput, changePlan } from '#lib/recovery/incidents/change-plan';
import { readIncident } from '#lib/recovery/incidents/read-incident';
import { IncidentRef } from '#lib/recovery/setup/find-incident';

export const GET = handler(IncidentRef, readIncident);
export const PATCH = handler(ChangePlanInput, changePlan);
