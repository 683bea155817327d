import { z } from 'zod';
import { handler } from '#lib/recovery/http/http';
import { listAllTokens } from '#lib/recovery/tokens/tokens';

export const GET = handler(z.object({}), listAllTokens);
