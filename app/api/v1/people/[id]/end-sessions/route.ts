import { handler } from '#lib/recovery/http/http';
import { EndSessionsInput, endSessions } from '#lib/recovery/people/end-sessions';

export const POST = handler(EndSessionsInput, endSessions);
