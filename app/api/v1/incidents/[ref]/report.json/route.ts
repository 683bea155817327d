import { IncidentRef } from '#lib/recovery/find-incident';
import { handler } from '#lib/recovery/http';
import { downloadReport } from '#lib/recovery/read-report';

export const GET = handler(IncidentRef, downloadReport('json'));
