-- A run names the revision, the archive and the live store that it was made from, so that it stays what it was when
-- the incident changes.
ALTER TABLE "run" ADD COLUMN "plan_revision" INTEGER NOT NULL DEFAULT 1,
ADD COLUMN "archive_id" UUID,
ADD COLUMN "live_store_id" UUID;

-- AddForeignKey
ALTER TABLE "run" ADD CONSTRAINT "run_archive_id_fkey" FOREIGN KEY ("archive_id") REFERENCES "archive"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "run" ADD CONSTRAINT "run_live_store_id_fkey" FOREIGN KEY ("live_store_id") REFERENCES "live_store"("id") ON DELETE RESTRICT ON UPDATE CASCADE;
