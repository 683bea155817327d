import { handler } from '#lib/recovery/http/http';
import { preflightPatch } from '#lib/recovery/patches/preflight-patch';
import { PatchInput } from '#lib/recovery/patches/read-patch';

export const POST = handler(PatchInput, preflightPatch);
