-- What ledger and records said of each live table when they last agreed: where neither changed since, the ledger's lines need
-- not be read again.
ALTER TABLE "ledger_check" ADD COLUMN "seen" JSONB;
