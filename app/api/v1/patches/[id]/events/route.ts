import { handler } from '#lib/recovery/http/http';
import { followPatch, PatchInput } from '#lib/recovery/patches/read-patch';

export const GET = handler(PatchInput, followPatch);
