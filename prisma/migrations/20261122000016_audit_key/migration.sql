-- The key that heads of the audit's chain are signed with, sealed; the public half stands in the chain itself.
CREATE TABLE "audit_key" (
    "one" BOOLEAN NOT NULL DEFAULT true,
    "id" TEXT NOT NULL,
    "secret" BYTEA NOT NULL,
    "created_at" TIMESTAMPTZ(6) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "audit_key_pkey" PRIMARY KEY ("one"),
    CONSTRAINT "audit_key_one_check" CHECK ("one"),
    CONSTRAINT "audit_key_id_check" CHECK ("id" ~ '^[0-9a-f]{64}$')
);

-- How the person of a session last showed who they are.
ALTER TABLE "session" ADD COLUMN "proved_how" TEXT;

-- What is retired is not chosen any more; incidents that have it go on.
ALTER TABLE "calculation" ADD COLUMN "retired_at" TIMESTAMPTZ(6),
ADD COLUMN "retired_by" TEXT;
ALTER TABLE "calculation" ADD CONSTRAINT "calculation_retired_check" CHECK (("retired_at" IS NULL) = ("retired_by" IS NULL));
