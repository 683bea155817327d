import { GlanceInput, glanceArchive } from '#lib/recovery/archives/glance-archive';
import { handler } from '#lib/recovery/http/http';

export const GET = handler(GlanceInput, glanceArchive);
