import { z } from 'zod';
import { handler } from '#lib/recovery/http/http';
import { listNames } from '#lib/recovery/people/list-people';

export const GET = handler(z.object({}), listNames);
