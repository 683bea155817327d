import { ApplyPatchInput, applyPatch } from '#lib/recovery/apply-patch';
import { handler } from '#lib/recovery/http';

export const POST = handler(ApplyPatchInput, applyPatch, { status: 202 });
