import { handler } from '#lib/recovery/http/http';
import { HistogramInput, showHistogram } from '#lib/recovery/runs/read-run-files';

export const GET = handler(HistogramInput, showHistogram);
