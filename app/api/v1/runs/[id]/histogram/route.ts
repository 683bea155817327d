import { handler } from '#lib/recovery/http';
import { HistogramInput, showHistogram } from '#lib/recovery/read-run-files';

export const GET = handler(HistogramInput, showHistogram);
