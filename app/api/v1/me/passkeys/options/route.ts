import { z } from 'zod';
import { newPasskeyOptions } from '#lib/recovery/access/passkeys';
import { handler } from '#lib/recovery/http/http';

export const POST = handler(z.object({}), newPasskeyOptions);
