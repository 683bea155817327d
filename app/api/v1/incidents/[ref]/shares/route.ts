import { IncidentRef } from '#lib/recovery/find-incident';
import { handler } from '#lib/recovery/http';
import { listShares, ShareReportInput, shareReport } from '#lib/recovery/share-report';

export const GET = handler(IncidentRef, listShares);
export const POST = handler(ShareReportInput, shareReport, { status: 201 });
