import { GlanceInput, glanceArchive } from '#lib/recovery/glance-archive';
import { handler } from '#lib/recovery/http';

export const GET = handler(GlanceInput, glanceArchive);
