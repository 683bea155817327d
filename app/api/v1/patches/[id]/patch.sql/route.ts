import { handler } from '#lib/recovery/http/http';
import { downloadPatchSql, PatchInput } from '#lib/recovery/patches/read-patch';

export const GET = handler(PatchInput, downloadPatchSql);
