import { handler } from '#lib/recovery/http/http';
import { showTimeline, TimelineInput } from '#lib/recovery/incidents/read-timeline';

export const GET = handler(TimelineInput, showTimeline);
