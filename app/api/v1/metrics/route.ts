import { z } from 'zod';
import { handler } from '#lib/recovery/http/http';
import { readMetrics } from '#lib/recovery/operations/read-metrics';

export const GET = handler(z.object({}), readMetrics);
