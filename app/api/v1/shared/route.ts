import { handler } from '#lib/recovery/http';
import { OpenSharedInput, openSharedReport } from '#lib/recovery/open-shared-report';

export const POST = handler(OpenSharedInput, openSharedReport);
