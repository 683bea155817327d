import { ApprovePatchInput, approvePatch } from '#lib/recovery/approve-patch';
import { handler } from '#lib/recovery/http';

export const POST = handler(ApprovePatchInput, approvePatch);
