import { handler } from '#lib/recovery/http/http';
import { RunInput, readRun } from '#lib/recovery/runs/read-run';

export const GET = handler(RunInput, readRun);
