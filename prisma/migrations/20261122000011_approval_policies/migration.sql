-- One row: what holds for every approval.
CREATE TABLE "policy" (
    "one" BOOLEAN NOT NULL DEFAULT true,
    "approval_hours" INTEGER NOT NULL DEFAULT 24,
    "proof_minutes" INTEGER NOT NULL DEFAULT 10,
    "self_approval" BOOLEAN NOT NULL DEFAULT false,
    "revision" INTEGER NOT NULL DEFAULT 1,

    CONSTRAINT "policy_pkey" PRIMARY KEY ("one"),
    CONSTRAINT "policy_one_check" CHECK ("one"),
    CONSTRAINT "policy_approval_hours_check" CHECK ("approval_hours" BETWEEN 1 AND 720),
    CONSTRAINT "policy_proof_minutes_check" CHECK ("proof_minutes" BETWEEN 0 AND 720)
);
INSERT INTO "policy" DEFAULT VALUES;

CREATE TABLE "approval_rule" (
    "id" UUID NOT NULL DEFAULT gen_random_uuid(),
    "live_store_id" UUID,
    "from_rows" INTEGER NOT NULL,
    "approvals" INTEGER NOT NULL,

    CONSTRAINT "approval_rule_pkey" PRIMARY KEY ("id"),
    CONSTRAINT "approval_rule_from_rows_check" CHECK ("from_rows" >= 1),
    CONSTRAINT "approval_rule_approvals_check" CHECK ("approvals" BETWEEN 1 AND 5)
);
CREATE INDEX "approval_rule_live_store_id_idx" ON "approval_rule"("live_store_id");
ALTER TABLE "approval_rule" ADD CONSTRAINT "approval_rule_live_store_id_fkey" FOREIGN KEY ("live_store_id") REFERENCES "live_store"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- Everyone who had a hand in what a patch writes: its author, and whoever changed its plan or left rows out.
CREATE TABLE "patch_author" (
    "patch_id" UUID NOT NULL,
    "person_id" TEXT NOT NULL,

    CONSTRAINT "patch_author_pkey" PRIMARY KEY ("patch_id", "person_id")
);
ALTER TABLE "patch_author" ADD CONSTRAINT "patch_author_patch_id_fkey" FOREIGN KEY ("patch_id") REFERENCES "patch"("id") ON DELETE RESTRICT ON UPDATE CASCADE;
INSERT INTO "patch_author" ("patch_id", "person_id") SELECT "id", "author" FROM "patch";

-- Who sent a patch back to its author, when and why.
ALTER TABLE "patch" ADD COLUMN "changes_requested" JSONB;

-- What blocks the patch of a run, and an approver let through with a reason.
CREATE TABLE "run_override" (
    "run_id" UUID NOT NULL,
    "block" TEXT NOT NULL,
    "reason" TEXT NOT NULL,
    "by" TEXT NOT NULL,
    "at" TIMESTAMPTZ(6) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "run_override_pkey" PRIMARY KEY ("run_id", "block"),
    CONSTRAINT "run_override_block_check" CHECK ("block" IN ('rejects', 'conflicting_ids', 'control_differs', 'archive_gap')),
    CONSTRAINT "run_override_reason_check" CHECK (btrim("reason") <> '')
);
ALTER TABLE "run_override" ADD CONSTRAINT "run_override_run_id_fkey" FOREIGN KEY ("run_id") REFERENCES "run"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- An approval is somebody else's, whatever the application says; by oneself only where an admin allowed it and nobody
-- else is there to ask.
CREATE FUNCTION "refuse_own_approval"() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW."author" IS DISTINCT FROM (SELECT "author" FROM "patch" WHERE "id" = NEW."patch_id") THEN
        RAISE EXCEPTION 'approval_author: the patch has another author' USING ERRCODE = 'check_violation';
    END IF;
    IF NEW."self_approved" OR NEW."author" = NEW."approver" OR EXISTS (
        SELECT FROM "patch_author" WHERE "patch_id" = NEW."patch_id" AND "person_id" = NEW."approver"
    ) THEN
        IF NOT NEW."self_approved" OR NOT (SELECT "self_approval" FROM "policy")
            OR (SELECT count(*) FROM "person" WHERE "disabled_at" IS NULL) > 1 THEN
            RAISE EXCEPTION 'approval_two_people: nobody approves what they prepared' USING ERRCODE = 'check_violation';
        END IF;
    END IF;
    RETURN NEW;
END;
$$;
CREATE TRIGGER "approval_two_people" BEFORE INSERT ON "approval" FOR EACH ROW EXECUTE FUNCTION "refuse_own_approval"();

-- An approval stands as it was given, or is voided, once.
CREATE FUNCTION "refuse_changed_approval"() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF (NEW."patch_id", NEW."seal", NEW."author", NEW."approver", NEW."self_approved", NEW."reason", NEW."created_at")
        IS DISTINCT FROM
       (OLD."patch_id", OLD."seal", OLD."author", OLD."approver", OLD."self_approved", OLD."reason", OLD."created_at")
       OR (OLD."voided_at" IS NOT NULL AND NEW."voided_at" IS NULL) THEN
        RAISE EXCEPTION 'approval_unchanged: an approval is not changed, only voided' USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END;
$$;
CREATE TRIGGER "approval_unchanged" BEFORE UPDATE ON "approval" FOR EACH ROW EXECUTE FUNCTION "refuse_changed_approval"();
