import { handler } from '#lib/recovery/http';
import { RunInput, readRun } from '#lib/recovery/read-run';

export const GET = handler(RunInput, readRun);
