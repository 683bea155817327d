import { cancelApply } from '#lib/recovery/cancel-apply';
import { handler } from '#lib/recovery/http';
import { PatchInput } from '#lib/recovery/read-patch';

export const POST = handler(PatchInput, cancelApply);
