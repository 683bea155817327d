import { z } from 'zod';
import { finishProvider } from '#lib/recovery/access/provider';
import { handler } from '#lib/recovery/http/http';

export const GET = handler(z.looseObject({}), finishProvider, { open: true });
