import { handler } from '#lib/recovery/http/http';
import { ListIncidentsInput, listIncidents } from '#lib/recovery/incidents/list-incidents';
import { OpenIncidentInput, openIncident } from '#lib/recovery/incidents/open-incident';

export const GET = handler(ListIncidentsInput, listIncidents);
export const POST = handler(OpenIncidentInput, openIncident, { status: 201 });
