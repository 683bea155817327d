import { z } from 'zod';
import { handler } from '#lib/recovery/http/http';
import { listOwnTokens, MakeTokenInput, makeApiToken } from '#lib/recovery/tokens/tokens';

export const GET = handler(z.object({}), listOwnTokens);
export const POST = handler(MakeTokenInput, makeApiToken, { status: 201 });
