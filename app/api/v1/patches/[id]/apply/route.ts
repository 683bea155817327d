import { handler } from '#lib/recovery/http/http';
import { ApplyPatchInput, applyPatch } from '#lib/recovery/patches/apply-patch';

export const POST = handler(ApplyPatchInput, applyPatch, { status: 202 });
