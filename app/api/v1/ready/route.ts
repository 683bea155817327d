import { z } from 'zod';
import { handler } from '#lib/recovery/http/http';
import { readReady } from '#lib/recovery/operations/read-ready';

export const GET = handler(z.object({}), readReady, { open: true });
