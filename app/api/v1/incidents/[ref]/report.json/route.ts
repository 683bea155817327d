import { handler } from '#lib/recovery/http/http';
import { downloadReport } from '#lib/recovery/reports/read-report';
import { IncidentRef } from '#lib/recovery/setup/find-incident';

export const GET = handler(IncidentRef, downloadReport('json'));
