import { handler } from '#lib/recovery/http/http';
import { listShares, ShareReportInput, shareReport } from '#lib/recovery/reports/share-report';
import { IncidentRef } from '#lib/recovery/setup/find-incident';

export const GET = handler(IncidentRef, listShares);
export const POST = handler(ShareReportInput, shareReport, { status: 201 });
