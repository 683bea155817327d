import { handler } from '#lib/recovery/http/http';
import { cancelApply } from '#lib/recovery/patches/cancel-apply';
import { PatchInput } from '#lib/recovery/patches/read-patch';

export const POST = handler(PatchInput, cancelApply);
