import { handler } from '#lib/recovery/http/http';
import { PatchInput } from '#lib/recovery/patches/read-patch';
import { verifyPatch } from '#lib/recovery/patches/verify-patch';

export const POST = handler(PatchInput, verifyPatch);
