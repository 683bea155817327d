import { handler } from '#lib/recovery/http/http';
import { RunInput, watchRun } from '#lib/recovery/runs/read-run';

export const GET = handler(RunInput, watchRun);
