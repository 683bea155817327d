import { handler } from '#lib/recovery/http';
import { listPatchRows, PatchRowsInput } from '#lib/recovery/read-patch-rows';

export const GET = handler(PatchRowsInput, listPatchRows);
