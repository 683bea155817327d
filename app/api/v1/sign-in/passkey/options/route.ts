import { z } from 'zod';
import { passkeyOptions } from '#lib/recovery/access/passkeys';
import { handler } from '#lib/recovery/http/http';

export const POST = handler(z.object({}), passkeyOptions, { open: true });
