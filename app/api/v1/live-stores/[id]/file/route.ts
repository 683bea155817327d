import { downloadLiveFile, LiveFileInput } from '#lib/recovery/download-live-file';
import { handler } from '#lib/recovery/http';

export const GET = handler(LiveFileInput, downloadLiveFile);
