import { z } from 'zod';
import { handler } from '#lib/recovery/http/http';
import { ChangeRetentionInput, changeRetention } from '#lib/recovery/retention/change-retention';
import { readRetention } from '#lib/recovery/retention/read-retention';

export const GET = handler(z.object({}), readRetention);
export const PUT = handler(ChangeRetentionInput, changeRetention);
