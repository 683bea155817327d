import { PasskeyInput, removePasskey } from '#lib/recovery/access/passkeys';
import { handler } from '#lib/recovery/http/http';

export const DELETE = handler(PasskeyInput, removePasskey);
