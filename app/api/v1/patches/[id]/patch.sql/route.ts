import { handler } from '#lib/recovery/http';
import { downloadPatchSql, PatchInput } from '#lib/recovery/read-patch';

export const GET = handler(PatchInput, downloadPatchSql);
