-- The library of calculations: each an own row, its editions beside it. One draft at a time; what is published stays.
CREATE TABLE "calculation" (
    "id" UUID NOT NULL DEFAULT gen_random_uuid(),
    "name" TEXT NOT NULL,
    "description" TEXT NOT NULL DEFAULT '',
    "created_by" TEXT NOT NULL,
    "created_at" TIMESTAMPTZ(6) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "calculation_pkey" PRIMARY KEY ("id"),
    CONSTRAINT "calculation_name_check" CHECK (btrim("name") <> '')
);
CREATE UNIQUE INDEX "calculation_name_key" ON "calculation"("name");

CREATE TABLE "calculation_edition" (
    "id" UUID NOT NULL DEFAULT gen_random_uuid(),
    "calculation_id" UUID NOT NULL,
    "number" INTEGER NOT NULL,
    "content" JSON NOT NULL,
    "sha256" TEXT NOT NULL,
    "incident_id" UUID,
    "created_by" TEXT NOT NULL,
    "created_at" TIMESTAMPTZ(6) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "changed_at" TIMESTAMPTZ(6) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "published_by" TEXT,
    "published_at" TIMESTAMPTZ(6),
    "reason" TEXT,
    "test_id" UUID,

    CONSTRAINT "calculation_edition_pkey" PRIMARY KEY ("id"),
    CONSTRAINT "calculation_edition_number_check" CHECK ("number" >= 1),
    CONSTRAINT "calculation_edition_sha256_check" CHECK ("sha256" ~ '^[0-9a-f]{64}$'),
    -- a draft says nothing of publishing; what is published says by whom, when, and by which test run
    CONSTRAINT "calculation_edition_published_check" CHECK (
        ("published_at" IS NULL AND "published_by" IS NULL AND "test_id" IS NULL AND "reason" IS NULL)
        OR ("published_at" IS NOT NULL AND "published_by" IS NOT NULL AND "test_id" IS NOT NULL)
    )
);
CREATE UNIQUE INDEX "calculation_edition_calculation_id_number_key" ON "calculation_edition"("calculation_id", "number");
CREATE UNIQUE INDEX "calculation_edition_one_draft" ON "calculation_edition"("calculation_id") WHERE "published_at" IS NULL;

CREATE TABLE "calculation_test" (
    "id" UUID NOT NULL DEFAULT gen_random_uuid(),
    "edition_id" UUID NOT NULL,
    "sha256" TEXT NOT NULL,
    "incident_id" UUID,
    "plan" JSON NOT NULL,
    "archive_id" UUID,
    "live_store_id" UUID,
    "stretch_from" TEXT NOT NULL,
    "stretch_to" TEXT NOT NULL,
    "state" TEXT NOT NULL DEFAULT 'queued',
    "progress" JSONB,
    "result" JSON,
    "error" JSONB,
    "created_by" TEXT NOT NULL,
    "created_at" TIMESTAMPTZ(6) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "started_at" TIMESTAMPTZ(6),
    "finished_at" TIMESTAMPTZ(6),

    CONSTRAINT "calculation_test_pkey" PRIMARY KEY ("id"),
    CONSTRAINT "calculation_test_state_check" CHECK ("state" IN ('queued', 'running', 'done', 'failed', 'cancelled')),
    CONSTRAINT "calculation_test_result_check" CHECK (("state" = 'done') = ("result" IS NOT NULL))
);
CREATE INDEX "calculation_test_edition_id_created_at_idx" ON "calculation_test"("edition_id", "created_at");
CREATE INDEX "calculation_test_state_idx" ON "calculation_test"("state");

ALTER TABLE "calculation_edition" ADD CONSTRAINT "calculation_edition_calculation_id_fkey" FOREIGN KEY ("calculation_id") REFERENCES "calculation"("id") ON DELETE RESTRICT ON UPDATE CASCADE;
ALTER TABLE "calculation_edition" ADD CONSTRAINT "calculation_edition_incident_id_fkey" FOREIGN KEY ("incident_id") REFERENCES "incident"("id") ON DELETE SET NULL ON UPDATE CASCADE;
ALTER TABLE "calculation_edition" ADD CONSTRAINT "calculation_edition_test_id_fkey" FOREIGN KEY ("test_id") REFERENCES "calculation_test"("id") ON DELETE RESTRICT ON UPDATE CASCADE;
ALTER TABLE "calculation_test" ADD CONSTRAINT "calculation_test_edition_id_fkey" FOREIGN KEY ("edition_id") REFERENCES "calculation_edition"("id") ON DELETE CASCADE ON UPDATE CASCADE;
ALTER TABLE "calculation_test" ADD CONSTRAINT "calculation_test_incident_id_fkey" FOREIGN KEY ("incident_id") REFERENCES "incident"("id") ON DELETE SET NULL ON UPDATE CASCADE;
ALTER TABLE "calculation_test" ADD CONSTRAINT "calculation_test_archive_id_fkey" FOREIGN KEY ("archive_id") REFERENCES "archive"("id") ON DELETE SET NULL ON UPDATE CASCADE;
ALTER TABLE "calculation_test" ADD CONSTRAINT "calculation_test_live_store_id_fkey" FOREIGN KEY ("live_store_id") REFERENCES "live_store"("id") ON DELETE SET NULL ON UPDATE CASCADE;

-- Which edition an incident's calculation was taken from, and which one a run calculated by, unchanged.
ALTER TABLE "incident" ADD COLUMN "edition_id" UUID;
ALTER TABLE "incident" ADD CONSTRAINT "incident_edition_id_fkey" FOREIGN KEY ("edition_id") REFERENCES "calculation_edition"("id") ON DELETE RESTRICT ON UPDATE CASCADE;
CREATE INDEX "incident_edition_id_idx" ON "incident"("edition_id");
ALTER TABLE "run" ADD COLUMN "edition_id" UUID;
ALTER TABLE "run" ADD CONSTRAINT "run_edition_id_fkey" FOREIGN KEY ("edition_id") REFERENCES "calculation_edition"("id") ON DELETE RESTRICT ON UPDATE CASCADE;
CREATE INDEX "run_edition_id_idx" ON "run"("edition_id");

-- A published edition stays as it is, whatever the application says; only the incident that it came from may be erased.
CREATE FUNCTION "refuse_changed_edition"() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF OLD."published_at" IS NULL THEN
        IF TG_OP = 'DELETE' THEN RETURN OLD; END IF;
        IF NEW."published_at" IS NOT NULL AND NOT EXISTS (
            SELECT FROM "calculation_test"
            WHERE "id" = NEW."test_id" AND "edition_id" = NEW."id" AND "sha256" = NEW."sha256" AND "state" = 'done'
        ) THEN
            RAISE EXCEPTION 'edition_tested: no finished test run of exactly this content' USING ERRCODE = 'check_violation';
        END IF;
        RETURN NEW;
    END IF;
    IF TG_OP = 'DELETE' OR
       (NEW."id", NEW."calculation_id", NEW."number", NEW."content"::text, NEW."sha256", NEW."created_by", NEW."created_at",
        NEW."changed_at", NEW."published_by", NEW."published_at", NEW."reason", NEW."test_id")
        IS DISTINCT FROM
       (OLD."id", OLD."calculation_id", OLD."number", OLD."content"::text, OLD."sha256", OLD."created_by", OLD."created_at",
        OLD."changed_at", OLD."published_by", OLD."published_at", OLD."reason", OLD."test_id") THEN
        RAISE EXCEPTION 'edition_unchanged: a published edition is never changed' USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END;
$$;
CREATE TRIGGER "edition_unchanged" BEFORE UPDATE OR DELETE ON "calculation_edition" FOR EACH ROW EXECUTE FUNCTION "refuse_changed_edition"();

-- What is inserted is a draft.
CREATE FUNCTION "refuse_born_published"() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'edition_tested: an edition begins as a draft' USING ERRCODE = 'check_violation';
END;
$$;
CREATE TRIGGER "edition_begins_as_draft" BEFORE INSERT ON "calculation_edition" FOR EACH ROW WHEN (NEW."published_at" IS NOT NULL) EXECUTE FUNCTION "refuse_born_published"();

-- What a finished test run found stays, too.
CREATE FUNCTION "refuse_changed_test"() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF (NEW."id", NEW."edition_id", NEW."sha256", NEW."plan"::text, NEW."stretch_from", NEW."stretch_to", NEW."state",
        NEW."result"::text, NEW."created_by", NEW."created_at", NEW."finished_at")
        IS DISTINCT FROM
       (OLD."id", OLD."edition_id", OLD."sha256", OLD."plan"::text, OLD."stretch_from", OLD."stretch_to", OLD."state",
        OLD."result"::text, OLD."created_by", OLD."created_at", OLD."finished_at") THEN
        RAISE EXCEPTION 'test_unchanged: a finished test run is never changed' USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END;
$$;
CREATE TRIGGER "calculation_test_unchanged" BEFORE UPDATE ON "calculation_test" FOR EACH ROW WHEN (OLD."state" = 'done') EXECUTE FUNCTION "refuse_changed_test"();
