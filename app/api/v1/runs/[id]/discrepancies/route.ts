import { handler } from '#lib/recovery/http/http';
import { DiscrepanciesInput, listDiscrepancies } from '#lib/recovery/runs/read-run-files';

export const GET = handler(DiscrepanciesInput, listDiscrepancies);
