import { handler } from '#lib/recovery/http';
import { PatchInput } from '#lib/recovery/read-patch';
import { verifyPatch } from '#lib/recovery/verify-patch';

export const POST = handler(PatchInput, verifyPatch);
