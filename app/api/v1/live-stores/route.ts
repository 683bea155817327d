import { z } from 'zod';
import { addLiveStore } from '#lib/recovery/add-live-store';
import { handler } from '#lib/recovery/http';
import { listLiveStores } from '#lib/recovery/list-live-stores';
import { LiveStoreInput } from '#lib/recovery/live-input';

export const GET = handler(z.object({}), listLiveStores);
export const POST = handler(LiveStoreInput, addLiveStore, { status: 201 });
