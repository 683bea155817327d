-- A comment that was deleted keeps its place, who deleted it and when; what it said is gone.
ALTER TABLE "comment"
    ADD COLUMN "deleted_by" TEXT,
    ADD COLUMN "deleted_at" TIMESTAMPTZ(6),
    ALTER COLUMN "body" DROP NOT NULL,
    ADD CONSTRAINT "comment_deleted_check" CHECK (
        ("deleted_by" IS NULL) = ("deleted_at" IS NULL) AND ("body" IS NULL) = ("deleted_at" IS NOT NULL)
    );

-- Nobody is mentioned by what says nothing any more.
CREATE FUNCTION comment_mention_said() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (SELECT FROM comment c WHERE c.id = NEW.comment_id AND c.deleted_at IS NOT NULL) THEN
        RAISE EXCEPTION 'a deleted comment mentions nobody' USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER comment_mention_said BEFORE INSERT ON comment_mention
    FOR EACH ROW EXECUTE FUNCTION comment_mention_said();

-- Admins are told of a webhook whose receiver did not take what it was told: that is about no incident.
ALTER TABLE "notification"
    ADD COLUMN "webhook_id" UUID,
    ALTER COLUMN "incident_id" DROP NOT NULL,
    DROP CONSTRAINT "notification_about_check",
    ADD CONSTRAINT "notification_about_check" CHECK (
        num_nonnulls("patch_id", "comment_id", "webhook_id") = 1
        AND ("incident_id" IS NULL) = ("webhook_id" IS NOT NULL)
    ),
    ADD CONSTRAINT "notification_webhook_id_fkey" FOREIGN KEY ("webhook_id") REFERENCES "webhook"("id") ON DELETE CASCADE ON UPDATE CASCADE;
