import { handler } from '#lib/recovery/http/http';
import { downloadCorrections } from '#lib/recovery/reports/read-report';
import { IncidentRef } from '#lib/recovery/setup/find-incident';

export const GET = handler(IncidentRef, downloadCorrections('safe'));
