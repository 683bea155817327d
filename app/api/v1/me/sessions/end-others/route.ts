import { z } from 'zod';
import { handler } from '#lib/recovery/http/http';
import { endOtherSessions } from '#lib/recovery/people/own-sessions';

export const POST = handler(z.object({}), endOtherSessions);
