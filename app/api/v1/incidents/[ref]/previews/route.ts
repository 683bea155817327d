import { handler } from '#lib/recovery/http';
import { StartPreviewInput, startPreview } from '#lib/recovery/start-preview';

export const POST = handler(StartPreviewInput, startPreview, { status: 202 });
