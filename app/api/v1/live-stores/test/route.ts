import { handler } from '#lib/recovery/http';
import { LiveStoreInput } from '#lib/recovery/live-input';
import { testLiveStore } from '#lib/recovery/test-live-store';

export const POST = handler(LiveStoreInput, testLiveStore);
