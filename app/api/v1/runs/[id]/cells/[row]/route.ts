import { handler } from '#lib/recovery/http/http';
import { CellInput, showCell } from '#lib/recovery/runs/read-run-files';

export const GET = handler(CellInput, showCell);
