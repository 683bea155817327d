import { handler } from '#lib/recovery/http/http';
import { RevokeShareInput, revokeShare } from '#lib/recovery/reports/revoke-share';

export const DELETE = handler(RevokeShareInput, revokeShare);
