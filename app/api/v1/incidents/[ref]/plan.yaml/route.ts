import { exportPlan } from '#lib/recovery/export-plan';
import { IncidentRef } from '#lib/recovery/find-incident';
import { handler } from '#lib/recovery/http';

export const GET = handler(IncidentRef, exportPlan);
