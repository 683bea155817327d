import { ResolveThreadInput, resolveThread } from '#lib/recovery/comments/resolve-thread';
import { handler } from '#lib/recovery/http/http';

export const POST = handler(ResolveThreadInput, resolveThread);
