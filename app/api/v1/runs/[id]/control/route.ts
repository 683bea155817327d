import { handler } from '#lib/recovery/http/http';
import { ControlInput, showControl } from '#lib/recovery/runs/read-control';

export const GET = handler(ControlInput, showControl);
