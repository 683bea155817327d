import { handler } from '#lib/recovery/http/http';
import { StorePassword, setStorePassword } from '#lib/recovery/live-stores/set-store-password';

export const PUT = handler(StorePassword, setStorePassword);
