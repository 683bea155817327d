import { handler } from '#lib/recovery/http/http';
import { listPatchRows, PatchRowsInput } from '#lib/recovery/patches/read-patch-rows';

export const GET = handler(PatchRowsInput, listPatchRows);
