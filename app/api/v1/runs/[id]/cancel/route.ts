import { handler } from '#lib/recovery/http/http';
import { cancelRun } from '#lib/recovery/runs/cancel-run';
import { RunInput } from '#lib/recovery/runs/read-run';

export const POST = handler(RunInput, cancelRun);
