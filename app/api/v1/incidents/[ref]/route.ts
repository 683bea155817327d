import { ChangePlanInput, changePlan } from '#lib/recovery/change-plan';
import { IncidentRef } from '#lib/recovery/find-incident';
import { handler } from '#lib/recovery/http';
import { readIncident } from '#lib/recovery/read-incident';

export const GET = handler(IncidentRef, readIncident);
export const PATCH = handler(ChangePlanInput, changePlan);
