import { handler } from '#lib/recovery/http';
import { DiscrepanciesInput, listDiscrepancies } from '#lib/recovery/read-run-files';

export const GET = handler(DiscrepanciesInput, listDiscrepancies);
