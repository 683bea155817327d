import { handler } from '#lib/recovery/http/http';
import { RehearsePatchInput, rehearsePatch } from '#lib/recovery/patches/rehearse-patch';

export const POST = handler(RehearsePatchInput, rehearsePatch, { status: 202 });
