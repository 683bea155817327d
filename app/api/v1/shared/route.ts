import { handler } from '#lib/recovery/http/http';
import { OpenSharedInput, openSharedReport } from '#lib/recovery/reports/open-shared-report';

export const POST = handler(OpenSharedInput, openSharedReport, { open: true });
