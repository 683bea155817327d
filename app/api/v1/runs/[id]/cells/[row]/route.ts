import { handler } from '#lib/recovery/http';
import { CellInput, showCell } from '#lib/recovery/read-run-files';

export const GET = handler(CellInput, showCell);
