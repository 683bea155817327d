import { handler } from '#lib/recovery/http';
import { LiveTablesInput, listLiveTables } from '#lib/recovery/list-live-tables';

export const GET = handler(LiveTablesInput, listLiveTables);
