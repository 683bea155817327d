-- An undo that the live store lost stands no more: the patch may be put back anew.
DROP INDEX "patch_undo_standing_key";
CREATE UNIQUE INDEX "patch_undo_standing_key" ON "patch"("undoes_id") WHERE "undoes_id" IS NOT NULL AND "state" NOT IN ('cancelled', 'failed', 'stale', 'undone', 'lost');
