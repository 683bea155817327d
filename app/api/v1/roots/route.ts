import { z } from 'zod';
import { listRoots } from '#lib/recovery/browse-root';
import { handler } from '#lib/recovery/http';

export const GET = handler(z.object({}), listRoots);
