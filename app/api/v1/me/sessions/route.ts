import { z } from 'zod';
import { handler } from '#lib/recovery/http/http';
import { listOwnSessions } from '#lib/recovery/people/own-sessions';

export const GET = handler(z.object({}), listOwnSessions);
