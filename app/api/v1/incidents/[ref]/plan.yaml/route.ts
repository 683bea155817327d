import { handler } from '#lib/recovery/http/http';
import { exportPlan } from '#lib/recovery/incidents/export-plan';
import { IncidentRef } from '#lib/recovery/setup/find-incident';

export const GET = handler(IncidentRef, exportPlan);
