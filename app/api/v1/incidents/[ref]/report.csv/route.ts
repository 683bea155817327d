import { IncidentRef } from '#lib/recovery/find-incident';
import { handler } from '#lib/recovery/http';
import { downloadCorrections } from '#lib/recovery/read-report';

export const GET = handler(IncidentRef, downloadCorrections('safe'));
