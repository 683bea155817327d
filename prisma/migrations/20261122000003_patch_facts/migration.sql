-- What a page shows of a patch is read once, when it is proposed; a cancel waits in the record for the worker.
ALTER TABLE "patch" ADD COLUMN "facts" JSON NOT NULL DEFAULT '{}',
ADD COLUMN "cancel_requested_at" TIMESTAMPTZ(6);

-- At most one patch of a run is open or written.
CREATE UNIQUE INDEX "patch_standing_key" ON "patch"("run_id") WHERE "undoes_id" IS NULL AND "state" NOT IN ('cancelled', 'failed', 'stale', 'undone');
