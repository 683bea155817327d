import { handler } from '#lib/recovery/http/http';
import { downloadPatchLedgerSql, LedgerSqlInput } from '#lib/recovery/live-stores/download-ledger-sql';

export const GET = handler(LedgerSqlInput, downloadPatchLedgerSql);
