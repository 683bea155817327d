import { handler } from '#lib/recovery/http/http';
import { ApprovePatchInput, approvePatch } from '#lib/recovery/patches/approve-patch';

export const POST = handler(ApprovePatchInput, approvePatch);
