import { z } from 'zod';
import { handler } from '#lib/recovery/http';
import { openSample } from '#lib/recovery/open-sample';

export const POST = handler(z.object({}), openSample);
