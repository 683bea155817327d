import { handler } from '#lib/recovery/http';
import { ListIncidentsInput, listIncidents } from '#lib/recovery/list-incidents';
import { OpenIncidentInput, openIncident } from '#lib/recovery/open-incident';

export const GET = handler(ListIncidentsInput, listIncidents);
export const POST = handler(OpenIncidentInput, openIncident, { status: 201 });
