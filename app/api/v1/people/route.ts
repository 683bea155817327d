import { z } from 'zod';
import { handler } from '#lib/recovery/http/http';
import { listPeople } from '#lib/recovery/people/list-people';

export const GET = handler(z.object({}), listPeople);
