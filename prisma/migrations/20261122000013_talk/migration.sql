-- What people say about a preview and its rows, and what each of them is told. Nothing here refers to a person by a
-- foreign key: what is told in the middle of an apply must not wait for a lock on people.
CREATE TABLE "comment" (
    "id" UUID NOT NULL DEFAULT gen_random_uuid(),
    "run_id" UUID NOT NULL,
    "parent_id" UUID,
    "cell_key" TEXT,
    "row" INTEGER,
    "body" TEXT NOT NULL,
    "author" TEXT NOT NULL,
    "created_at" TIMESTAMPTZ(6) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "edited_at" TIMESTAMPTZ(6),
    "resolved_by" TEXT,
    "resolved_at" TIMESTAMPTZ(6),

    CONSTRAINT "comment_pkey" PRIMARY KEY ("id"),
    CONSTRAINT "comment_body_check" CHECK (btrim("body") <> '' AND length("body") <= 4000),
    CONSTRAINT "comment_resolved_check" CHECK (("resolved_by" IS NULL) = ("resolved_at" IS NULL)),
    -- a row is named by its place in its preview and by its key, or not at all
    CONSTRAINT "comment_row_check" CHECK (("row" IS NULL) = ("cell_key" IS NULL) AND "row" >= 0),
    -- an answer stands where its thread stands, and is resolved with it
    CONSTRAINT "comment_answer_check" CHECK ("parent_id" IS NULL OR ("row" IS NULL AND "resolved_at" IS NULL)),
    CONSTRAINT "comment_run_id_fkey" FOREIGN KEY ("run_id") REFERENCES "run"("id") ON DELETE CASCADE ON UPDATE CASCADE,
    CONSTRAINT "comment_parent_id_fkey" FOREIGN KEY ("parent_id") REFERENCES "comment"("id") ON DELETE CASCADE ON UPDATE CASCADE
);
CREATE INDEX "comment_run_id_created_at_idx" ON "comment"("run_id", "created_at");
CREATE INDEX "comment_parent_id_idx" ON "comment"("parent_id");

-- one level: nobody answers an answer, nor across previews
CREATE FUNCTION comment_one_level() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NOT EXISTS (SELECT FROM comment p WHERE p.id = NEW.parent_id AND p.parent_id IS NULL AND p.run_id = NEW.run_id) THEN
        RAISE EXCEPTION 'a comment answers the first of a thread of its preview' USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER comment_one_level BEFORE INSERT OR UPDATE OF parent_id, run_id ON comment
    FOR EACH ROW WHEN (NEW.parent_id IS NOT NULL) EXECUTE FUNCTION comment_one_level();

CREATE TABLE "comment_mention" (
    "comment_id" UUID NOT NULL,
    "person_id" TEXT NOT NULL,

    CONSTRAINT "comment_mention_pkey" PRIMARY KEY ("comment_id", "person_id"),
    CONSTRAINT "comment_mention_comment_id_fkey" FOREIGN KEY ("comment_id") REFERENCES "comment"("id") ON DELETE CASCADE ON UPDATE CASCADE
);

CREATE TABLE "notification" (
    "id" UUID NOT NULL DEFAULT gen_random_uuid(),
    "person_id" TEXT NOT NULL,
    "kind" TEXT NOT NULL,
    "incident_id" UUID NOT NULL,
    "patch_id" UUID,
    "comment_id" UUID,
    "actor" TEXT NOT NULL,
    "created_at" TIMESTAMPTZ(6) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "read_at" TIMESTAMPTZ(6),

    CONSTRAINT "notification_pkey" PRIMARY KEY ("id"),
    -- it is about a patch or about a comment
    CONSTRAINT "notification_about_check" CHECK (("patch_id" IS NULL) <> ("comment_id" IS NULL)),
    CONSTRAINT "notification_incident_id_fkey" FOREIGN KEY ("incident_id") REFERENCES "incident"("id") ON DELETE CASCADE ON UPDATE CASCADE,
    CONSTRAINT "notification_patch_id_fkey" FOREIGN KEY ("patch_id") REFERENCES "patch"("id") ON DELETE CASCADE ON UPDATE CASCADE,
    CONSTRAINT "notification_comment_id_fkey" FOREIGN KEY ("comment_id") REFERENCES "comment"("id") ON DELETE CASCADE ON UPDATE CASCADE
);
CREATE INDEX "notification_person_id_created_at_idx" ON "notification"("person_id", "created_at");
CREATE INDEX "notification_unread" ON "notification"("person_id") WHERE "read_at" IS NULL;

CREATE TABLE "notification_off" (
    "person_id" TEXT NOT NULL,
    "kind" TEXT NOT NULL,

    CONSTRAINT "notification_off_pkey" PRIMARY KEY ("person_id", "kind")
);
