import { handler } from '#lib/recovery/http/http';
import { describeLiveTable, LiveTableInput } from '#lib/recovery/live-stores/describe-live-table';

export const GET = handler(LiveTableInput, describeLiveTable);
