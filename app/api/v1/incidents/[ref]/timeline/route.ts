import { handler } from '#lib/recovery/http';
import { showTimeline, TimelineInput } from '#lib/recovery/read-timeline';

export const GET = handler(TimelineInput, showTimeline);
