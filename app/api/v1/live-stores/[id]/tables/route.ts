import { handler } from '#lib/recovery/http/http';
import { LiveTablesInput, listLiveTables } from '#lib/recovery/live-stores/list-live-tables';

export const GET = handler(LiveTablesInput, listLiveTables);
