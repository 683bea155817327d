import { z } from 'zod';
import { handler } from '#lib/recovery/http/http';
import { openSample } from '#lib/recovery/incidents/open-sample';

export const POST = handler(z.object({}), openSample);
