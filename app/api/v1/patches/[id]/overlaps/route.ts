import { handler } from '#lib/recovery/http/http';
import { listOverlaps } from '#lib/recovery/patches/list-overlaps';
import { PatchInput } from '#lib/recovery/patches/read-patch';

export const GET = handler(PatchInput, listOverlaps);
