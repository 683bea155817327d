import { handler } from '#lib/recovery/http';
import { followPatch, PatchInput } from '#lib/recovery/read-patch';

export const GET = handler(PatchInput, followPatch);
