import { ProveInput, prove } from '#lib/recovery/access/prove';
import { handler } from '#lib/recovery/http/http';

export const POST = handler(ProveInput, prove);
