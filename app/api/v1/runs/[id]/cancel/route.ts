import { cancelRun } from '#lib/recovery/cancel-run';
import { handler } from '#lib/recovery/http';
import { RunInput } from '#lib/recovery/read-run';

export const POST = handler(RunInput, cancelRun);
