import { z } from 'zod';
import { handler } from '#lib/recovery/http/http';
import { resetSample } from '#lib/recovery/incidents/reset-sample';

export const POST = handler(z.object({}), resetSample);
