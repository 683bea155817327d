import { z } from 'zod';
import { handler } from '#lib/recovery/http';
import { resetSample } from '#lib/recovery/reset-sample';

export const POST = handler(z.object({}), resetSample);
