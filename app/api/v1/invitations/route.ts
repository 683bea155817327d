import { handler } from '#lib/recovery/http/http';
import { InviteInput, invite } from '#lib/recovery/people/invite';

export const POST = handler(InviteInput, invite, { status: 201 });
