import { handler } from '#lib/recovery/http/http';
import { exportPatchSql } from '#lib/recovery/patches/export-sql';
import { PatchInput } from '#lib/recovery/patches/read-patch';

export const GET = handler(PatchInput, exportPatchSql);
