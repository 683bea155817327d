import { handler } from '#lib/recovery/http/http';
import { ProposePatchInput, proposePatch } from '#lib/recovery/patches/propose-patch';

export const POST = handler(ProposePatchInput, proposePatch);
