import { handler } from '#lib/recovery/http/http';
import { AcceptInput, acceptInvitation } from '#lib/recovery/people/accept-invitation';

export const POST = handler(AcceptInput, acceptInvitation, { open: true });
