import { handler } from '#lib/recovery/http';
import { AnnounceInput, announceFile } from '#lib/recovery/receive-upload';

export const POST = handler(AnnounceInput, announceFile);
