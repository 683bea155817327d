import { handler } from '#lib/recovery/http/http';
import { ChangeEmailInput, changeEmail } from '#lib/recovery/people/change-email';

export const POST = handler(ChangeEmailInput, changeEmail);
