import { z } from 'zod';
import { readMe } from '#lib/recovery/access/read-me';
import { handler } from '#lib/recovery/http/http';

export const GET = handler(z.object({}), readMe);
