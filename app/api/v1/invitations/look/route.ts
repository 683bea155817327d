import { handler } from '#lib/recovery/http/http';
import { LookInput, lookAtInvitation } from '#lib/recovery/people/accept-invitation';

export const POST = handler(LookInput, lookAtInvitation, { open: true });
