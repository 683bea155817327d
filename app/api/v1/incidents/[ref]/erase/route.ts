import { handler } from '#lib/recovery/http/http';
import { EraseIncidentInput, eraseIncident } from '#lib/recovery/retention/erase-incident';

export const POST = handler(EraseIncidentInput, eraseIncident);
