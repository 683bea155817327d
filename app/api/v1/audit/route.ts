import { ListAuditInput, listAudit } from '#lib/recovery/audit/list-audit';
import { handler } from '#lib/recovery/http/http';

export const GET = handler(ListAuditInput, listAudit);
