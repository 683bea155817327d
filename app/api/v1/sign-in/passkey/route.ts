import { AssertionInput, signInByPasskey } from '#lib/recovery/access/passkeys';
import { handler } from '#lib/recovery/http/http';

export const POST = handler(AssertionInput, signInByPasskey, { open: true });
