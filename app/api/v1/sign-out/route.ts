import { z } from 'zod';
import { signOut } from '#lib/recovery/access/sign-in';
import { handler } from '#lib/recovery/http/http';

export const POST = handler(z.object({}), signOut, { open: true });
