import { describeLiveTable, LiveTableInput } from '#lib/recovery/describe-live-table';
import { handler } from '#lib/recovery/http';

export const GET = handler(LiveTableInput, describeLiveTable);
