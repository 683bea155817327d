import { handler } from '#lib/recovery/http/http';
import { LiveStoreInput } from '#lib/recovery/live-stores/live-input';
import { testLiveStore } from '#lib/recovery/live-stores/test-live-store';

export const POST = handler(LiveStoreInput, testLiveStore);
