-- Rehearsals of a patch: one at a time, none of them changes the patch.
CREATE TABLE "rehearsal" (
    "id" UUID NOT NULL DEFAULT gen_random_uuid(),
    "patch_id" UUID NOT NULL,
    "seal" TEXT NOT NULL,
    "state" TEXT NOT NULL DEFAULT 'queued',
    "limit_ms" INTEGER NOT NULL,
    "result" JSON,
    "error" JSONB,
    "created_by" TEXT NOT NULL,
    "created_at" TIMESTAMPTZ(6) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "started_at" TIMESTAMPTZ(6),
    "finished_at" TIMESTAMPTZ(6),
    "cancel_requested_at" TIMESTAMPTZ(6),

    CONSTRAINT "rehearsal_pkey" PRIMARY KEY ("id")
);
ALTER TABLE "rehearsal" ADD CONSTRAINT "rehearsal_state_check" CHECK ("state" IN ('queued', 'running', 'done', 'failed', 'cancelled'));
ALTER TABLE "rehearsal" ADD CONSTRAINT "rehearsal_limit_check" CHECK ("limit_ms" > 0);

-- CreateIndex
CREATE INDEX "rehearsal_patch_id_created_at_idx" ON "rehearsal"("patch_id", "created_at");

-- CreateIndex
CREATE UNIQUE INDEX "rehearsal_standing_key" ON "rehearsal"("patch_id") WHERE "state" IN ('queued', 'running');

-- AddForeignKey
ALTER TABLE "rehearsal" ADD CONSTRAINT "rehearsal_patch_id_fkey" FOREIGN KEY ("patch_id") REFERENCES "patch"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- At most one undo of a patch is open or written; an undo has files of its own.
CREATE UNIQUE INDEX "patch_undo_standing_key" ON "patch"("undoes_id") WHERE "undoes_id" IS NOT NULL AND "state" NOT IN ('cancelled', 'failed', 'stale', 'undone');
ALTER TABLE "patch" ADD CONSTRAINT "patch_undo_dir_check" CHECK ("undoes_id" IS NULL OR "dir" IS NOT NULL);
