import { z } from 'zod';
import { handler } from '#lib/recovery/http/http';
import { addLiveStore } from '#lib/recovery/live-stores/add-live-store';
import { listLiveStores } from '#lib/recovery/live-stores/list-live-stores';
import { LiveStoreInput } from '#lib/recovery/live-stores/live-input';

export const GET = handler(z.object({}), listLiveStores);
export const POST = handler(LiveStoreInput, addLiveStore, { status: 201 });
