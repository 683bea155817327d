-- How long what Recount keeps stays. A kind without a row: its default.
CREATE TABLE "retention" (
    "one" BOOLEAN NOT NULL DEFAULT true,
    "revision" INTEGER NOT NULL DEFAULT 1,

    CONSTRAINT "retention_pkey" PRIMARY KEY ("one"),
    CONSTRAINT "retention_one_check" CHECK ("one")
);
INSERT INTO "retention" DEFAULT VALUES;

CREATE TABLE "retention_rule" (
    "kind" TEXT NOT NULL,
    "days" INTEGER,

    CONSTRAINT "retention_rule_pkey" PRIMARY KEY ("kind"),
    CONSTRAINT "retention_rule_kind_check" CHECK ("kind" IN ('staged', 'uploads', 'runs', 'deliveries', 'notifications', 'access')),
    CONSTRAINT "retention_rule_days_check" CHECK ("days" BETWEEN 1 AND 3650)
);

-- Files that go: written before the first of them is removed, done after the last.
CREATE TABLE "erasure" (
    "id" UUID NOT NULL DEFAULT gen_random_uuid(),
    "incident_id" UUID NOT NULL,
    "scope" TEXT NOT NULL,
    "requested_by" TEXT NOT NULL,
    "reason" TEXT NOT NULL,
    "staged" TEXT[] NOT NULL,
    "requested_at" TIMESTAMPTZ(6) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "files" INTEGER,
    "bytes" BIGINT,
    "done_at" TIMESTAMPTZ(6),

    CONSTRAINT "erasure_pkey" PRIMARY KEY ("id"),
    CONSTRAINT "erasure_scope_check" CHECK ("scope" IN ('incident', 'rule')),
    CONSTRAINT "erasure_reason_check" CHECK (btrim("reason") <> '')
);
CREATE INDEX "erasure_incident_id_idx" ON "erasure"("incident_id");
CREATE UNIQUE INDEX "erasure_incident" ON "erasure"("incident_id") WHERE "scope" = 'incident';
CREATE INDEX "erasure_begun" ON "erasure"("requested_at") WHERE "done_at" IS NULL;
ALTER TABLE "erasure" ADD CONSTRAINT "erasure_incident_id_fkey" FOREIGN KEY ("incident_id") REFERENCES "incident"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

ALTER TABLE "archive" ADD COLUMN "erased_at" TIMESTAMPTZ(6);
ALTER TABLE "survey" ADD COLUMN "erased_at" TIMESTAMPTZ(6);
ALTER TABLE "run" ADD COLUMN "erased_at" TIMESTAMPTZ(6);
ALTER TABLE "patch" ADD COLUMN "erased_at" TIMESTAMPTZ(6);

-- What waits to be written, or is being written, keeps its rows, whatever the application says.
ALTER TABLE "patch" ADD CONSTRAINT "patch_erased_check" CHECK ("erased_at" IS NULL OR "state" NOT IN ('proposed', 'approved', 'expired', 'applying', 'committing', 'unknown'));
