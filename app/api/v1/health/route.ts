import { z } from 'zod';
import { handler } from '#lib/recovery/http/http';
import { readHealth } from '#lib/recovery/operations/read-health';

export const GET = handler(z.object({}), readHealth, { open: true });
