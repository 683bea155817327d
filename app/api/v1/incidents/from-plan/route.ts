import { handler } from '#lib/recovery/http/http';
import { OpenPlanInput, openPlan } from '#lib/recovery/incidents/open-plan';

export const POST = handler(OpenPlanInput, openPlan, { status: 201 });
