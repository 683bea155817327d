-- Who holds a job stands in a table of its own; the column was never used.
ALTER TABLE "patch" DROP COLUMN "lease_until";

CREATE TABLE "job_lease" (
    "kind" TEXT NOT NULL,
    "record_id" UUID NOT NULL,
    "job_id" UUID NOT NULL,
    "worker" INTEGER NOT NULL,
    "taken_at" TIMESTAMPTZ(6) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "job_lease_pkey" PRIMARY KEY ("kind", "record_id")
);

-- What was written is compared again by itself, and an alarm tells when it is wrong.
ALTER TABLE "patch" ADD COLUMN "alarm" JSONB,
ADD COLUMN "verifications" JSONB NOT NULL DEFAULT '[]',
ADD COLUMN "verify_every" TEXT DEFAULT '24h',
ADD COLUMN "next_verify_at" TIMESTAMPTZ(6),
ADD COLUMN "verify_until" TIMESTAMPTZ(6);
ALTER TABLE "patch" ADD CONSTRAINT "patch_verify_every_check" CHECK ("verify_every" IN ('1h', '6h', '24h'));
CREATE INDEX "patch_next_verify_at_idx" ON "patch"("next_verify_at");

ALTER TABLE "patch" DROP CONSTRAINT "patch_state_check";
ALTER TABLE "patch" ADD CONSTRAINT "patch_state_check" CHECK ("state" IN ('proposed', 'approved', 'applying', 'committing', 'applied', 'verified', 'stale', 'failed', 'unknown', 'expired', 'cancelled', 'undone', 'lost'));

-- The target's ledger beside the records.
CREATE TABLE "ledger_check" (
    "live_store_id" UUID NOT NULL,
    "checked_at" TIMESTAMPTZ(6),
    "next_at" TIMESTAMPTZ(6) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "failures" INTEGER NOT NULL DEFAULT 0,
    "error" JSONB,
    "unknown" JSONB NOT NULL DEFAULT '[]',

    CONSTRAINT "ledger_check_pkey" PRIMARY KEY ("live_store_id")
);
CREATE INDEX "ledger_check_next_at_idx" ON "ledger_check"("next_at");
ALTER TABLE "ledger_check" ADD CONSTRAINT "ledger_check_live_store_id_fkey" FOREIGN KEY ("live_store_id") REFERENCES "live_store"("id") ON DELETE CASCADE ON UPDATE CASCADE;
