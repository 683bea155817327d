import { handler } from '#lib/recovery/http';
import { OpenPlanInput, openPlan } from '#lib/recovery/open-plan';

export const POST = handler(OpenPlanInput, openPlan, { status: 201 });
