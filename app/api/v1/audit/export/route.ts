import { ExportAuditInput, exportAudit } from '#lib/recovery/audit/export-audit';
import { handler } from '#lib/recovery/http/http';

export const GET = handler(ExportAuditInput, exportAudit);
