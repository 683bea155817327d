import { handler } from '#lib/recovery/http/http';
import { StartPreviewInput, startPreview } from '#lib/recovery/incidents/start-preview';

export const POST = handler(StartPreviewInput, startPreview, { status: 202 });
