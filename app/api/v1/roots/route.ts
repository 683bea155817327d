import { z } from 'zod';
import { listRoots } from '#lib/recovery/archives/browse-root';
import { handler } from '#lib/recovery/http/http';

export const GET = handler(z.object({}), listRoots);
