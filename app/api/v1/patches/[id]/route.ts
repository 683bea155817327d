import { handler } from '#lib/recovery/http';
import { PatchInput, showPatch } from '#lib/recovery/read-patch';

export const GET = handler(PatchInput, showPatch);
