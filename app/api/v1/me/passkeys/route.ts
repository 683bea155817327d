import { AddPasskeyInput, addPasskey } from '#lib/recovery/access/passkeys';
import { handler } from '#lib/recovery/http/http';

export const POST = handler(AddPasskeyInput, addPasskey, { status: 201 });
