import { handler } from '#lib/recovery/http/http';
import { PatchInput, showPatch } from '#lib/recovery/patches/read-patch';

export const GET = handler(PatchInput, showPatch);
