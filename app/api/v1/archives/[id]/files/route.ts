import { AnnounceInput, announceFile } from '#lib/recovery/archives/receive-upload';
import { handler } from '#lib/recovery/http/http';

export const POST = handler(AnnounceInput, announceFile);
