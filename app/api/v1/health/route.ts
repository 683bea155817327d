import { z } from 'zod';
import { handler } from '#lib/recovery/http';
import { readHealth } from '#lib/recovery/read-health';

export const GET = handler(z.object({}), readHealth);
