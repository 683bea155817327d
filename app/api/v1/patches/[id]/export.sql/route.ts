import { handler } from '#lib/recovery/http/http';
import { ExportPatchInput, exportPatchSql } from '#lib/recovery/patches/export-sql';

export const POST = handler(ExportPatchInput, exportPatchSql);
