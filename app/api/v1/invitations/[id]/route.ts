import { handler } from '#lib/recovery/http/http';
import { InvitationInput, revokeInvitation } from '#lib/recovery/people/invite';

export const DELETE = handler(InvitationInput, revokeInvitation);
