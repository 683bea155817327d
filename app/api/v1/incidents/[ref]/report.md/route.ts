import { IncidentRef } from '#lib/recovery/setup/find-incident';
import { handler } from '#lib/recovery/http/http';
import { downloadReport } from '#lib/recovery/reports/read-report';

export const GET = handler(IncidentRef, downloadReport('md'));
