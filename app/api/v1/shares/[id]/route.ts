import { handler } from '#lib/recovery/http';
import { RevokeShareInput, revokeShare } from '#lib/recovery/revoke-share';

export const DELETE = handler(RevokeShareInput, revokeShare);
