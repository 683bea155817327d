import { handler } from '#lib/recovery/http/http';
import { makeWayIn, WayInInput } from '#lib/recovery/people/make-way-in';

export const POST = handler(WayInInput, makeWayIn, { status: 201 });
