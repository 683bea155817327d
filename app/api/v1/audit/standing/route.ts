import { AuditStandingInput, readAuditStanding } from '#lib/recovery/audit/read-audit-standing';
import { handler } from '#lib/recovery/http/http';

export const GET = handler(AuditStandingInput, readAuditStanding);
