import { handler } from '#lib/recovery/http/http';
import { downloadLiveFile, LiveFileInput } from '#lib/recovery/live-stores/download-live-file';

export const GET = handler(LiveFileInput, downloadLiveFile);
