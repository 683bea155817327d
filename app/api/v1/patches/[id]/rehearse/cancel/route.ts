import { handler } from '#lib/recovery/http/http';
import { cancelRehearsal } from '#lib/recovery/patches/cancel-rehearsal';
import { PatchInput } from '#lib/recovery/patches/read-patch';

export const POST = handler(PatchInput, cancelRehearsal);
