import { handler } from '#lib/recovery/http/http';
import { RequestChangesInput, requestChanges } from '#lib/recovery/patches/request-changes';

export const POST = handler(RequestChangesInput, requestChanges);
