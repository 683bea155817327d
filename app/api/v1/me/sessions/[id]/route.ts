import { handler } from '#lib/recovery/http/http';
import { EndSessionInput, endOwnSession } from '#lib/recovery/people/own-sessions';

export const DELETE = handler(EndSessionInput, endOwnSession);
