import { handler } from '#lib/recovery/http';
import { RunInput, watchRun } from '#lib/recovery/read-run';

export const GET = handler(RunInput, watchRun);
