import { handler } from '#lib/recovery/http/http';
import { downloadLedgerSql, LedgerSqlInput } from '#lib/recovery/live-stores/download-ledger-sql';

export const GET = handler(LedgerSqlInput, downloadLedgerSql);
