import { handler } from '#lib/recovery/http';
import { CompleteInput, completeFile } from '#lib/recovery/receive-upload';

export const POST = handler(CompleteInput, completeFile);
