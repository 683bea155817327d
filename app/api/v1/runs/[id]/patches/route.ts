import { handler } from '#lib/recovery/http';
import { ProposePatchInput, proposePatch } from '#lib/recovery/propose-patch';

export const POST = handler(ProposePatchInput, proposePatch);
