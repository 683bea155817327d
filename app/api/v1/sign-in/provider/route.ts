import { StartProviderInput, startProvider } from '#lib/recovery/access/provider';
import { handler } from '#lib/recovery/http/http';

export const POST = handler(StartProviderInput, startProvider, { open: true });
